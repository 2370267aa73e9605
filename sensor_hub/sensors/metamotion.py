"""MbientLab MetaMotion: S with a BMI270, R and RL with a BMI160. Never tried on hardware.

what                    bytes                                                               source
service                 326a9000-85cb-9195-d9dd-464cfbbae75a                                [1]
commands, answers       9001 (unconfirmed writes), 9006 (notify): a module, a register, ..  [1]
a read                  the register with 0x80 set; answered with the same two bytes        [1]
which chip              03 80, answered 03 80 <chip> <revision>; chip 1 BMI160, 4 BMI270    [2]
rate and range          03 03 <rate> <range>, read back with 03 83; only while stopped      [2] [3]
packed acceleration     03 05 (BMI270), 03 1C (BMI160 from revision 1): 3 times 3 int16     [3] [4]
subscribe to it         03 <register> 01                                                    [3]
measure, start          03 02 01 00, 03 01 01; undone by 03 02 00 01, 03 01 00              [2] [3]
scale                   4096 counts a g at ±8 g                                             [2]
blink                   02 03 <pattern>, 02 01 01; stopped and forgotten by 02 02 01        [5]
battery                 the standard Battery Service                                        [6]
advertisement           the service, or the name MetaWear where nobody changed it           [7]

[1] "MetaWear BLE Protocol Reference" of github.com/mbientlab/MetaWear-API-Kotlin, which has [2], [3] and [5] as well;
in MetaWear-SDK-Cpp [2] accelerometer_bosch.cpp, [3] test_accelerometer_bmi160.py and _bmi270.py, [5] test_led.py,
whose literal bytes are this driver's test vectors; [4] mbientlab.com/cppdocs, "High Frequency Streaming";
[6] mbientlab.com/csdocs, "MetaWearBoard"; [7] the scanner of MetaWear-API-Kotlin.

1. The chip decides the bytes, so it is asked for first. A board keeps measuring as somebody once set it, also after
   a lost connection: it is stopped, set, and its settings are read back before any of its samples is believed.
2. Nothing is dated or numbered: times are those of arrival (arrival.py). A notification holds three samples.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, Samples
from sensor_hub.sensors.arrival import ArrivalClock, Dated
from sensor_hub.sensors.driver import Abilities, Advertisement, Step, Stream, Subscribe, Write

_UUID = "326a{}-85cb-9195-d9dd-464cfbbae75a"
SERVICE_UUID = _UUID.format("9000")
COMMAND_UUID = _UUID.format("9001")
NOTIFY_UUID = _UUID.format("9006")
NAME = "metawear"

LED, ACCELEROMETER = 0x02, 0x03
READ = 0x80
MODULE, POWER, MEASURE, CONFIG, SINGLE = range(5)
RANGE_G = 8.0
COUNT_MPS2 = STANDARD_GRAVITY_MPS2 / 4096
FULL_SCALE = 32767
RATE_CODES = {12.5: 0x05, 25.0: 0x06, 50.0: 0x07, 100.0: 0x08, 200.0: 0x09}
PACKED_SIZE = 20

_BLINK = struct.Struct("<6B5HB")
_GREEN, _BRIGHT, _DARK, _FOR_EVER = 0, 31, 0, 255
_LIT_MS, _BLINK_MS = 50, 500


@dataclass(frozen=True, slots=True)
class Chip:
    """rate: added to a rate's code; range: its code for ±8 g; packed: the register of its packed acceleration."""

    name: str
    rate: int
    range: int
    packed: int
    revision: int
    """From this one on it packs."""


CHIPS = {1: Chip("BMI160", 0x20, 0x08, 0x1C, 1), 4: Chip("BMI270", 0xA0, 0x02, 0x05, 0)}


class MetaMotionDriver:
    family = "metamotion"
    models = ("MbientLab MetaMotionS", "MbientLab MetaMotionR", "MbientLab MetaMotionRL")
    service_uuids = (SERVICE_UUID,)
    abilities = Abilities(
        rates_hz=tuple(RATE_CODES),
        usual_rate_hz=100.0,
        range_g=RANGE_G,
        device_time=False,
        sequence=False,
        battery=True,
        identify=True,
        remarks=("Once started it keeps measuring, whether a hub listens or not, and its battery pays for it.",),
    )

    def matches(self, advertisement: Advertisement) -> bool:
        return SERVICE_UUID in advertisement.service_uuids or (advertisement.name or "").lower() == NAME

    def stream(self) -> "MetaMotionStream":
        return MetaMotionStream()

    def identify(self, seconds: float) -> Sequence[Step]:
        dark = _command(LED, 0x02, 1)
        if seconds <= 0:
            return (dark,)
        times = max(1, min(_FOR_EVER - 1, round(seconds * 1000 / _BLINK_MS)))
        pattern = _BLINK.pack(LED, 0x03, _GREEN, 2, _BRIGHT, _DARK, 0, _LIT_MS, 0, _BLINK_MS, 0, times)
        return (dark, _command(*pattern), _command(LED, 0x01, 1))


METAMOTION = MetaMotionDriver()


class MetaMotionStream(Stream):
    def __init__(self) -> None:
        self._rate_hz = METAMOTION.abilities.usual_rate_hz
        self._clock = ArrivalClock(self._rate_hz)
        self._chip: Chip | None = None
        self._trusted = False
        self._requests: list[Step] = []
        self._wrong_rate: str | None = None
        self._wrong_board: str | None = None

    def setup(self, rate_hz: float | None) -> Sequence[Step]:
        wanted_hz = METAMOTION.abilities.usual_rate_hz if rate_hz is None else rate_hz
        self._rate_hz = min(RATE_CODES, key=lambda rate: abs(rate - wanted_hz))
        self._wrong_rate = self._wrong_board = None
        if self._rate_hz != wanted_hz:
            able = ", ".join(f"{rate:g}" for rate in RATE_CODES)
            refused = f"A MetaMotion cannot send at {wanted_hz:g} Hz, only at {able} Hz"
            self._wrong_rate = f"{refused}; it sends at {self._rate_hz:g} Hz."
        self._clock.interrupted(nominal_hz=self._rate_hz)
        self._trusted, self._requests = False, []
        return (Subscribe(NOTIFY_UUID), _command(ACCELEROMETER, READ | MODULE))

    def requests(self) -> Sequence[Step]:
        requests, self._requests = self._requests, []
        return requests

    def revive(self) -> Sequence[Step]:
        return (_command(ACCELEROMETER, READ | MODULE),)

    def interrupted(self) -> None:
        self._clock.interrupted()
        self._trusted = False

    def finish(self) -> list[Samples | Gap]:
        return [_samples(item) for item in self._clock.finish()]

    @property
    def refusal(self) -> str | None:
        return self._wrong_board or self._wrong_rate

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        if characteristic != NOTIFY_UUID:
            return []
        if len(data) < 2:
            raise PacketError(f"A MetaMotion says of what it speaks in two bytes; here are {len(data)}.")
        module, register, content = data[0], data[1], data[2:]
        if module != ACCELEROMETER:
            return []
        if register == READ | MODULE:
            self._on_module(content)
        elif register == READ | CONFIG:
            self._on_config(content)
        elif self._trusted and self._chip is not None and register == self._chip.packed:
            return self._on_packed(data, arrival_s)
        return []

    def _on_module(self, content: bytes) -> None:
        self._trusted = False
        chip = CHIPS.get(content[0]) if len(content) >= 2 else None
        if chip is None or content[1] < chip.revision:
            self._wrong_board = (
                "This MbientLab board has no accelerometer that is known here; update its firmware."
            )
            return
        self._chip, self._wrong_board = chip, None
        rate = chip.rate | RATE_CODES[self._rate_hz]
        self._requests = [
            _command(ACCELEROMETER, POWER, 0),
            _command(ACCELEROMETER, MEASURE, 0, 1),
            _command(ACCELEROMETER, CONFIG, rate, chip.range),
            _command(ACCELEROMETER, READ | CONFIG),
            _command(ACCELEROMETER, SINGLE, 0),
            _command(ACCELEROMETER, chip.packed, 1),
            _command(ACCELEROMETER, MEASURE, 1, 0),
            _command(ACCELEROMETER, POWER, 1),
        ]

    def _on_config(self, content: bytes) -> None:
        chip = self._chip
        self._trusted = chip is not None and content[:2] == bytes(
            (chip.rate | RATE_CODES[self._rate_hz], chip.range)
        )
        if not self._trusted:
            self._wrong_board = "The MetaMotion keeps to other settings than it was given; switch it off and on."

    def _on_packed(self, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        if len(data) != PACKED_SIZE:
            raise PacketError(f"A MetaMotion's packed acceleration is {PACKED_SIZE} bytes, not {len(data)}.")
        rows = np.frombuffer(data, "<i2", 9, 2).reshape(3, 3).astype(np.float64)
        return [_samples(item) for item in self._clock.feed(rows, arrival_s)]


def _command(*content: int) -> Write:
    return Write(COMMAND_UUID, bytes(content), response=False)


def _samples(item: Dated | Gap) -> Samples | Gap:
    if isinstance(item, Gap):
        return item
    return Samples(
        time_s=item.time_s,
        accel_mps2=item.rows * COUNT_MPS2,
        resolution_mps2=COUNT_MPS2,
        saturated=bool((np.abs(item.rows) >= FULL_SCALE).any()),
        time_sigma_s=item.sigma_s,
    )
