"""A time-series server in small: `python -m havoc.target PORT FOLDER` takes v2 writes and forces them to the disk.

The file `mode` in the folder says how it answers: a status, or `hang`.
"""

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TAKEN = 204
HANGS_S = 30.0


class Target(BaseHTTPRequestHandler):
    folder: Path

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mode = (self.folder / "mode").read_text().strip() or str(TAKEN)
        if mode == "hang":
            time.sleep(HANGS_S)
            return
        if int(mode) == TAKEN:
            with (self.folder / "points").open("ab") as points:
                points.write(body + b"\n")
                points.flush()
                os.fsync(points.fileno())
        self.send_response(int(mode))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


def main(port: int, folder: Path) -> None:
    Target.folder = folder
    ThreadingHTTPServer(("127.0.0.1", port), Target).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
