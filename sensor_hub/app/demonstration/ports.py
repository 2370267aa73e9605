"""Ports for a demonstration that must not fail because something else is running."""

import socket


def free_or(port: int) -> int:
    """The port itself where nobody listens on it, else 0, which lets the system pick one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port
