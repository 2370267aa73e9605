"""Passes what is stored on to InfluxDB, or anything that takes its v2 writes, without ever losing its place.

1. A cursor per table, kept in the store, names the last change the server has taken.
2. What lies behind it goes out as one synchronous write; the cursor moves when the server has taken it.
3. A write that the server calls wrong (400, 413, 422) is halved until the bad lines stand alone; those are parked
   in the store with the server's reason.
4. Anything else (no server, no right, no time) is tried again, ever more slowly, from the same place.
"""

import logging
import random
import threading
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, func, select

from sensor_hub.errors import StoreError
from sensor_hub.messages import (
    Message,
    MotionMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    StatusMessage,
)
from sensor_hub.store import tables
from sensor_hub.store.influx_server import InfluxServer
from sensor_hub.store.lines import lines_of
from sensor_hub.store.recording import park, upsert_cursor
from sensor_hub.store.review import with_machine
from sensor_hub.store.rows import message_of
from sensor_hub.store.store import Store

log = logging.getLogger(__name__)

_MODELS: dict[Table, type[Message]] = {
    tables.rep: RepMessage,
    tables.set_: SetMessage,
    tables.session: SessionMessage,
    tables.motion: MotionMessage,
}
_TABLES = (*_MODELS, tables.state)
_ROWS_AT_ONCE = 200
_IDLE_S = 0.5
_RETRY_S = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0)


class InfluxSink:
    """Runs in the background beside a store; the server may come and go.

    name: names the cursor, for a store with several sinks.
    """

    def __init__(
        self,
        store: Store,
        url: str,
        token: str,
        org: str,
        bucket: str,
        *,
        name: str = "influx",
        timeout_s: float = 10.0,
    ) -> None:
        self.problem: str | None = None
        """Why nothing is passed on, as a sentence; None while all is well."""
        self.parked = 0
        """Lines the server has refused since the start."""
        self._store = store
        self._address = (url, token, org, bucket, timeout_s)
        self._name = name
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sink {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the write under way, and leave; the next start goes on behind it."""
        self._stopping.set()
        self._thread.join()

    def pending(self) -> int:
        """Rows that the server does not have yet. Raises StoreError."""
        with self._store.transaction() as connection:
            counts = [
                select(func.count()).select_from(table).where(self._behind(connection, table)) for table in _TABLES
            ]
            return sum(connection.execute(count).scalar_one() for count in counts)

    def _run(self) -> None:
        server = InfluxServer(*self._address)
        failures = 0
        while not self._stopping.is_set():
            pause_s = _IDLE_S
            try:
                passed_on = [self._pass_on(server, table) for table in _TABLES]
            except StoreError as error:
                self._report(str(error))
                pause_s = _RETRY_S[min(failures, len(_RETRY_S) - 1)] * random.uniform(0.5, 1.0)
                failures += 1
            else:
                self._report(None)
                failures = 0
                pause_s = 0.0 if any(passed_on) else _IDLE_S
            self._stopping.wait(pause_s)
        server.close()

    def _pass_on(self, server: InfluxServer, table: Table) -> bool:
        """The next rows of a table; whether there were any."""
        with self._store.transaction() as connection:
            behind = self._behind(connection, table)
            query = with_machine(table).where(behind).order_by(table.c.change).limit(_ROWS_AT_ONCE)
            rows = connection.execute(query).mappings().all()
        if rows:
            self._send(server, [line for row in rows for line in lines_of(_message(table, row))])
            with self._store.transaction() as connection:
                upsert_cursor(connection, self._name, table.name, rows[-1]["change"])
        return bool(rows)

    def _behind(self, connection: Connection, table: Table) -> ColumnElement[bool]:
        cursor = tables.cursor.c
        position = select(cursor.change).where(cursor.sink == self._name, cursor.stream == table.name)
        return table.c.change > (connection.execute(position).scalar() or 0)

    def _send(self, server: InfluxServer, lines: Sequence[str]) -> None:
        refusal = server.write(lines) if lines else None
        if refusal is None:
            return
        if len(lines) == 1:
            self._park(lines[0], refusal)
        else:
            self._send(server, lines[: len(lines) // 2])
            self._send(server, lines[len(lines) // 2 :])

    def _park(self, line: str, reason: str) -> None:
        log.warning("InfluxDB refused a point, which is parked: %s", reason)
        with self._store.transaction() as connection:
            park(connection, self._name, reason, [line])
        self.parked += 1

    def _report(self, problem: str | None) -> None:
        if problem is not None and problem != self.problem:
            log.warning("%s Everything is kept and passed on later.", problem)
        if problem is None and self.problem is not None:
            log.info("InfluxDB takes points again.")
        self.problem = problem


def _message(table: Table, row: RowMapping) -> Message:
    if table is tables.state:
        model = SensorMessage if row["kind"] == "sensor" else StatusMessage
        return model.model_validate(row["payload"])
    return message_of(_MODELS[table], row)
