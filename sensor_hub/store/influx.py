"""Passes what is stored on to InfluxDB, or anything that takes its v2 writes, without ever losing its place.

1. A cursor per table, kept in the store, names the last change the server has taken.
2. What lies behind it goes out as one synchronous write; the cursor moves when the server has taken it. Reps, sets,
   sessions and reports go before motion, so that after a week without a server they wait seconds, not minutes.
3. A write that the server calls wrong (400, 413, 422) is halved until the bad lines stand alone. They are parked in the
   store with the server's reason, in the transaction that moves the cursor.
4. A server that calls even the sink's own report wrong is no judge of lines, but set up wrongly: nothing is parked. Nor
   is more than `MOST_PARKED`: then somebody must look first.
5. Anything else (no server, no right, no time) is tried again, ever more slowly, from the same place.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, func, select

from sensor_hub.errors import StoreError
from sensor_hub.messages import (
    Message,
    MotionMessage,
    RejectedMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    StatusMessage,
)
from sensor_hub.store import tables
from sensor_hub.store.changes import last_settled
from sensor_hub.store.influx_server import InfluxServer, InfluxTarget, NotTakenError
from sensor_hub.store.lines import lines_of, sink_line
from sensor_hub.store.parked import parked_counts
from sensor_hub.store.recording import park, upsert_cursor
from sensor_hub.store.review import with_machine
from sensor_hub.store.rows import message_of
from sensor_hub.store.store import Store

log = logging.getLogger(__name__)

MOST_PARKED = 10_000

_MODELS: dict[Table, type[Message]] = {
    tables.rep: RepMessage,
    tables.rejected: RejectedMessage,
    tables.set_: SetMessage,
    tables.session: SessionMessage,
    tables.motion: MotionMessage,
}
_TABLES = (tables.rep, tables.rejected, tables.set_, tables.session, tables.state, tables.motion)
"""In the order in which they go out."""
_ROWS_AT_ONCE = 100
_BREATH_S = 0.02
"""Between two writes the process belongs to live work: without it, a sensor's packets wait longer
(docs/timeseries.md)."""
_IDLE_S = 0.5
_REPORT_S = 60.0
_RETRY_S = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
_STOP_S = 2.0

Refusals = list[tuple[str, str]]
"""Lines that the server calls wrong, each with its reason."""


class InfluxSink:
    """Runs in the background beside a store; the server may come and go.

    hub: who passes on, a tag of the sink's own report. name: names the cursor, for a store with several sinks. before:
    called before each write, in the sink's thread.
    """

    def __init__(
        self,
        store: Store,
        target: InfluxTarget,
        *,
        hub: str = "hub",
        name: str = "influx",
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self.problem: str | None = None
        """Why nothing is passed on, as a sentence; None while all is well."""
        self.parked = 0
        """Points that stand parked in the store because the server refused them."""
        self._store = store
        self._target = target
        self._hub = hub
        self._before = before
        self._name = name
        self._told_too_old = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sink {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the write under way, unless the server hangs, and leave; the next start goes on behind it."""
        self._stopping.set()
        self._thread.join(_STOP_S)

    def pending(self) -> int:
        """Rows that the server does not have yet. Raises StoreError."""
        with self._store.transaction() as connection:
            return self._pending(connection)

    def look(self) -> tuple[int, int]:
        """Rows that wait and points that are parked, once the server has taken this very report; for a sink that does
        not run. Raises StoreError with what is wrong."""
        server = InfluxServer(self._target)
        try:
            self._tell_of_itself(server)
        finally:
            server.close()
        return self.pending(), self.parked

    def _run(self) -> None:
        server = InfluxServer(self._target)
        failures, report_at = 0, 0.0
        while not self._stopping.is_set():
            try:
                if time.monotonic() >= report_at:
                    self._tell_of_itself(server)
                    report_at = time.monotonic() + _REPORT_S
                self._before()
                pause_s = _BREATH_S if self._pass_on(server) else _IDLE_S
            except Exception as error:
                self._report(error)
                pause_s = _RETRY_S[min(failures, len(_RETRY_S) - 1)] * random.uniform(0.5, 1.0)
                pause_s = max(pause_s, error.retry_after_s if isinstance(error, NotTakenError) else 0.0)
                failures += 1
            else:
                self._report(None)
                failures = 0
            self._stopping.wait(pause_s)
        server.close()

    def _pass_on(self, server: InfluxServer) -> bool:
        """The next rows of the first table that has any; whether there were."""
        for table in _TABLES:
            with self._store.transaction() as connection:
                self._count_parked(connection)
                behind = self._behind(connection, table)
                query = with_machine(table).where(behind).order_by(table.c.change).limit(_ROWS_AT_ONCE)
                rows = connection.execute(query).mappings().all()
            if rows:
                lines, unreadable = _lines(table, rows)
                self._settle(table, rows[-1]["change"], unreadable + (self._send(server, lines) if lines else []))
                return True
        return False

    def _settle(self, table: Table, change: int, refused: Refusals) -> None:
        with self._store.transaction() as connection:
            for line, reason in refused:
                park(connection, self._name, reason, [line])
            upsert_cursor(connection, self._name, table.name, change)
            self.parked += len(refused)
        for _, reason in refused[:1]:
            log.warning("%d points were refused, which `sensor-hub parked list` shows: %s", len(refused), reason)

    def _send(self, server: InfluxServer, lines: Sequence[str]) -> Refusals:
        answer = server.write(lines)
        if answer.too_old is not None and not self._told_too_old:
            log.warning("Points older than the bucket keeps are only in the store: %s", answer.too_old)
            self._told_too_old = True
        if answer.refusal is None:
            return []
        self._tell_of_itself(server)
        return _bad_ones(server, lines, answer.refusal)

    def _tell_of_itself(self, server: InfluxServer) -> None:
        """Raises NotTakenError where the server does not even take that."""
        with self._store.transaction() as connection:
            self._count_parked(connection)
            line = sink_line(self._hub, self._pending(connection), self.parked, datetime.now(UTC))
        if (refusal := server.write([line]).refusal) is not None:
            raise NotTakenError(
                f"The time-series server {self._target.shown} calls everything wrong: {refusal}. Check influx.url."
            )

    def _pending(self, connection: Connection) -> int:
        counts = [
            select(func.count()).select_from(table).where(self._behind(connection, table)) for table in _TABLES
        ]
        return sum(connection.execute(count).scalar_one() for count in counts)

    def _count_parked(self, connection: Connection) -> None:
        """Raises StoreError where there are too many."""
        self.parked = parked_counts(connection).get(self._name, 0)
        if self.parked >= MOST_PARKED:
            raise StoreError(
                f"The time-series server has refused {self.parked} points, and nothing more is sent. Look at them "
                "with `sensor-hub parked list`, then retry or drop them."
            )

    def _behind(self, connection: Connection, table: Table) -> ColumnElement[bool]:
        cursor = tables.cursor.c
        position = select(cursor.change).where(cursor.sink == self._name, cursor.stream == table.name)
        after = connection.execute(position).scalar() or 0
        return table.c.change.between(after + 1, last_settled(connection))

    def _report(self, error: Exception | None) -> None:
        """Says what is new; a fault that is nobody else's comes with its place in the program."""
        ours = error is not None and not isinstance(error, StoreError)
        problem = f"Passing on failed ({error!r}); please report it." if ours else error and str(error)
        if problem and problem != self.problem:
            log.warning("%s Everything is kept and passed on later.", problem, exc_info=error if ours else None)
        if not problem and self.problem:
            log.info("The time-series server takes points again.")
        self.problem = problem or None


def refusals(server: InfluxServer, lines: Sequence[str]) -> Refusals:
    """Sends lines; those that the server calls wrong. Raises NotTakenError."""
    answer = server.write(lines)
    return [] if answer.refusal is None else _bad_ones(server, lines, answer.refusal)


def _bad_ones(server: InfluxServer, lines: Sequence[str], reason: str) -> Refusals:
    """Of lines that the server has refused together, for a reason."""
    if len(lines) == 1:
        return [(lines[0], reason)]
    middle = len(lines) // 2
    return refusals(server, lines[:middle]) + refusals(server, lines[middle:])


def _lines(table: Table, rows: Sequence[RowMapping]) -> tuple[list[str], Refusals]:
    """The points of rows, and the rows that no message can be made of, each with the reason."""
    lines, unreadable = list[str](), Refusals()
    for row in rows:
        try:
            lines += lines_of(_message(table, row))
        except ValueError as error:
            unreadable.append((f"{table.name} {dict(row)}", str(error)))
    return lines, unreadable


def _message(table: Table, row: RowMapping) -> Message:
    if table is tables.state:
        model = SensorMessage if row["kind"] == "sensor" else StatusMessage
        return model.model_validate(row["payload"])
    return message_of(_MODELS[table], row)
