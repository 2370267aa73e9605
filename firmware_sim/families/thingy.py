"""A Nordic Thingy:52, from the sensor's side; sources in sensor_hub/sensors/thingy.py.

It measures while its raw data are subscribed to. Its Bluetooth stack has a few buffers for notifications; while they
are full what is measured is dropped, and nobody is told. The configuration survives in flash memory.
"""

import math
import struct
from collections import deque
from typing import Any

import numpy as np
from bumble import data_types
from bumble.att import ATT_Error, ErrorCode
from bumble.core import UUID, AdvertisingData
from bumble.gatt import Characteristic, CharacteristicValue, Service

from firmware_sim.peripheral import Peripheral

UUID_OF = "ef68{}-9b35-4933-9b10-52ffa9740042"
CONFIGURATION = struct.Struct("<HHHHB")
LIMITS = ((100, 5000), (100, 5000), (100, 1000), (5, 200), (0, 1))
FROM_FACTORY = (1000, 500, 500, 10, 1)
MOTION_UNIT_HZ = 200
BUFFERS = 6
RANGE_G, COUNTS_PER_G = 2, 1024
LIGHT_SIZES = {0: 1, 1: 4, 2: 5, 3: 3}
"""Bytes of each mode: off, constant, breathing, one breath."""


class ThingyPeripheral(Peripheral):
    """The source gives at most the rate it has: asked for more, the sensor sends that."""

    manufacturer = "Nordic Semiconductor"
    model = "Thingy:52"
    packet_s = 0.0

    def on_boot(self) -> None:
        if not hasattr(self, "_configuration"):
            self._configuration = FROM_FACTORY
            self.flash_writes = 0
        self._buffers: deque[bytes] = deque()
        self.dropped = 0
        self.light = b"\x00"

    def services(self) -> list[Any]:
        properties, permissions = Characteristic.Properties, Characteristic.Permissions
        both = permissions.READABLE | permissions.WRITEABLE
        configuration = Characteristic(
            _uuid("0401"),
            properties.READ | properties.WRITE,
            both,
            CharacteristicValue(
                read=lambda connection: CONFIGURATION.pack(*self._configuration), write=self._on_configuration
            ),
        )
        raw = Characteristic(_uuid("0406"), properties.NOTIFY, permissions(0), b"")
        light = Characteristic(
            _uuid("0301"),
            properties.READ | properties.WRITE,
            both,
            CharacteristicValue(read=lambda connection: self.light, write=self._on_light),
        )
        self.stream_through(raw)
        raw.on("subscription", self._on_raw_subscription)
        return [Service(_uuid("0400"), [configuration, raw]), Service(_uuid("0300"), [light])]

    def advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        flags = AdvertisingData.Flags
        said = [
            data_types.Flags(flags.LE_LIMITED_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED),
            data_types.IncompleteListOf128BitServiceUUIDs([_uuid("0100")]),
        ]
        return AdvertisingData(said), AdvertisingData([data_types.CompleteLocalName(self.name)])

    def keep(self, sequence: int, time_us: int, counts: list[int]) -> None:
        rate_hz = MOTION_UNIT_HZ / (MOTION_UNIT_HZ // self._configuration[3])
        if sequence % max(1, round(self.source.rate_hz / rate_hz)):
            return
        if len(self._buffers) == BUFFERS:
            self.dropped += 1
            return
        turned = -np.array(counts) * self.source.range_g * COUNTS_PER_G / 32768
        accel = np.clip(np.rint(turned), -RANGE_G * COUNTS_PER_G, RANGE_G * COUNTS_PER_G - 1).astype(int)
        self._buffers.append(struct.pack("<9h", *accel.tolist(), 0, 0, 0, 0, 0, 0))

    def next_notification(self, mtu: int) -> bytes | None:
        return self._buffers.popleft() if self._buffers else None

    def _on_raw_subscription(self, connection: Any, notify: bool, indicate: bool) -> None:
        self._buffers.clear()
        if notify:
            self.start()
        else:
            self.sampler.streaming = False

    def _on_configuration(self, connection: Any, value: bytes) -> None:
        fields = CONFIGURATION.unpack(value) if len(value) == CONFIGURATION.size else ()
        if not fields or not all(low <= one <= high for one, (low, high) in zip(fields, LIMITS, strict=True)):
            raise ATT_Error(ErrorCode.WRITE_NOT_PERMITTED)
        self._configuration = fields
        self.flash_writes += 1

    def _on_light(self, connection: Any, value: bytes) -> None:
        if not value or LIGHT_SIZES.get(value[0]) != len(value):
            raise ATT_Error(ErrorCode.WRITE_NOT_PERMITTED)
        self.light = bytes(value)
        self.identify_until_s = math.inf if value[0] else 0.0


def _uuid(number: str) -> UUID:
    return UUID(UUID_OF.format(number))
