"""Computers on one computer: a network namespace each, and lines that can be cut.

All of it lies within a network and a mount namespace of the program's own. So the computer's interfaces stay as they
are, and with the program everything goes, however it ends. It takes root.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

BRIDGE, STORES = "10.77.31", "10.77.32"
DATABASE = f"{STORES}.1"
"""Workers have a line of its own to it."""
_NEWNS, _NEWNET = 0x00020000, 0x40000000
_DISABLED, _FORWARDING = "0", "3"
"""States of a bridge's port: one that is disabled swallows everything, and nobody is told."""


class Lines:
    """hosts: the address of every computer. computers: on the brokers' network; clients: those with a line to the
    database besides."""

    def __init__(self, computers: Sequence[str], clients: Sequence[str]) -> None:
        self.exist = _leave()
        self.hosts: Mapping[str, str] = {name: f"{BRIDGE}.{at}" for at, name in enumerate(computers, 11)}
        self._clients = clients
        if self.exist:
            _ip("link", "set", "lo", "up")
            _lay("chain0", BRIDGE, self.hosts, "eth0")
            _lay("store0", STORES, {name: f"{STORES}.{at}" for at, name in enumerate(clients, 11)}, "eth1")

    def prefix(self, name: str) -> list[str]:
        """What comes before a command that runs there."""
        return ["ip", "netns", "exec", name] if self.exist else []

    @contextmanager
    def cut(self, name: str) -> Iterator[None]:
        """All lines of a computer, or all to the "database": what is sent vanishes in silence."""
        own = [f"{name}.0", f"{name}.1"] if name in self._clients else [f"{name}.0"]
        ports = [f"{one}.1" for one in self._clients] if name == "database" else own
        with ExitStack() as stack:
            for port in ports:
                stack.callback(_run, "bridge", "link", "set", "dev", port, "state", _FORWARDING)
                _run("bridge", "link", "set", "dev", port, "state", _DISABLED)
            yield


def _leave() -> bool:
    """Into namespaces of our own; False where this program may not."""
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(_NEWNS | _NEWNET) != 0:
        return False
    _run("mount", "--make-rprivate", "/")
    _run("mount", "--make-rshared", "/")  # what is unmounted here is unmounted in the computers' namespaces, too
    _run("mkdir", "-p", "/run/netns")
    _run("mount", "-t", "tmpfs", "none", "/run/netns")
    return True


def _lay(bridge: str, network: str, hosts: Mapping[str, str], interface: str) -> None:
    _ip("link", "add", bridge, "type", "bridge")
    _ip("address", "add", f"{network}.1/24", "dev", bridge)
    _ip("link", "set", bridge, "up")
    for name, host in hosts.items():
        port = f"{name}.{interface[-1]}"
        if interface == "eth0":
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("link", "add", port, "type", "veth", "peer", "name", interface, "netns", name)
        _ip("link", "set", port, "master", bridge, "up")
        _ip("-n", name, "address", "add", f"{host}/24", "dev", interface)
        _ip("-n", name, "link", "set", interface, "up")


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
