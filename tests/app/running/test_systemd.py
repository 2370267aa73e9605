"""What systemd hears of the hub: on a socket such as systemd gives."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim import virtual_time
from sensor_hub.app.running.systemd import keep_watchdog, notify


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(2)
        yield sock


def test_it_is_told_that_the_hub_is_ready(systemd: socket.socket) -> None:
    notify("READY=1", {"NOTIFY_SOCKET": systemd.getsockname()})
    assert systemd.recv(100) == b"READY=1"


def test_an_abstract_address_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("")
        notify("READY=1", {"NOTIFY_SOCKET": f"@{sock.getsockname()[1:].decode()}"})
        sock.settimeout(2)
        assert sock.recv(100) == b"READY=1"


def test_elsewhere_nothing_is_told_and_a_systemd_that_is_gone_is_no_error(tmp_path: Path) -> None:
    notify("READY=1", {})
    notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "gone")})


def test_the_watchdog_hears_of_the_hub_twice_in_its_time(systemd: socket.socket) -> None:
    environ = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "30000000"}

    async def minute() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(59):
                await keep_watchdog(environ)

    virtual_time.run(minute())
    assert [systemd.recv(100) for _ in range(4)] == [b"WATCHDOG=1"] * 4
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        systemd.recv(100)


async def test_without_a_watchdog_there_is_nothing_to_keep() -> None:
    await asyncio.wait_for(keep_watchdog({}), 1)
