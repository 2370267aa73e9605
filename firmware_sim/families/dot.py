"""Movella DOT from the sensor's side, as its maker's Bluetooth specification XD0506P (July 2023) describes it.

It answers with rate quantities only, payload mode 21; started in any other mode it measures and sends nothing. Its
rate of turn is 0: a sled does not turn. It keeps a handful of samples while the radio takes nothing. A lost connection
ends the measurement, but not its clock.
"""

import struct
from collections import deque
from typing import Any

from bumble import data_types
from bumble.core import UUID, AdvertisingData
from bumble.gatt import Characteristic, CharacteristicValue, Service

from firmware_sim.peripheral import Peripheral, now_s
from sensor_hub.model import STANDARD_GRAVITY_MPS2

NAME = "Movella DOT"
RATES_HZ = (1, 4, 10, 12, 15, 20, 30, 60)
_COMPANY_ID = 0x0886
_CLOCK_MODULUS_US = 1 << 32
_MEMORY = 16
_RATE_QUANTITIES = 21
_MODES = (*range(1, 8), *range(16, 27))
_PAYLOAD = struct.Struct("<I3f3f12x")
_DEVICE_INFO = struct.Struct("<6s3BH5BIQ6s")
_DEVICE_CONTROL = struct.Struct("<7BB16sHB5x")
_IDENTIFY_S = 10.0


class DotPeripheral(Peripheral):
    manufacturer = "Movella"
    model = "simulated Movella DOT"
    has_battery_service = False
    packet_s = 0.0

    def on_boot(self) -> None:
        self._mode = _RATE_QUANTITIES
        self._rate_hz = RATES_HZ[-1]
        self._told_percent = self.battery_percent
        self._waiting: deque[bytes] = deque(maxlen=_MEMORY)

    def services(self) -> list[Any]:
        medium = _notifying("2003")
        self.stream_through(medium)
        self._battery_level = _readable("3001", lambda connection: self._battery_value(), notify=True)
        configuration = [
            _readable("1001", lambda connection: self._device_info()),
            _readable("1002", lambda connection: self._device_control(), self._on_device_control),
            _notifying("1004"),
        ]
        control = _readable("2001", lambda connection: self._control(), self._on_control)
        return [
            Service(_uuid("1000"), configuration),
            Service(_uuid("2000"), [control, _notifying("2002"), medium, _notifying("2004")]),
            Service(_uuid("3000"), [self._battery_level]),
        ]

    def advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        flags = AdvertisingData.Flags
        said = AdvertisingData(
            [
                data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED),
                data_types.CompleteLocalName(NAME),
                data_types.ManufacturerSpecificData(_COMPANY_ID, b""),
            ]
        )
        return said, AdvertisingData([])

    def keep(self, sequence: int, time_us: int, counts: list[int]) -> None:
        if self.battery_percent != self._told_percent:
            self._told_percent = self.battery_percent
            self.notify(self._battery_level, self._battery_value())
        if self._mode == _RATE_QUANTITIES and sequence % max(1, round(self.source.rate_hz / self._rate_hz)) == 0:
            scale = self.source.range_g * STANDARD_GRAVITY_MPS2 / 32768
            accel = [count * scale for count in counts]
            self._waiting.append(_PAYLOAD.pack(time_us % _CLOCK_MODULUS_US, *accel, 0.0, 0.0, 0.0))

    def next_notification(self, mtu: int) -> bytes | None:
        return self._waiting.popleft() if self._waiting else None

    def _battery_value(self) -> bytes:
        return bytes((self.battery_percent, 0))

    def _device_info(self) -> bytes:
        address = bytes.fromhex(str(self.address).partition("/")[0].replace(":", ""))
        return _DEVICE_INFO.pack(address, 2, 4, 0, 2023, 7, 1, 12, 0, 0, 0, int.from_bytes(address), b"XS-T02")

    def _device_control(self) -> bytes:
        return _DEVICE_CONTROL.pack(0, 0, 0, 10, 0, 30, 0, len(NAME), NAME.encode(), self._rate_hz, 0)

    def _on_device_control(self, connection: Any, value: bytes) -> None:
        if len(value) != _DEVICE_CONTROL.size:
            return
        visit, identifying, *_, rate_hz, _ = _DEVICE_CONTROL.unpack(value)
        if visit & 0x01 and identifying:
            self.identify_until_s = now_s() + _IDENTIFY_S
        if visit & 0x10 and rate_hz in RATES_HZ and not self.sampler.streaming:
            self._rate_hz = rate_hz

    def _control(self) -> bytes:
        return bytes((1, self.sampler.streaming, self._mode))

    def _on_control(self, connection: Any, value: bytes) -> None:
        match tuple(value):
            case (1, 0, _):
                self.sampler.streaming = False
                self._waiting.clear()
            case (1, 1, mode) if mode in _MODES and not self.sampler.finished:
                self._mode = mode
                self.start()


def _uuid(short: str) -> UUID:
    return UUID(f"1517{short}-4947-11E9-8646-D663BD873D93")


def _notifying(short: str) -> Characteristic[Any]:
    return Characteristic(_uuid(short), Characteristic.Properties.NOTIFY, Characteristic.Permissions(0), b"")


def _readable(short: str, read: Any, write: Any = None, *, notify: bool = False) -> Characteristic[Any]:
    properties, permissions = Characteristic.Properties.READ, Characteristic.Permissions.READABLE
    if write is not None:
        properties |= Characteristic.Properties.WRITE
        permissions |= Characteristic.Permissions.WRITEABLE
    if notify:
        properties |= Characteristic.Properties.NOTIFY
    return Characteristic(_uuid(short), properties, permissions, CharacteristicValue(read=read, write=write))
