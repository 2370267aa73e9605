"""Puts the firmware on the virtual air: it runs in MicroPython, its Bluetooth calls come over a loopback socket and
are carried out by bumble on the virtual radio. What Bluetooth would tell the firmware goes back the same way."""

import asyncio
import contextlib
import json
import os
from typing import Any

from bumble import hci
from bumble.core import UUID, BaseBumbleError
from bumble.device import Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.pairing import PairingConfig

from firmware_sim.controller import RadioController
from firmware_sim.radio import Radio

CONNECTED, DISCONNECTED, WRITTEN, MTU_EXCHANGED = 1, 2, 3, 21
_PACKETS_IN_FLIGHT = 2


class Board:
    """One board on the air, from power-on to power-off. command: how MicroPython runs the firmware."""

    def __init__(self, air: Radio, name: str, address: str, command: tuple[str, ...], environment: dict[str, str]):
        self.connection: Any = None
        self.lost = 0
        """Packets that the board's stack had taken and the hub never got."""
        self._command = command
        self._environment = environment
        self._air, self._controller = air, RadioController(name, air)
        configuration = DeviceConfiguration(name=name, address=hci.Address(address))
        self._device = Device.from_config_with_hci(configuration, self._controller, self._controller)
        self._device.pairing_config_factory = lambda connection: PairingConfig(sc=True, mitm=False, bonding=False)
        self._device.on("connection", self._on_connection)
        self._characteristics: list[Any] = []
        self._values: dict[int, bytes] = {}
        self._open, self._flow, self._taken = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._open.set()
        self._wanted = 0
        self._outgoing: asyncio.Queue[tuple[bool, int, bytes]] = asyncio.Queue()
        self._writer: asyncio.StreamWriter | None = None
        self.console = ""

    async def switch_on(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env={**os.environ, **self._environment, "BRIDGE_PORT": str(port)},
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._sending = asyncio.create_task(self._send())

    async def switch_off(self) -> None:
        """Without a word to anyone."""
        self._sending.cancel()
        self._process.kill()
        said, complained = await self._process.communicate()
        self.console = (said + complained).decode()
        self._server.close()
        self._controller.silence()
        self._air.remove_controller(self._controller)

    async def drop_connection(self, taken: int) -> None:
        """The air goes dead until the board's stack has taken so many packets; then the link ends, they with it."""
        self._open.clear()
        self._taken.clear()
        self._wanted = taken
        await self._taken.wait()
        await self._device.disconnect(self.connection, hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        with contextlib.suppress(ConnectionResetError):
            async for line in reader:
                await self._carry_out(json.loads(line))

    async def _carry_out(self, arguments: dict[str, Any]) -> None:
        calls = {
            "config": self._config,
            "register": self._register,
            "write": self._write,
            "advertise": self._advertise,
            "notify": self._notify,
            "indicate": self._indicate,
        }
        await calls[arguments.pop("call")](**arguments)

    async def _config(self, gap_name: str, mtu: int) -> None:
        self._device.gatt_server.max_mtu = mtu

    async def _register(self, services: list[Any]) -> None:
        for uuid, parts in services:
            made = [self._characteristic(*part) for part in parts]
            self._device.add_service(Service(UUID(uuid), made))
        await self._device.power_on()

    def _characteristic(self, uuid: str, flags: int) -> Any:
        handle = len(self._characteristics)

        def write(connection: Any, value: bytes) -> None:
            self._tell(WRITTEN, connection.handle, handle, value=bytes(value).hex())

        value = CharacteristicValue(read=lambda connection: self._values.get(handle, b""), write=write)
        permissions = Characteristic.READABLE | Characteristic.WRITEABLE
        self._characteristics.append(
            Characteristic(UUID(uuid), Characteristic.Properties(flags), permissions, value)
        )
        return self._characteristics[-1]

    async def _write(self, handle: int, value: str) -> None:
        self._values[handle] = bytes.fromhex(value)

    async def _advertise(self, interval_us: int, said: str, answered: str) -> None:
        if self._device.is_advertising:
            await self._device.stop_advertising()
        await self._device.start_advertising(
            advertising_data=bytes.fromhex(said),
            scan_response_data=bytes.fromhex(answered),
            advertising_interval_min=interval_us / 1000,
            advertising_interval_max=interval_us / 1000,
        )

    async def _notify(self, connection: int, handle: int, value: str) -> None:
        self._outgoing.put_nowait((False, handle, bytes.fromhex(value)))
        if self._outgoing.qsize() >= self._wanted:
            self._taken.set()

    async def _indicate(self, connection: int, handle: int, value: str) -> None:
        self._outgoing.put_nowait((True, handle, bytes.fromhex(value)))

    async def _send(self) -> None:
        """Like a stack on a board it sends whether or not the hub has subscribed."""
        while True:
            indicated, handle, value = await self._outgoing.get()
            connection, characteristic = self.connection, self._characteristics[handle]
            if connection is None:
                continue
            packets = self._device.host.get_data_packet_queue(connection.handle)
            packets.on("flow", self._flow.set)
            await self._open.wait()
            while self.connection is connection and packets.pending >= _PACKETS_IN_FLIGHT:
                self._flow.clear()
                await self._flow.wait()
            if self.connection is not connection:
                self.lost += not indicated
                continue
            server = self._device.gatt_server
            send = server.indicate_subscriber if indicated else server.notify_subscriber
            try:
                await send(connection, characteristic, value, force=True)
            except (BaseBumbleError, TimeoutError):
                continue
            self._tell("sent")

    def _on_connection(self, connection: Any) -> None:
        self.connection = connection
        self._tell(CONNECTED, connection.handle, 1, "")

        def on_disconnection(reason: int) -> None:
            self.connection = None
            self._open.set()
            self._flow.set()
            while not self._outgoing.empty():
                self.lost += not self._outgoing.get_nowait()[0]
            self._tell(DISCONNECTED, connection.handle, 1, "")

        connection.on("disconnection", on_disconnection)
        connection.on(
            "connection_att_mtu_update",
            lambda: self._tell(MTU_EXCHANGED, connection.handle, connection.att_mtu),
        )

    def _tell(self, event: int | str, *data: Any, **more: Any) -> None:
        assert self._writer is not None
        self._writer.write(json.dumps({"event": event, "data": data, **more}).encode() + b"\n")
