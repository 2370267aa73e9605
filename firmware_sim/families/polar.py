"""A Polar sensor from its own side: the Polar Measurement Data service, as sensor_hub/sensors/pmd.py describes it.

The H10 sends plain frames of 36 samples. The Verity Sense compresses what fits in a packet, and offers other rates
than 52 Hz in its SDK mode only. Both measure while a central is connected, in whole mg, and stop with it.
"""

import struct
from collections import deque
from typing import Any, ClassVar

import numpy as np
from bumble import data_types
from bumble.core import UUID, AdvertisingData
from bumble.gatt import Characteristic, CharacteristicValue, Service
from numpy.typing import NDArray

from firmware_sim.peripheral import Peripheral

SERVICE_UUID = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL_UUID = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA_UUID = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

_SETTINGS, _START, _STOP = 1, 2, 3
_ACCELERATION, _SDK_MODE = 2, 9
_OK, _BAD_OPCODE, _NOT_SUPPORTED, _BAD_PARAMETER, _ALREADY, _BAD_RATE, _BAD_RANGE = 0, 1, 3, 5, 6, 8, 9
_RATE, _RESOLUTION, _RANGE, _CHANNELS = 0, 1, 2, 4
_WIDTHS = {_RATE: 2, _RESOLUTION: 2, _RANGE: 2, _CHANNELS: 1}
_FRAME = struct.Struct("<BQB")
_RAW_16, _DELTA_MG = 0x01, 0x81
_FULL_SCALE_COUNTS = 1 << 15
_DEFAULT_TIME_NS = 599_616_000_000_000_000
_MEMORY_S = 4.0
_POLAR_ELECTRO = 0x006B
_HEART_RATE = UUID(0x180D)


class PolarH10Peripheral(Peripheral):
    manufacturer = "Polar Electro Oy"
    model = "H10"
    features: ClassVar[bytes] = bytes((0x0F, 0x05, *[0] * 15))
    frame_samples: ClassVar[int] = 36

    def on_boot(self) -> None:
        self._sdk_mode = False
        self._samples: deque[tuple[int, tuple[int, ...]]] = deque(maxlen=int(_MEMORY_S * self.source.rate_hz))

    def services(self) -> list[Any]:
        properties, permissions = Characteristic.Properties, Characteristic.Permissions
        self._control = Characteristic(
            UUID(CONTROL_UUID),
            properties.READ | properties.WRITE | properties.INDICATE,
            permissions.READABLE | permissions.WRITEABLE,
            CharacteristicValue(read=lambda connection: self.features, write=self._on_control),
        )
        data = Characteristic(UUID(DATA_UUID), properties.NOTIFY, permissions(0), b"")
        self.stream_through(data)
        return [Service(UUID(SERVICE_UUID), [self._control, data])]

    def advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        flags = AdvertisingData.Flags
        said = AdvertisingData(
            [
                data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED),
                data_types.CompleteListOf16BitServiceUUIDs([_HEART_RATE]),
                data_types.ManufacturerSpecificData(_POLAR_ELECTRO, bytes(4)),
            ]
        )
        return said, AdvertisingData([data_types.CompleteLocalName(self.name)])

    def keep(self, sequence: int, time_us: int, counts: list[int]) -> None:
        mg = np.rint(np.array(counts) * (1000 * self.source.range_g / _FULL_SCALE_COUNTS)).astype(int)
        self._samples.append((_DEFAULT_TIME_NS + time_us * 1000, tuple(mg.tolist())))

    def next_notification(self, mtu: int) -> bytes | None:
        if len(self._samples) < self.frame_samples:
            return None
        taken = [self._samples.popleft() for _ in range(self.frame_samples)]
        content = np.array([sample for _, sample in taken], "<i2").tobytes()
        return _FRAME.pack(_ACCELERATION, taken[-1][0], _RAW_16) + content

    def offers(self) -> dict[int, tuple[int, ...]]:
        """What it says of its acceleration, by kind."""
        return {_RATE: (25, 50, 100, 200), _RESOLUTION: (16,), _RANGE: (2, 4, 8)}

    def enter_sdk_mode(self) -> int:
        return _NOT_SUPPORTED

    def _on_control(self, connection: Any, value: bytes) -> None:
        request = bytes(value)
        if len(request) >= 2:
            error, content = self._obey(request[0], request[1], request[2:])
            self.indicate(self._control, bytes((0xF0, request[0], request[1], error, 0)) + content)

    def _obey(self, opcode: int, measurement: int, parameters: bytes) -> tuple[int, bytes]:
        if (opcode, measurement) == (_START, _SDK_MODE):
            return self.enter_sdk_mode(), b""
        if measurement != _ACCELERATION:
            return _NOT_SUPPORTED, b""
        if opcode == _SETTINGS:
            return _OK, b"".join(_setting(kind, values) for kind, values in self.offers().items())
        if opcode == _STOP:
            running, self.sampler.streaming = self.sampler.streaming, False
            return (_OK if running else _ALREADY), b""
        return self._start_with(parameters) if opcode == _START else (_BAD_OPCODE, b"")

    def _start_with(self, parameters: bytes) -> tuple[int, bytes]:
        wanted = _single_settings(parameters)
        offered = self.offers()
        if wanted.keys() != offered.keys():
            return _BAD_PARAMETER, b""
        if wanted[_RATE] not in offered[_RATE] or wanted[_RATE] != self.source.rate_hz:
            return _BAD_RATE, b""
        if wanted[_RANGE] not in offered[_RANGE] or wanted[_RANGE] != self.source.range_g:
            return _BAD_RANGE, b""
        if self.sampler.streaming:
            return _ALREADY, b""
        self._samples.clear()
        self.start()
        return _OK, b"\x01"


class PolarVerityPeripheral(PolarH10Peripheral):
    model = "Verity Sense"
    features = bytes((0x0F, 0x6E, 0x02, *[0] * 14))
    frame_samples = 71

    def offers(self) -> dict[int, tuple[int, ...]]:
        if self._sdk_mode:
            return {_RATE: (26, 52, 104, 208, 416), _RESOLUTION: (16,), _RANGE: (2, 4, 8, 16), _CHANNELS: (3,)}
        return {_RATE: (52,), _RESOLUTION: (16,), _RANGE: (8,), _CHANNELS: (3,)}

    def enter_sdk_mode(self) -> int:
        already, self._sdk_mode = self._sdk_mode, True
        return _ALREADY if already else _OK

    def next_notification(self, mtu: int) -> bytes | None:
        if len(self._samples) < self.frame_samples:
            return None
        ready = [self._samples[index] for index in range(self.frame_samples)]
        content, count = _compress(np.array([sample for _, sample in ready]), mtu - 3 - _FRAME.size)
        taken = [self._samples.popleft() for _ in range(count)]
        return _FRAME.pack(_ACCELERATION, taken[-1][0], _DELTA_MG) + content


def _compress(values: NDArray[np.int64], room: int) -> tuple[bytes, int]:
    """As many samples as fit, in blocks of ten differences of one width; their bytes and number."""
    content, count = values[0].astype("<i2").tobytes(), 1
    differences = np.diff(values, axis=0)
    for first in range(0, len(differences), 10):
        block = differences[first : first + 10]
        bits = max(2, int(np.abs(block).max()).bit_length() + 1)
        spread = (block.reshape(-1, 1) >> np.arange(bits)) & 1
        packed = np.packbits(spread.astype(np.uint8).reshape(-1), bitorder="little").tobytes()
        if len(content) + 2 + len(packed) > room:
            break
        content += bytes((bits, len(block))) + packed
        count += len(block)
    return content, count


def _setting(kind: int, values: tuple[int, ...]) -> bytes:
    return bytes((kind, len(values))) + b"".join(value.to_bytes(_WIDTHS[kind], "little") for value in values)


def _single_settings(parameters: bytes) -> dict[int, int]:
    """One value of each kind; none of them where the bytes are no settings."""
    settings: dict[int, int] = {}
    while len(parameters) >= 2 and parameters[0] in _WIDTHS and parameters[1] == 1:
        kind, width = parameters[0], _WIDTHS[parameters[0]]
        settings[kind] = int.from_bytes(parameters[2 : 2 + width], "little")
        parameters = parameters[2 + width :]
    return {} if parameters else settings
