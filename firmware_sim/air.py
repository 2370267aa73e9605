"""Simulated sensors on the air, and the hub's way to them: an HCI transport over TCP that plays its dongle.

`serve` is what a command calls. `Air` is the same for a hub in the same process, as tests and benchmarks use it.
"""

import asyncio
import contextlib
import random
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bumble.transport import open_transport
from bumble.transport.common import StreamPacketSink, StreamPacketSource

from firmware_sim.battery import Battery
from firmware_sim.controller import RadioController
from firmware_sim.families import FAMILIES
from firmware_sim.makes import SLED, make_of
from firmware_sim.peripheral import Peripheral
from firmware_sim.radio import Radio
from firmware_sim.source import SampleSource
from sensor_hub.errors import LinkError

_LISTEN_SCHEME = "tcp-server"


@dataclass(frozen=True, slots=True)
class Shadow:
    """Nobody can hear the sensor from start_s to end_s of its own time, which begins with its first START.

    sensor: its source's name; None for every sensor.
    """

    start_s: float
    end_s: float
    sensor: str | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """The air. event_failure: probability that a connection event fails (it is repeated), 0 to 1."""

    event_failure: float = 0.0
    shadows: tuple[Shadow, ...] = ()
    rssi_dbm: float = -58.0


@dataclass(frozen=True, slots=True)
class SensorOnAir:
    """name: its source's; advertised: what it calls itself on the air."""

    name: str
    family: str
    advertised: str
    address: str


@dataclass(frozen=True, slots=True)
class Serving:
    """What a hub needs to know. listen: a moniker with the real port, or the controller in use."""

    listen: str
    sensors: tuple[SensorOnAir, ...]


class Air:
    """Virtual sensors on one virtual radio, all in the running loop. Use it with `async with`.

    families: which of FAMILIES a sensor is, by its source's name; a sled sensor where nothing is said.
    bonding: whether sensors that can bond do. Raises ConfigError where there is no such family.
    """

    def __init__(
        self,
        sources: Sequence[SampleSource],
        *,
        families: Mapping[str, str] = {},
        conditions: Conditions = Conditions(),
        seed: int = 0,
        speed: float = 1.0,
        bonding: bool = True,
        max_mtu: int = 247,
        battery: Battery | None = None,
        on_finished: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.radio = Radio(seed=seed, event_failure=conditions.event_failure)
        self._conditions = conditions
        self._speed = speed
        self._timers: list[asyncio.TimerHandle] = []
        self.peripherals: list[Peripheral] = []
        self._families = families
        self._controllers: list[RadioController] = []
        for source, address in zip(sources, addresses_for([source.name for source in sources]), strict=True):
            controller = RadioController(source.name, self.radio)
            self._controllers.append(controller)
            family = families.get(source.name, SLED)
            name = make_of(family).name_of(source.name)
            peripheral = FAMILIES[family](
                source,
                address,
                controller,
                controller,
                rng=random.Random(f"{seed} {address}"),
                name=name,
                battery=battery,
                speed=speed,
                bonding=bonding,
                max_mtu=max_mtu,
                on_started=partial(self._schedule_shadows, len(self.peripherals)),
                on_finished=on_finished,
            )
            self.radio.rssi_dbm[peripheral.address] = conditions.rssi_dbm
            self.peripherals.append(peripheral)

    @property
    def sensors(self) -> tuple[SensorOnAir, ...]:
        return tuple(_on_air(peripheral, self._families) for peripheral in self.peripherals)

    async def __aenter__(self) -> "Air":
        for peripheral in self.peripherals:
            await peripheral.boot()
        return self

    async def __aexit__(self, *exception: object) -> None:
        for timer in self._timers:
            timer.cancel()
        for peripheral in self.peripherals:
            peripheral.stop()

    def dongle(self, host_source: Any = None, host_sink: Any = None) -> RadioController:
        """A controller for a hub: on an HCI transport, or, without one, itself the two ends of it."""
        return RadioController("dongle", self.radio, host_source=host_source, host_sink=host_sink)

    def switch_off(self, name: str) -> None:
        """The sensor's battery is empty."""
        at = [peripheral.name for peripheral in self.peripherals].index(name)
        self.peripherals[at].stop()
        self._controllers[at].silence()
        self.radio.remove_controller(self._controllers[at])

    def unplug(self, dongle: RadioController) -> None:
        """The hub is gone: its sensors hear nothing any more."""
        dongle.silence()
        self.radio.remove_controller(dongle)

    def _schedule_shadows(self, index: int) -> None:
        loop = asyncio.get_running_loop()
        peripheral = self.peripherals[index]
        for shadow in self._conditions.shadows:
            if shadow.sensor in (None, peripheral.source.name):
                for at_s, change in ((shadow.start_s, self.radio.shadow), (shadow.end_s, self.radio.unshadow)):
                    self._timers.append(loop.call_later(at_s / self._speed, change, peripheral.address))


def addresses_for(names: Sequence[str]) -> list[str]:
    """A static random address for each name, the same in every run; a repeated name gets another one."""
    addresses: list[str] = []
    for name in names:
        number = zlib.crc32(name.encode())
        while (address := _address(number)) in addresses:
            number += 1
        addresses.append(address)
    return addresses


async def serve(
    sources: Sequence[SampleSource],
    listen: str | None = None,
    radio: str | None = None,
    *,
    families: Mapping[str, str] = {},
    conditions: Conditions = Conditions(),
    seed: int = 0,
    speed: float = 1.0,
    on_ready: Callable[[Serving], None],
    on_finished: Callable[[str], None] = lambda name: None,
) -> None:
    """Put the sources on the air and serve them until cancelled.

    listen: "tcp-server:HOST:PORT", where each hub that connects gets its own dongle on the same air; port 0 picks
    a free one, on_ready tells which. radio: instead, a real controller ("usb:0", "serial:..."), which carries one
    sensor. A source begins to play at its sensor's first START; on_finished gets the name of one that has ended.
    These sensors do not bond, for they would forget it when they end. Raises LinkError where the port or the
    controller cannot be opened.
    """
    if radio is not None:
        await _serve_on_controller(sources, radio, families, seed, speed, on_ready, on_finished)
        return
    host, port = _parse_listen(listen or f"{_LISTEN_SCHEME}:127.0.0.1:0")
    air = Air(
        sources,
        families=families,
        conditions=conditions,
        seed=seed,
        speed=speed,
        bonding=False,
        on_finished=on_finished,
    )
    async with air, tcp_dongles(air, host, port) as real_port:
        on_ready(Serving(f"{_LISTEN_SCHEME}:{host}:{real_port}", air.sensors))
        await asyncio.get_running_loop().create_future()


async def _serve_on_controller(
    sources: Sequence[SampleSource],
    moniker: str,
    families: Mapping[str, str],
    seed: int,
    speed: float,
    on_ready: Callable[[Serving], None],
    on_finished: Callable[[str], None],
) -> None:
    if len(sources) != 1:
        raise LinkError(f"A real controller carries one sensor; {len(sources)} were given. Leave out --radio.")
    (source,) = sources
    (address,) = addresses_for([source.name])
    family = families.get(source.name, SLED)
    name = make_of(family).name_of(source.name)
    try:
        transport = await open_transport(moniker)
    except Exception as error:  # each transport raises its own library's errors, which share no root
        raise LinkError(f"The controller {moniker} cannot be opened: {error}. Check the moniker.") from error
    async with transport:
        peripheral = FAMILIES[family](
            source,
            address,
            transport.source,
            transport.sink,
            rng=random.Random(f"{seed} {address}"),
            name=name,
            speed=speed,
            bonding=False,
            on_finished=on_finished,
        )
        await peripheral.boot()
        on_ready(Serving(moniker, (_on_air(peripheral, families),)))
        try:
            await transport.source.wait_for_termination()
            raise LinkError(f"The controller {moniker} has gone away. Plug it in again.")
        finally:
            peripheral.stop()


@contextlib.asynccontextmanager
async def tcp_dongles(air: Air, host: str, port: int) -> AsyncIterator[int]:
    """Serve a dongle to each hub that connects; gives the port."""
    loop = asyncio.get_running_loop()
    plugged: set[Any] = set()
    try:
        server = await loop.create_server(lambda: _Plug(air, plugged), host, port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LinkError(f"Cannot listen on {host}:{port} ({reason}). Choose another port; 0 picks one.") from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for transport in list(plugged):
            transport.abort()


class _Plug(StreamPacketSource):  # type: ignore[misc]
    """One hub's TCP connection: a dongle while it lasts."""

    def __init__(self, air: Air, plugged: set[Any]) -> None:
        super().__init__()
        self._air = air
        self._plugged = plugged

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._plugged.add(transport)
        self._dongle = self._air.dongle(self, StreamPacketSink(transport))

    def connection_lost(self, error: Exception | None) -> None:
        self._plugged.discard(self._transport)
        self._air.unplug(self._dongle)


def _parse_listen(moniker: str) -> tuple[str, int]:
    scheme, _, rest = moniker.partition(":")
    host, _, port = rest.rpartition(":")
    if scheme != _LISTEN_SCHEME or not host or not port.isdecimal() or int(port) > 65535:
        raise LinkError(f"{moniker} is not a place to listen. Write {_LISTEN_SCHEME}:127.0.0.1:9001, for example.")
    return host, int(port)


def _address(number: int) -> str:
    return ":".join(f"{byte:02X}" for byte in (0xF0, 0x5E, *(number % (1 << 32)).to_bytes(4, "big")))


def _on_air(peripheral: Peripheral, families: Mapping[str, str]) -> SensorOnAir:
    name = peripheral.source.name
    return SensorOnAir(name, families.get(name, SLED), peripheral.name, peripheral.address.to_string(False))
