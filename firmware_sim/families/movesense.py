"""A Movesense sensor from its own side: the GATT SensorData Protocol, as sensor_hub/sensors/movesense.py tells it.

It sends about 13 blocks a second, splits those over 150 bytes, and forgets its subscription with the connection.
Of the protocol's commands it knows those for measuring; others it leaves without an answer, as the maker's app does.
"""

import struct
from collections import deque
from typing import Any

import numpy as np
from bumble import data_types
from bumble.core import UUID, AdvertisingData
from bumble.gatt import Characteristic, CharacteristicValue, Service

from firmware_sim.peripheral import Peripheral
from sensor_hub.model import STANDARD_GRAVITY_MPS2

SERVICE_UUID = "34802252-7185-4d5d-b431-630e7050e8f0"
COMMAND_UUID = "34800001-7185-4d5d-b431-630e7050e8f0"
DATA_UUID = "34800002-7185-4d5d-b431-630e7050e8f0"

_SUBSCRIBE, _UNSUBSCRIBE, _GET = 1, 2, 4
_RESULT, _DATA, _DATA_PART2 = 1, 2, 3
_OK, _NOT_FOUND, _NOT_ON_OFFER = 200, 404, 501
_FIRST_PART_BYTES = 150
_BLOCKS_PER_S = 13
_MEMORY_BLOCKS = 16
_FULL_SCALE_COUNTS = 1 << 15
_SUUNTO = 0x009F


class MovesensePeripheral(Peripheral):
    manufacturer = "Movesense"
    model = "simulated Movesense"

    def on_boot(self) -> None:
        self._reference = 0
        self._block: list[tuple[int, list[int]]] = []
        self._waiting: deque[tuple[bytes, ...]] = deque(maxlen=_MEMORY_BLOCKS)
        self._parts: deque[bytes] = deque()

    def services(self) -> list[Any]:
        properties, permissions = Characteristic.Properties, Characteristic.Permissions
        command = Characteristic(
            UUID(COMMAND_UUID),
            properties.WRITE,
            permissions.WRITEABLE,
            CharacteristicValue(write=self._on_command),
        )
        self._data_characteristic = Characteristic(UUID(DATA_UUID), properties.NOTIFY, permissions(0), b"")
        self.stream_through(self._data_characteristic)
        return [Service(UUID(SERVICE_UUID), [command, self._data_characteristic])]

    def advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        flags = AdvertisingData.Flags
        said = AdvertisingData(
            [
                data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED),
                data_types.CompleteLocalName(self.name),
            ]
        )
        return said, AdvertisingData([data_types.ManufacturerSpecificData(_SUUNTO, bytes(4))])

    @property
    def block_samples(self) -> int:
        return max(1, round(self.source.rate_hz / _BLOCKS_PER_S))

    def samples_per_packet(self, mtu: int) -> int:
        return self.block_samples

    def keep(self, sequence: int, time_us: int, counts: list[int]) -> None:
        self._block.append((time_us, counts))
        if len(self._block) == self.block_samples:
            self._waiting.append(self._encode())
            self._block.clear()

    def next_notification(self, mtu: int) -> bytes | None:
        if not self._parts and self._waiting:
            self._parts.extend(self._waiting.popleft())
        return self._parts.popleft() if self._parts else None

    def _encode(self) -> tuple[bytes, ...]:
        mps2_per_count = self.source.range_g * STANDARD_GRAVITY_MPS2 / _FULL_SCALE_COUNTS
        stamp_ms = self._block[0][0] // 1000 % (1 << 32)
        accel_mps2 = np.array([counts for _, counts in self._block], "<f4") * np.float32(mps2_per_count)
        content = struct.pack("<I", stamp_ms) + accel_mps2.astype("<f4").tobytes()
        first, second = content[:_FIRST_PART_BYTES], content[_FIRST_PART_BYTES:]
        parts = [bytes((_DATA, self._reference)) + first]
        if second:
            parts.append(bytes((_DATA_PART2, self._reference)) + second)
        return tuple(parts)

    def _on_command(self, connection: Any, value: bytes) -> None:
        if len(value) < 2:
            return
        command, reference, path = value[0], value[1], bytes(value[2:]).decode(errors="replace")
        if command == _SUBSCRIBE:
            self._subscribe(reference, path)
        elif command == _UNSUBSCRIBE and reference == self._reference:
            self.sampler.streaming = False
        elif command == _GET and path == "/Meas/Acc/Config":
            self._answer(reference, _OK, bytes((round(self.source.range_g),)))
        elif command == _GET:
            self._answer(reference, _NOT_FOUND)

    def _subscribe(self, reference: int, path: str) -> None:
        if path != f"/Meas/Acc/{self.source.rate_hz:g}":
            self._answer(reference, _NOT_ON_OFFER if path.startswith("/Meas/Acc/") else _NOT_FOUND)
            return
        self._reference = reference
        for memory in (self._block, self._waiting, self._parts):
            memory.clear()
        self._answer(reference, _OK)
        self.start()

    def _answer(self, reference: int, status: int, content: bytes = b"") -> None:
        answer = bytes((_RESULT, reference)) + struct.pack("<H", status) + content
        self.notify(self._data_characteristic, answer)
