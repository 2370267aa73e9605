"""Time-series servers that answer as badly as servers do, and a real InfluxDB 1 behind the address of version 2."""

import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Said:
    """What a server says to one request."""

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


TAKES = Said()
Judge = Callable[[int, list[str]], Said]
"""Of the number of a request, from 1, and its lines."""


class Peer:
    """A server on 127.0.0.1; what it has said 204 to is `taken`."""

    def __init__(self, judge: Judge, tls: ssl.SSLContext | None = None) -> None:
        self.taken: list[str] = []
        self.asked: list[tuple[str, str]] = []
        """Path with query, and token, of every request."""
        self.judge = judge
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                lines = self.rfile.read(int(self.headers["Content-Length"])).decode().splitlines()
                outer.asked.append((self.path, self.headers["Authorization"]))
                said = outer.judge(len(outer.asked), lines)
                if said.status == 204:
                    outer.taken += lines
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                if said.status != 204:
                    self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                if said.status != 204:
                    self.wfile.write(said.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def points(self) -> list[str]:
        """What it has taken, without what a sink tells of itself."""
        return [line for line in self.taken if not line.startswith("sink,")]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def influxdb_1(url: str, database: str) -> Judge:
    """A real InfluxDB 1.6 answers: /api/v2/write is its /write, as InfluxDB 1.8 has it built in."""
    address = f"{url}/write?{urllib.parse.urlencode({'db': database, 'precision': 'ns'})}"

    def judge(number: int, lines: list[str]) -> Said:
        request = urllib.request.Request(address, data="\n".join(lines).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return Said(answer.status)
        except urllib.error.HTTPError as error:
            return Said(error.code, error.read())

    return judge
