"""WitMotion WT901BLE and BWT901BLE5.0. From documentation and public code; not tried on hardware.

what                     value                                                              source
service, notify, write   0000ffe5-, 0000ffe4-, 0000ffe9-0000-1000-8000-00805f9a34fb (9a)    [1]
measurement              55 61, then 9 int16: acceleration, rotation, angle                 [1] [2]
scale                    ±16 g, ±2000 °/s, ±180° over ±32768                                [1] [2]
write a register         FF AA <register> <low> <high>, after the unlocking FF AA 69 88 B5  [1] [3]
save all registers       FF AA 00 00 00                                                     [1] [3]
read registers           FF AA 27 <first> 00, answered with 55 71 <first> 00 and 8 uint16   [2] [4]
rate, register 03        06 to 09 and 0B: 10, 20, 50, 100, 200 Hz (0A only in another one)  [5]
battery, register 64     hundredths of a volt; the maker's table of its charge              [4]
advertisement            a name that begins with WT; the service, clients say               [1]

[1] github.com/WITMOTION/WitBluetooth_BWT901BLE5_0, Python SDK; [2] data sheet WT901BLECL v20-0707, 6.1; [3] manual
WTVB01-BT50, 5.3; [4] the same repository, Android SDK; [5] github.com/WITMOTION/WitStandardProtocol_JY901, REG.h.
Recalled and not checked: that what is not saved is forgotten at power-off, and that sensors asked for 200 Hz have sent
16 to 24.

1. It streams as soon as somebody subscribes. Frames are put together and cut apart at will on their way: they are
   found again by their header. There is no checksum: a frame is left out where the next one begins too early. What
   is lost between two frames that fit is not seen, nor is a bit that has turned.
2. Nothing is dated or numbered: times are those of arrival (arrival.py).
3. The rate is set for each connection and not saved, which leaves the owner's setting as it was; saved it is only
   where the sensor does not take it otherwise. Its own low-pass filter (register 1F) stays as the owner set it.
"""

from collections.abc import Sequence

import numpy as np

from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, GapReason, Samples
from sensor_hub.sensors.arrival import ArrivalClock, Scale
from sensor_hub.sensors.driver import Abilities, Advertisement, Step, Stream, Subscribe, Write

SERVICE_UUID = "0000ffe5-0000-1000-8000-00805f9a34fb"
NOTIFY_UUID = "0000ffe4-0000-1000-8000-00805f9a34fb"
WRITE_UUID = "0000ffe9-0000-1000-8000-00805f9a34fb"
NAMES = ("WT901", "BWT901")
STRANGERS = ("WTVB",)
"""Vibration meters of the same maker: the same service and header, other contents."""
FRAME_SIZE = 20
HEADER = 0x55
MEASUREMENT, REGISTERS = 0x61, 0x71
RANGE_G = 16.0
SCALE = Scale(
    accel_mps2=RANGE_G * STANDARD_GRAVITY_MPS2 / 32768, gyro_radps=np.radians(2000.0 / 32768), full_scale=32767
)
UNLOCK = bytes.fromhex("ffaa6988b5")
SAVE = bytes.fromhex("ffaa000000")
RATE_REGISTER, READ_REGISTER, BATTERY_REGISTER = 0x03, 0x27, 0x64
RATE_CODES = {10.0: 0x06, 20.0: 0x07, 50.0: 0x08, 100.0: 0x09, 200.0: 0x0B}
CHARGE = (
    (340, 350, 368, 370, 373, 377, 379, 382, 387, 393, 396, 399),
    (0, 5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 100),
)
"""Hundredths of a volt of one cell, and percent."""
BATTERY_EVERY = 6000
"""Measurements between two questions for the battery: a minute at 100 Hz."""


class WitMotionDriver:
    family = "witmotion"
    models = ("WitMotion WT901BLE", "WitMotion BWT901BLE5.0")
    service_uuids = (SERVICE_UUID,)
    abilities = Abilities(
        rates_hz=tuple(RATE_CODES),
        usual_rate_hz=100.0,
        range_g=RANGE_G,
        device_time=False,
        sequence=False,
        battery=True,
        identify=False,
        gyroscope=True,
        remarks=(
            "Its measurements have no checksum: a garbled one may pass for a blow.",
            "Its own filter takes off short blows, the more the lower its bandwidth is set (register 1F).",
        ),
    )

    def matches(self, advertisement: Advertisement) -> bool:
        name = advertisement.name or ""
        stranger = name.startswith(STRANGERS)
        return name.startswith(NAMES) or (SERVICE_UUID in advertisement.service_uuids and not stranger)

    def stream(self) -> "WitMotionStream":
        return WitMotionStream()

    def identify(self, seconds: float) -> Sequence[Step]:
        return ()


WITMOTION = WitMotionDriver()


class WitMotionStream(Stream):
    def __init__(self) -> None:
        self._asked_hz = WITMOTION.abilities.usual_rate_hz
        self._clock = ArrivalClock(self._asked_hz)
        self._buffer = b""
        self._saved = False
        self._requests: list[Step] = []
        self._since_battery = 0
        self._refusal: str | None = None
        self._battery_percent: int | None = None

    @property
    def refusal(self) -> str | None:
        return self._refusal

    @property
    def battery_percent(self) -> int | None:
        return self._battery_percent

    def setup(self, rate_hz: float | None) -> Sequence[Step]:
        wanted_hz = rate_hz or WITMOTION.abilities.usual_rate_hz
        self._asked_hz = min(RATE_CODES, key=lambda known: abs(known - wanted_hz))
        self._clock.interrupted(nominal_hz=self._asked_hz)
        self._buffer, self._requests, self._saved = b"", [], False
        self._refusal = None
        if self._asked_hz != wanted_hz:
            self._refusal = (
                f"The sensor cannot measure at {wanted_hz:g} Hz; it was asked for {self._asked_hz:g} Hz."
            )
        return (*self._set_rate(), Subscribe(NOTIFY_UUID), _read(RATE_REGISTER), _read(BATTERY_REGISTER))

    def requests(self) -> Sequence[Step]:
        requests, self._requests = self._requests, []
        return requests

    def revive(self) -> Sequence[Step]:
        return (*self._set_rate(), _read(RATE_REGISTER))

    def interrupted(self) -> None:
        self._clock.interrupted()
        self._buffer = b""

    def finish(self) -> list[Samples | Gap]:
        return [SCALE.samples(item) for item in self._clock.finish()]

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        if characteristic != NOTIFY_UUID:
            return []
        rows, answers, skipped = self._frames(data)
        for frame in answers:
            self._on_registers(frame)
        if skipped and not rows and not answers:
            raise PacketError(f"{skipped} bytes are not part of any frame that is known.")
        if not rows:
            return []
        self._ask_for_battery(len(rows))
        return [SCALE.samples(item) for item in self._clock.feed(np.array(rows, np.float64), arrival_s)]

    def _frames(self, data: bytes) -> tuple[list[np.ndarray], list[bytes], int]:
        """Acceleration and rotation in counts, answers about registers, and how many bytes belong to neither."""
        buffer = self._buffer + data
        rows: list[np.ndarray] = []
        answers: list[bytes] = []
        at = skipped = 0
        while len(buffer) - at >= FRAME_SIZE:
            end = at + FRAME_SIZE
            if not _begins(buffer, at) or not _is_whole(buffer, at, end):
                at, skipped = at + 1, skipped + 1
                continue
            if buffer[at + 1] == MEASUREMENT:
                rows.append(np.frombuffer(buffer, "<i2", 6, at + 2))
            else:
                answers.append(buffer[at:end])
            at = end
        self._buffer = buffer[at:]
        return rows, answers, skipped

    def _on_registers(self, frame: bytes) -> None:
        first, value = frame[2], int.from_bytes(frame[4:6], "little")
        if first == BATTERY_REGISTER:
            self._battery_percent = round(float(np.interp(value, *CHARGE)))
        elif first == RATE_REGISTER and value != RATE_CODES[self._asked_hz]:
            self._insist(value)

    def _insist(self, code: int) -> None:
        """The sensor has another rate than it was told: once more, and saved; then it is what it is."""
        if self._saved:
            kept = next((f"{rate:g} Hz" for rate, known in RATE_CODES.items() if known == code), "its own rate")
            self._refusal = f"The sensor keeps to {kept}, though it was asked for {self._asked_hz:g} Hz."
            return
        self._saved = True
        self._clock.interrupted(GapReason.LOST)
        self._requests += [*self._set_rate(), Write(WRITE_UUID, SAVE), _read(RATE_REGISTER)]

    def _ask_for_battery(self, count: int) -> None:
        self._since_battery += count
        if self._since_battery >= BATTERY_EVERY:
            self._since_battery = 0
            self._requests.append(_read(BATTERY_REGISTER))

    def _set_rate(self) -> tuple[Step, Step]:
        code = RATE_CODES[self._asked_hz]
        return Write(WRITE_UUID, UNLOCK), Write(WRITE_UUID, bytes((0xFF, 0xAA, RATE_REGISTER, code, 0)))


def _read(register: int) -> Write:
    return Write(WRITE_UUID, bytes((0xFF, 0xAA, READ_REGISTER, register, 0)))


def _begins(buffer: bytes, at: int) -> bool:
    """Whether a frame may begin here; of one that is cut off the header's second byte may still be missing."""
    return buffer[at] == HEADER and (at + 1 == len(buffer) or buffer[at + 1] in (MEASUREMENT, REGISTERS))


def _is_whole(buffer: bytes, at: int, end: int) -> bool:
    """Whether no other frame begins before this one's end, where it does not begin at it."""
    if end == len(buffer) or _begins(buffer, end):
        return True
    return not any(_begins(buffer, inside) for inside in range(at + 2, end))
