"""How long the questions of review pages take a full store, in a file and on a server.

    python -m benchmarks.review [--reps 100000] [--light] [--databases sqlite postgresql] [--plans]

A gym of ten machines is written straight into the real tables: sessions of three sets of eight reps with their phases,
motion and some raw samples, an athlete to each session. Then every question is asked a few times: median and worst in
milliseconds. The server is one of its own, with PostgreSQL's defaults. --plans names the tables that are read whole;
--light leaves phases, motion and raw samples out.
"""

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, insert, update

from benchmarks.databases import KINDS, database
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind
from sensor_hub.store import Limit, Retention, Store, Stored, history, tables
from sensor_hub.store.database import open_database
from sensor_hub.store.limits import amount
from sensor_hub.store.rows import TABLE_OF, row_of

MACHINES, ATHLETES = 10, 200
SETS, REPS = 3, 8
RAW = 40
"""Chunks a session: their number decides, not their size."""
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
APART = timedelta(minutes=20)
AT_ONCE = 200
"""Sessions written together."""
TIMES = 7
WHOLE = r"(?:SCAN|Seq Scan on) (session|set|rep|phase|motion|raw)\b"

Question = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reps", type=int, default=100_000)
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--light", action="store_true", help="sessions, sets and reps only")
    parser.add_argument("--plans", action="store_true", help="name the tables that a question reads whole")
    args = parser.parse_args()
    sessions = max(1, args.reps // (SETS * REPS))
    with tempfile.TemporaryDirectory() as folder:
        measured = {kind: measure(kind, Path(folder), sessions, args.light, args.plans) for kind in args.databases}
    print(f"{sessions * SETS * REPS} reps in {sessions} sessions, milliseconds, median (worst of {TIMES}):")
    for question in next(iter(measured.values())):
        shown = [f"{kind} {found[question]}" for kind, found in measured.items()]
        print(f"  {question:34} {'   '.join(shown)}")


def measure(kind: str, folder: Path, sessions: int, light: bool, plans: bool) -> Mapping[str, str]:
    with database(kind, folder) as url:
        began = time.perf_counter()
        engine = open_database(url)
        fill(engine, sessions, light)
        print(f"{kind}: filled in {time.perf_counter() - began:.0f} s", flush=True)
        store = Store(engine)
        found = {}
        for name, question in questions(store, sessions).items():
            if plans:
                explain(engine, name, question)
            found[name] = timed(question)
        store.close()
    return found


def fill(engine: Engine, sessions: int, light: bool) -> None:
    with engine.begin() as connection:
        places = [
            {"machine_id": 1 + n, "site": "gym", "name": f"press-{n}", "first_seen": BEGAN, "last_seen": BEGAN}
            for n in range(MACHINES)
        ]
        connection.execute(insert(tables.machine), places)
    change = 0
    for first in range(0, sessions, AT_ONCE):
        rows: dict[Any, list[dict[str, Any]]] = {}
        for number in range(first, min(sessions, first + AT_ONCE)):
            for table, row in rows_of(number, light):
                change += 1
                rows.setdefault(table, []).append(row | {"change": change, "machine_id": 1 + number % MACHINES})
        with engine.begin() as connection:
            for table, new in rows.items():
                connection.execute(insert(table), new)
            connection.execute(update(tables.counter).values(value=change))
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def rows_of(number: int, light: bool) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A session's rows: copies of the documented examples."""
    name, began = name_of(number), BEGAN + number * APART
    times = {"time": began, "started": began, "ended": began + timedelta(minutes=15)}
    athlete = athlete_of(number % ATHLETES)
    yield row("session", Kind.SESSION, name, **times, session=name, athlete=athlete)
    for one in range(1, SETS + 1):
        yield row("set", Kind.SET, f"{name}.{one}", **times, session=name, number=one, athlete=athlete)
        for rep in range(1, REPS + 1):
            place = {"session": name, "set_number": one, "time": began + timedelta(seconds=300 * one + 5 * rep)}
            yield row("rep", Kind.REP, f"{name}.{one}.{rep}", **place, number=rep)
            if light:
                continue
            for phase in range(4):
                yield row("phase", Kind.PHASE, f"{name}.{one}.{rep}.{phase}", **place, rep_number=rep)
            for piece in range(4):
                yield row("motion", Kind.MOTION, f"{name}.{one}.{rep}.m{piece}", **place)
    for chunk in range(0 if light else RAW):
        yield row(
            "raw", Kind.RAW, f"{name}.r{chunk}", session=name, seq=chunk, time=began + timedelta(seconds=2 * chunk)
        )


def name_of(number: int) -> str:
    return f"{BEGAN + number * APART:%Y%m%dT%H%M%SZ}-press-{number % MACHINES}-0000"


def athlete_of(number: int) -> str:
    return f"{number:08}".translate(str.maketrans("0123456789", "bcdfghjkmn"))


TEMPLATES = {kind: row_of(message) for kind, message in examples().items() if type(message) in TABLE_OF}


def row(table: str, kind: Kind, id_: str, **values: Any) -> tuple[Any, dict[str, Any]]:
    return tables.metadata.tables[table], {**TEMPLATES[kind], "id": id_, **values}


def questions(store: Store, sessions: int) -> Mapping[str, Question]:
    middle = BEGAN + sessions // 2 * APART
    one = name_of(sessions // 2)
    return {
        "machines": store.machines,
        "newest sessions": store.sessions,
        "sessions before a date": lambda: store.sessions(before=middle),
        "sessions of a machine": lambda: store.sessions(machine="press-3", before=middle),
        "sessions of a machine at a site": lambda: store.sessions(machine="press-3", site="gym"),
        "sessions of an unknown machine": lambda: store.sessions(machine="press-99"),
        "a session with its reps": lambda: store.session(one),
        "its phases": lambda: store.phases(one),
        "its motion": lambda: store.motion(one),
        "its raw samples": lambda: store.samples(one),
        "a minute of raw acceleration": lambda: store.raw("press-3", middle, middle + timedelta(minutes=1)),
        "sessions of a week": lambda: store.session_ids(since=middle, until=middle + timedelta(days=7)),
        "sessions of an athlete": lambda: store.session_ids(athlete=athlete_of(7)),
        "an athlete's history": lambda: told(store, athlete_of(7)),
        "how much is stored (hourly)": lambda: counted(store),
        "a sweep that finds nothing (hourly)": lambda: swept(store),
    }


def told(store: Store, athlete: str) -> None:
    with store.transaction() as connection:
        history(connection, athlete, BEGAN)


def counted(store: Store) -> None:
    with store.transaction() as connection:
        for kind in Stored:
            amount(connection, kind)


def swept(store: Store) -> None:
    limits = {kind: Limit.parse("10000 days") for kind in Stored}
    Retention(store, limits, ["influx"]).sweep(datetime.now(UTC))


def timed(question: Question) -> str:
    took_ms = []
    for _ in range(TIMES):
        began = time.perf_counter()
        question()
        took_ms.append(1e3 * (time.perf_counter() - began))
    return f"{statistics.median(took_ms):7.1f} ({max(took_ms):.1f})"


def explain(engine: Engine, name: str, question: Question) -> None:
    """Asks once, and has every statement's plan told."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    question()
    event.remove(engine, "before_cursor_execute", note)
    explaining = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    whole = set()
    with engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                plan = connection.exec_driver_sql(explaining + statement, parameters)
                whole |= set(re.findall(WHOLE, "\n".join(str(line[-1]) for line in plan)))
    if whole:
        print(f"  {name} reads whole: {', '.join(sorted(whole))}")


if __name__ == "__main__":
    main()
