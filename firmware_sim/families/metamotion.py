"""MbientLab MetaMotion from the sensor's side; sources in sensor_hub/sensors/metamotion.py.

A board keeps what it was told until it is told otherwise or switched off: rate, range, what is subscribed to, and
whether it measures. A lost connection changes none of it; what it measures meanwhile is lost. Its accelerometer takes
no settings while it runs. It answers reads of modules and of the accelerometer's settings.
"""

import struct
from collections import deque
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from bumble import data_types
from bumble.core import UUID, AdvertisingData
from bumble.gatt import Characteristic, CharacteristicValue, Service

from firmware_sim.peripheral import Peripheral, now_s

_LED, _ACCELEROMETER, _READ = 0x02, 0x03, 0x80
_MODULE, _POWER, _MEASURE, _CONFIG, _SINGLE = range(5)
_PLAY, _STOP, _PATTERN = 0x01, 0x02, 0x03
_RATES_HZ = {code: 12.5 * 2 ** (code - 5) for code in range(5, 13)}
_RANGES_G = (2, 4, 8, 16)
_PACKED = 3
_MEMORY = 20


@dataclass(frozen=True, slots=True)
class Chip:
    """info: what the module answers; config: rate and range at power-on; ranges: codes of ±2, 4, 8, 16 g."""

    info: bytes
    config: bytes
    ranges: bytes
    packed: int


BMI160 = Chip(b"\x01\x01", b"\x28\x03", b"\x03\x05\x08\x0c", 0x1C)
BMI270 = Chip(b"\x04\x00", b"\xa8\x02", b"\x00\x01\x02\x03", 0x05)


class MetaMotionPeripheral(Peripheral):
    manufacturer = "MbientLab Inc"
    model = "simulated MetaMotionS"
    samples_alone = True
    chip: ClassVar[Chip] = BMI270

    def on_boot(self) -> None:
        self._config = self.chip.config
        self._powered = self._measuring = False
        self._subscribed: set[int] = set()
        self._pattern_s = 0.0
        self._samples: deque[bytes] = deque(maxlen=_MEMORY * _PACKED)

    def services(self) -> list[Any]:
        properties, permissions = Characteristic.Properties, Characteristic.Permissions
        command = Characteristic(
            _uuid("9001"),
            properties.WRITE | properties.WRITE_WITHOUT_RESPONSE,
            permissions.WRITEABLE,
            CharacteristicValue(write=self._on_command),
        )
        self._answers = Characteristic(_uuid("9006"), properties.NOTIFY, permissions(0), b"")
        self.stream_through(self._answers)
        return [Service(_uuid("9000"), [command, self._answers])]

    def advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        flags = AdvertisingData.Flags
        said = [
            data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED),
            data_types.CompleteListOf128BitServiceUUIDs([_uuid("9000")]),
        ]
        return AdvertisingData(said), AdvertisingData([data_types.CompleteLocalName(self.name)])

    def samples_per_packet(self, mtu: int) -> int:
        return _PACKED

    def keep(self, sequence: int, time_us: int, counts: list[int]) -> None:
        every = max(1, round(self.source.rate_hz / _RATES_HZ[self._config[0] & 0x0F]))
        if not self.connected or not self._measuring or sequence % every:
            return
        range_g = _RANGES_G[self.chip.ranges.index(self._config[1])]
        scaled = np.clip(np.rint(np.array(counts) * self.source.range_g / range_g), -32768, 32767)
        self._samples.append(struct.pack("<3h", *scaled.astype(int).tolist()))

    def next_notification(self, mtu: int) -> bytes | None:
        size = 1 if _SINGLE in self._subscribed else _PACKED
        register = _SINGLE if _SINGLE in self._subscribed else self.chip.packed
        if register not in self._subscribed or len(self._samples) < size:
            return None
        return bytes((_ACCELEROMETER, register)) + b"".join(self._samples.popleft() for _ in range(size))

    def _on_command(self, connection: Any, value: bytes) -> None:
        if len(value) < 2:
            return
        module, register, content = value[0], value[1], bytes(value[2:])
        if register & _READ:
            self._on_read(module, register & ~_READ)
        elif module == _LED:
            self._on_led(register, content)
        elif module == _ACCELEROMETER and content:
            self._on_accelerometer(register, content)

    def _on_read(self, module: int, register: int) -> None:
        answers = {
            (_LED, _MODULE): b"\x00\x01\x03\x00",
            (_ACCELEROMETER, _MODULE): self.chip.info,
            (_ACCELEROMETER, _CONFIG): self._config,
        }
        if register == _MODULE or (module, register) in answers:
            self.notify(self._answers, bytes((module, register | _READ)) + answers.get((module, register), b""))

    def _on_led(self, register: int, content: bytes) -> None:
        if register == _PATTERN and len(content) == 15:
            duration_ms, _, times = struct.unpack("<HHB", content[10:])
            self._pattern_s = duration_ms * times / 1000
        elif register == _PLAY:
            self.identify_until_s = now_s() + self._pattern_s
        elif register == _STOP:
            self.identify_until_s = 0.0

    def _on_accelerometer(self, register: int, content: bytes) -> None:
        if register == _POWER:
            self._power(content[0] == 1)
        elif register == _MEASURE and len(content) == 2:
            self._measuring = (self._measuring or bool(content[0])) and not content[1]
        elif register == _CONFIG and len(content) == 2 and not self._powered:
            if content[0] & 0x0F in _RATES_HZ and content[1] in self.chip.ranges:
                self._config = content
        elif register in (_SINGLE, self.chip.packed):
            (self._subscribed.add if content[0] else self._subscribed.discard)(register)

    def _power(self, on: bool) -> None:
        self._powered = on
        self._samples.clear()
        if on and not self.sampler.finished:
            self.start()
        else:
            self.sampler.streaming = False


class MetaMotionRPeripheral(MetaMotionPeripheral):
    model = "simulated MetaMotionR"
    chip = BMI160


def _uuid(short: str) -> UUID:
    return UUID(f"326A{short}-85CB-9195-D9DD-464CFBBAE75A")
