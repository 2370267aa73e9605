"""Tells systemd when the hub is ready, and that its event loop is alive: sd_notify(3). Elsewhere it does nothing."""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress


def notify(word: str, environ: Mapping[str, str] = os.environ) -> None:
    """word: such as READY=1."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, suppress(OSError):
        sock.sendto(word.encode(), f"\0{address[1:]}" if address.startswith("@") else address)


async def keep_watchdog(environ: Mapping[str, str] = os.environ) -> None:
    """Says so twice within the time after which systemd takes the hub for dead; without a watchdog, returns."""
    if limit := environ.get("WATCHDOG_USEC", "").strip():
        while True:
            notify("WATCHDOG=1", environ)
            await asyncio.sleep(int(limit) / 2e6)
