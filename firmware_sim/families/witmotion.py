"""A WitMotion WT901BLE or BWT901BLE5.0, from the sensor's side; sources in sensor_hub/sensors/witmotion.py.

A processor writes frames into the radio module's memory, byte by byte, and knows nothing of connections. The module
sends what is there, in pieces as it likes them; while it cannot, its memory fills, and frames that find no room are
lost without a trace. What was left in it comes first when somebody subscribes again.
"""

import struct
from typing import Any

import numpy as np
from bumble import data_types
from bumble.core import UUID, AdvertisingData
from bumble.gatt import Characteristic, CharacteristicValue, Service

from firmware_sim.peripheral import Peripheral, now_s

SERVICE_UUID = UUID("0000ffe5-0000-1000-8000-00805f9a34fb")
NOTIFY_UUID = UUID("0000ffe4-0000-1000-8000-00805f9a34fb")
WRITE_UUID = UUID("0000ffe9-0000-1000-8000-00805f9a34fb")
FRAME_SIZE = 20
MEMORY_BYTES = 500
CUT_SHARE = 0.1
"""Of the notifications that could end with a frame so many do not."""
UNLOCKED_S = 10.0
SAVE, RATE, READ, BATTERY, UNLOCK = 0x00, 0x03, 0x27, 0x64, 0x69
UNLOCK_KEY = 0xB588
RATES_HZ = {0x06: 10.0, 0x07: 20.0, 0x08: 50.0, 0x09: 100.0, 0x0B: 200.0}
RATE_FROM_FACTORY = 0x06
CELL_PERCENT = (0, 5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 100)
CELL_CENTIVOLT = (340, 350, 368, 370, 373, 377, 379, 382, 387, 393, 396, 399)
RANGE_G = 16.0
GYRO_NOISE_COUNTS = 2.0


class WitMotionPeripheral(Peripheral):
    """The source gives at most the rate it has: asked for more, the sensor sends that. What its specimens are known
    to do badly is off unless a test says so."""

    manufacturer = "WitMotion"
    model = "WT901BLE"
    has_battery_service = False
    samples_alone = True
    packet_s = 0.02

    byte_loss = 0.0
    """Probability that a byte of a frame is lost between the processor and the radio module."""
    rate_needs_saving = False
    rate_is_fixed = False

    def on_boot(self) -> None:
        if not hasattr(self, "_saved"):
            self._saved = {RATE: RATE_FROM_FACTORY}
        self._registers = dict(self._saved)
        self._unlocked_until_s = 0.0
        self.memory = bytearray()
        self.dropped = 0

    def services(self) -> list[Any]:
        properties, permissions = Characteristic.Properties, Characteristic.Permissions
        data = Characteristic(NOTIFY_UUID, properties.NOTIFY, permissions(0), b"")
        commands = Characteristic(
            WRITE_UUID,
            properties.WRITE | properties.WRITE_WITHOUT_RESPONSE,
            permissions.WRITEABLE,
            CharacteristicValue(write=self._on_command),
        )
        self.stream_through(data)
        data.on("subscription", lambda connection, notify, indicate: self.start())
        return [Service(SERVICE_UUID, [data, commands])]

    def advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        flags = AdvertisingData.Flags
        said = [
            data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED),
            data_types.CompleteListOf128BitServiceUUIDs([SERVICE_UUID]),
        ]
        return AdvertisingData(said), AdvertisingData([data_types.CompleteLocalName(self.name)])

    def keep(self, sequence: int, time_us: int, counts: list[int]) -> None:
        every = max(1, round(self.source.rate_hz / RATES_HZ[self._rate_code]))
        if sequence % every:
            return
        scaled = np.clip(np.rint(np.array(counts) * self.source.range_g / RANGE_G), -32768, 32767).astype(int)
        turning = [round(self.rng.gauss(0.0, GYRO_NOISE_COUNTS)) for _ in range(3)]
        self._put(struct.pack("<BB9h", 0x55, 0x61, *scaled.tolist(), *turning, 0, 0, 0))

    def next_notification(self, mtu: int) -> bytes | None:
        size = min(len(self.memory), mtu - 3)
        if size > 1 and self.rng.random() < CUT_SHARE:
            size = self.rng.randrange(1, size)
        value = bytes(self.memory[:size])
        del self.memory[:size]
        return value or None

    @property
    def _rate_code(self) -> int:
        return (self._saved if self.rate_needs_saving else self._registers)[RATE]

    def _put(self, frame: bytes) -> None:
        if len(self.memory) + len(frame) > MEMORY_BYTES:
            self.dropped += 1
            return
        if self.rng.random() < self.byte_loss:
            at = self.rng.randrange(len(frame))
            frame = frame[:at] + frame[at + 1 :]
        self.memory += frame

    def _on_command(self, connection: Any, value: bytes) -> None:
        """Commands it does not know, or that need unlocking first, it ignores."""
        if len(value) != 5 or value[:2] != b"\xff\xaa":
            return
        register, content = value[2], int.from_bytes(value[3:5], "little")
        unlocked = now_s() < self._unlocked_until_s
        if register == UNLOCK and content == UNLOCK_KEY:
            self._unlocked_until_s = now_s() + UNLOCKED_S
        elif register == READ:
            self._put(struct.pack("<BBH8H", 0x55, 0x71, content, *map(self._read, range(content, content + 8))))
            self.wake()
        elif register == SAVE and unlocked:
            self._saved = dict(self._registers)
        elif register == RATE and unlocked and content in RATES_HZ and not self.rate_is_fixed:
            self._registers[RATE] = content

    def _read(self, register: int) -> int:
        if register == BATTERY:
            return round(float(np.interp(self.battery_percent, CELL_PERCENT, CELL_CENTIVOLT)))
        return self._rate_code if register == RATE else 0
