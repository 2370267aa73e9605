"""Whether a broker passes on what a connection says.

A broker of MQTT 3.1.1 acknowledges also what a client may not write, and throws it away (3.3.5). Only what comes back
is proof.
"""

import time

PATIENCE_S = 5.0


class Echo:
    """What was announced on a topic, and what was heard there; used by two threads, each assignment whole."""

    def __init__(self) -> None:
        self.heard = b""
        """The latest, whoever sent it."""
        self.proven = False
        self._sent = b""
        self._next_s = 0.0

    def sent(self, payload: bytes, *, anew: bool) -> None:
        """anew: on a new connection nothing is proven."""
        self._sent = payload
        self._next_s = time.monotonic() + PATIENCE_S
        if anew:
            self.proven = False

    def came(self, payload: bytes) -> None:
        self.heard = payload
        if payload == self._sent:
            self.proven = True

    @property
    def is_mine(self) -> bool:
        """Whether nobody has spoken since."""
        return self.heard == self._sent

    @property
    def is_overdue(self) -> bool:
        return not self.proven and time.monotonic() > self._next_s
