"""Serves the application inside an event loop that belongs to somebody else."""

import asyncio
import contextlib
import errno
import socket
import ssl
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from sensor_hub.errors import ServeError

SEND_BUFFER = 16 * 1024
"""What waits for a phone that has stopped reading, here and again in the kernel: some seconds of live frames."""


MOST_CONNECTIONS = 500
HEAD_S = 10.0
"""Within this time a request's head must have come whole."""


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files: the certificate with its chain, and its private key."""

    certificate: Path
    key: Path


async def serve(
    app: FastAPI,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    ready: Callable[[str], None] | None = None,
    tls: Tls | None = None,
) -> None:
    """Serve until cancelled, then end open streams and return within two seconds.

    ready: called with the address, such as "http://127.0.0.1:8080", once connections are accepted; with port 0 it
    tells which port was free. tls: speak https. Raises ServeError when the address cannot be had, or the certificate
    cannot be used.
    """
    if tls is not None:
        check(tls)
    sock = listen(host, port)
    url = _url(host, sock.getsockname()[1], "http" if tls is None else "https")
    server = _Server(_config(app, tls), lambda: ready(url) if ready is not None else None)
    running = asyncio.create_task(server.serve([sock]), name="web server")
    try:
        await asyncio.shield(running)
    finally:
        app.state.feed.close()
        server.should_exit = True
        await running


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; ServeError with what to do when the address cannot be had. Its connections send at once: an
    answer's body would else wait until the head is acknowledged, 40 ms as a rule."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.create_server(address[:2], family=family)
    except OSError as error:
        raise ServeError(_advice(host, port, error)) from error
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def check(tls: Tls) -> None:
    """Raises ServeError where a file is missing, does not fit, or a stranger on this computer may read the key."""
    try:
        if tls.key.stat().st_mode & stat.S_IROTH:
            raise ServeError(f"Everybody on this computer may read the key {tls.key}. Run: chmod o= {tls.key}")
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key, _no_password)
    except ssl.SSLError as error:
        raise ServeError(
            f"{tls.certificate} and {tls.key} are not a certificate in PEM and its private key without a password."
        ) from error
    except OSError as error:
        raise ServeError(
            f"Cannot read web.certificate {tls.certificate} and web.key {tls.key}: {error.strerror}."
        ) from error


def _no_password() -> str:
    """Else OpenSSL asks at the terminal, and the hub waits."""
    return ""


def _advice(host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this computer. Use 127.0.0.1, or 0.0.0.0 to be reached from others."
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Stop that program or choose another port."
    if error.errno == errno.EACCES:
        return f"Port {port} needs administrator rights. Choose one above 1023."
    return f"Cannot listen on {host} port {port}: {error.strerror}."


def _url(host: str, port: int, scheme: str) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"{scheme}://{shown}:{port}"


def _config(app: FastAPI, tls: Tls | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
        timeout_graceful_shutdown=1,
    )


class _Protocol(H11Protocol):
    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        transport.set_write_buffer_limits(high=SEND_BUFFER)
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_awaiting()
        elif self._head_due is None:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_awaiting()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server is going down; whoever has stopped reading will not take the end of its stream either."""
        if self.flow.write_paused:
            self.transport.abort()
        else:
            super().shutdown()

    def _await_head(self) -> None:
        """Whoever sends a request's head byte by byte must not keep the connection for ever."""
        self._head_due = asyncio.get_running_loop().call_later(HEAD_S, self.transport.close)

    def _stop_awaiting(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the loop's owner."""
        yield
