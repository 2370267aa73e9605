"""A real PostgreSQL of the tests' own: a cluster in a temporary folder, on a free loopback port.

Debian's service and its cluster are neither needed nor touched. initdb refuses root, so root lends the cluster to
Debian's user `postgres`.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from tests.servers import BOOT_S, free_port, wait_for

PASSWORD = "nobody-but-the-tests-knows"
HUB = "hub"
"""Owns its databases and may do nothing else, as docs/storage.md has it. Its password is the same."""
QUICK = ("fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=32MB")
"""What is told to be written survives a killed server, not a power cut: the tests kill servers only."""
_LIBC, _PDEATHSIG = ctypes.CDLL(None), 1
HERE = ("unix_socket_directories=", "max_connections=40")


class Postgres:
    """A database costs 50 ms: it may be copied from one that has the tables already.

    host: another address of this computer at which it listens besides."""

    def __init__(self, options: tuple[str, ...] = QUICK, host: str | None = None) -> None:
        self.port = free_port()
        self._host = host
        self._options = (f"listen_addresses=127.0.0.1{f',{host}' if host else ''}", *options)
        self._folder = Path(tempfile.mkdtemp(prefix="sensor-hub-postgres-"))
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._make_cluster()

    def start(self) -> None:
        options = [part for option in (*HERE, *self._options) for part in ("-c", option)]
        command = [_program("postgres"), "-D", str(self._data), "-p", str(self.port), *options]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
                preexec_fn=_die_with_the_tests,
                **_lent(),
            )
        wait_for(self._answers, BOOT_S, lambda: (self._folder / "log").read_text(errors="replace")[-2000:])
        if not self.run(f"SELECT 1 FROM pg_roles WHERE rolname = '{HUB}'"):
            self.run(f"CREATE ROLE {HUB} LOGIN PASSWORD '{PASSWORD}'")

    def stop(self) -> None:
        """Without waiting for anybody who is connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(20)
            self._process = None

    def kill(self) -> None:
        """All of its processes at once, as the kernel would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def new_database(self, template: str = "template1") -> str:
        """The name of one that nobody else uses."""
        name = f"hub_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} OWNER {HUB} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def url_of(self, database: str, user: str = HUB, password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """Rows of a statement, if it has any; the server's administrator says it."""
        with psycopg.connect(self.url_of(database, "postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return list(cursor) if cursor.description else []

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _make_cluster(self) -> None:
        passwords = self._folder / "password"
        passwords.write_text(PASSWORD)
        for path in (self._folder, passwords):
            if owner := _lent().get("user"):
                os.chown(path, owner, -1)
        command = [_program("initdb"), "-D", self._data, "--username=postgres", f"--pwfile={passwords}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **_lent())
        if self._host is not None:
            with (self._data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {self._host}/24 scram-sha-256\n")

    def _answers(self) -> bool:
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def _program(name: str) -> str:
    """Debian keeps each version's programs in a folder of its own; the newest is taken."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    program = str(found[-1]) if found else shutil.which(name)
    assert program, f"{name} is missing; install Debian's package postgresql"
    return program


def _die_with_the_tests() -> None:
    """In the child: a run that is killed leaves no server behind (Linux)."""
    _LIBC.prctl(_PDEATHSIG, signal.SIGQUIT)


def _lent() -> Mapping[str, Any]:
    """Whose the processes are."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
