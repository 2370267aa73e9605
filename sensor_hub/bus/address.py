"""Where a broker, or each of a cluster, listens and how to log in, as one URL; and what it is spoken to with."""

import contextlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit

from sensor_hub.errors import BusError

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}


class MqttVersion(StrEnum):
    V3 = "3.1.1"
    V5 = "5"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. ca: of the authority whose brokers are trusted, None for the system's; certificate and key: of this
    client, where the broker asks for one."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker's URL, taken apart. `str()` hides the password, `url` does not."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    path: str = "/"
    """Only for WebSocket."""
    version: MqttVersion = MqttVersion.V3
    tls: TlsFiles = TlsFiles()
    """Only where the scheme is encrypted."""
    others: tuple[tuple[str, int], ...] = ()
    """Host and port of the other brokers of the same cluster, any of which will do."""

    @classmethod
    def parse(cls, url: str) -> "BrokerAddress":
        """Read `mqtt://user:password@host:port`; also mqtts, ws and wss, and `host1:port,host2,host3` of one cluster.
        Raises BusError."""
        parts = urlsplit(url.strip())
        login, at, hosts = parts.netloc.rpartition("@")
        first, *others = [cls._of_one(parts._replace(netloc=login + at + host)) for host in hosts.split(",")]
        return replace(first, others=tuple((other.host, other.port) for other in others))

    @classmethod
    def _of_one(cls, parts: SplitResult) -> "BrokerAddress":
        scheme = parts.scheme.lower()
        if scheme not in DEFAULT_PORTS:
            raise BusError(
                f"{_shown(parts)!r} is not a broker address. Write it like mqtt://user:password@host:1883 "
                "(or mqtts://, ws://, wss://)."
            )
        if not parts.hostname:
            raise BusError(
                f"{_shown(parts)!r} names no host. Write it like {scheme}://host:{DEFAULT_PORTS[scheme]}."
            )
        user = None if parts.username is None else unquote(parts.username)
        password = None if parts.password is None else unquote(parts.password)
        return cls(scheme, parts.hostname, _port_of(parts), user, password, parts.path or "/")

    @property
    def each(self) -> list["BrokerAddress"]:
        """One address for each broker."""
        return [replace(self, host=host, port=port, others=()) for host, port in self._places]

    @property
    def place(self) -> str:
        """Host and port, of all brokers."""
        return ",".join(f"{f'[{host}]' if ':' in host else host}:{port}" for host, port in self._places)

    @property
    def encrypted(self) -> bool:
        return self.scheme in ("mqtts", "wss")

    @property
    def over_websocket(self) -> bool:
        return self.scheme in ("ws", "wss")

    @property
    def url(self) -> str:
        """The whole address, password included: for a settings file, never for a log."""
        return self._compose(None if self.password is None else quote(self.password, safe=""))

    def __str__(self) -> str:
        return self._compose(None if self.password is None else "***")

    def _compose(self, password: str | None) -> str:
        login = (
            ""
            if self.user is None
            else quote(self.user, safe="") + ("" if password is None else f":{password}") + "@"
        )
        return f"{self.scheme}://{login}{self.place}{self.path if self.over_websocket else ''}"

    @property
    def _places(self) -> tuple[tuple[str, int], ...]:
        return (self.host, self.port), *self.others


def _port_of(parts: SplitResult) -> int:
    with contextlib.suppress(ValueError):
        port = parts.port
        if port is None:
            return DEFAULT_PORTS[parts.scheme.lower()]
        if port > 0:
            return port
    raise BusError(f"{_shown(parts)!r} has an impossible port. Ports are whole numbers from 1 to 65535.")


def _shown(parts: SplitResult) -> str:
    login, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=(login.split(":")[0] + at + host)).geturl()
