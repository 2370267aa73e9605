"""The sled sensor: docs/protocol.md from the sensor's side.

It packs what it has by the link's MTU and keeps the newest minute in a ring buffer. What the radio did not take waits
there; what was sent can be asked for again.
"""

from typing import Any, ClassVar

from bumble import data_types
from bumble.core import UUID, AdvertisingData
from bumble.gatt import Characteristic, CharacteristicValue, Service

from firmware_sim.packer import SampleRing
from firmware_sim.peripheral import Peripheral, now_s
from sensor_hub import wire
from sensor_hub.errors import PacketError

_BATTERY_SERVICE = UUID(0x180F)


class SledPeripheral(Peripheral):
    model = "simulated sled sensor"
    samples_alone = True
    bonds = True
    packet_s = wire.MAX_PACKET_AGE_S
    ring_s: ClassVar[float] = wire.RING_S

    def on_boot(self) -> None:
        self._boot_id = self.rng.getrandbits(32)
        self.ring = SampleRing(
            max(1, round(self.ring_s * self.source.rate_hz * self.speed)),
            range_g=int(self.source.range_g),
            bits=self.source.bits,
            period_us=round(1e6 / self.source.rate_hz),
        )

    def on_disconnected(self) -> None:
        super().on_disconnected()
        self.ring.forget_requests()

    def on_ended(self) -> None:
        self._announce_state()

    def services(self) -> list[Any]:
        properties, permissions = Characteristic.Properties, Characteristic.Permissions
        data = Characteristic(UUID(wire.DATA_UUID), properties.NOTIFY, permissions(0), b"")
        self._control = Characteristic(
            UUID(wire.CONTROL_UUID),
            properties.WRITE | properties.INDICATE,
            permissions.WRITEABLE,
            CharacteristicValue(write=self._on_control),
        )
        self._state = Characteristic(
            UUID(wire.STATE_UUID),
            properties.READ | properties.NOTIFY,
            permissions.READABLE,
            CharacteristicValue(read=lambda connection: self._current_state().encode()),
        )
        self.stream_through(data)
        return [Service(UUID(wire.SERVICE_UUID), [data, self._control, self._state])]

    def advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        flags = AdvertisingData.Flags
        said = AdvertisingData(
            [
                data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED),
                data_types.CompleteListOf128BitServiceUUIDs([UUID(wire.SERVICE_UUID)]),
                data_types.ServiceData16BitUUID(_BATTERY_SERVICE, bytes((self.battery_percent,))),
            ]
        )
        return said, AdvertisingData([data_types.CompleteLocalName(self.name)])

    def samples_per_packet(self, mtu: int) -> int:
        return min(super().samples_per_packet(mtu), wire.samples_per_packet(mtu))

    def keep(self, sequence: int, time_us: int, counts: list[int]) -> None:
        self.ring.push(sequence, time_us, counts)

    def next_notification(self, mtu: int) -> bytes | None:
        packet = self.ring.pack(wire.samples_per_packet(mtu), battery_low=self.battery_low)
        return None if packet is None else packet.encode()

    @property
    def _mode(self) -> wire.Mode:
        running = self.sampler.streaming and not self.sampler.finished
        return wire.Mode.STREAMING if running else wire.Mode.IDLE

    def _announce_state(self) -> None:
        self.notify(self._state, self._current_state().encode())

    def _current_state(self) -> wire.State:
        next_sequence, oldest_sequence = self.sampler.next_sequence, self.ring.oldest_sequence
        return wire.State(
            mode=self._mode,
            range_g=int(self.source.range_g),
            bits=self.source.bits,
            rate_hz=self.source.rate_hz,
            boot_id=self._boot_id,
            next_sequence=next_sequence,
            oldest_sequence=next_sequence if oldest_sequence is None else oldest_sequence,
        )

    def _on_control(self, connection: Any, value: bytes) -> None:
        before = self._mode
        response = self._answer(bytes(value))
        if self._mode is not before:
            self._announce_state()
        self.indicate(self._control, response.encode())

    def _answer(self, value: bytes) -> wire.Response:
        try:
            request = wire.Request.decode(value)
        except PacketError:
            known = bool(value) and value[0] in set(wire.Opcode)
            result = wire.Result.BAD_PARAMETER if known else wire.Result.UNKNOWN_OPCODE
            return wire.Response(value[0] if value else 0, result)
        return wire.Response(request.opcode, self._obey(request))

    def _obey(self, request: wire.Request) -> wire.Result:
        match request.opcode:
            case wire.Opcode.START if self.sampler.finished:
                return wire.Result.NOT_NOW
            case wire.Opcode.START:
                self.start()
            case wire.Opcode.STOP:
                self.sampler.streaming = False
            case wire.Opcode.SET_RATE if request.parameters[0] != round(self.source.rate_hz * 1000):
                return wire.Result.BAD_PARAMETER
            case wire.Opcode.SET_RANGE if request.parameters[0] != self.source.range_g:
                return wire.Result.BAD_PARAMETER
            case wire.Opcode.IDENTIFY:
                self.identify_until_s = now_s() + request.parameters[0]
            case wire.Opcode.CLEAR:
                self.ring.clear()
            case wire.Opcode.RESEND if not self.ring.resend(*request.parameters):
                return wire.Result.NOT_NOW
        self.wake()
        return wire.Result.OK
