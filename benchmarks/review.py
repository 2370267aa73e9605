"""How long review takes with a full store: what the pages ask of it, and every address of the web server.

    python -m benchmarks.review [--reps 100000] [--hours 1000] [--light] [--databases sqlite postgresql] [--plans]
    python -m benchmarks.review --chain --reps 10000000 --light --databases postgresql --times 5

The store is benchmarks/full_store.py's. Every question is asked a few times: median and worst in milliseconds; then
every address of the API and every page through `sensor-hub run --role web` (benchmarks/addresses.py). The server is
one of its own, with PostgreSQL's defaults. --plans names the tables that a question reads whole; --light leaves phases,
motion and raw samples out.
"""

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, func, select

from benchmarks.addresses import HEADER, Answered, walk
from benchmarks.databases import KINDS, database
from benchmarks.full_store import CHAIN, SMALL_GYM, Gym, athlete, fill
from sensor_hub.store import (
    Limit,
    Retention,
    Store,
    Stored,
    athletes,
    history,
    last_lifted,
    lately,
    loads_lately,
    tables,
)
from sensor_hub.store.database import open_database
from sensor_hub.store.limits import amount

MOST_MS = 200.0
"""What a page may take."""
WHOLE = r"(?:SCAN|Seq Scan on) (session|set|rep|phase|motion|raw)\b"

Question = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reps", type=int, default=100_000)
    parser.add_argument("--hours", type=float, default=1000.0, help="of raw samples")
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--light", action="store_true", help="sessions, sets and reps only")
    parser.add_argument("--chain", action="store_true", help="many sites and athletes instead of one small gym")
    parser.add_argument("--plans", action="store_true", help="name the tables that a question reads whole")
    parser.add_argument("--times", type=int, default=20, help="so often each is asked")
    args = parser.parse_args()
    gym = Gym.of(args.reps, args.hours, args.light, CHAIN if args.chain else SMALL_GYM)
    with tempfile.TemporaryDirectory() as folder:
        for kind in args.databases:
            measure(kind, Path(folder, kind), gym, args.plans, args.times)


def measure(kind: str, folder: Path, gym: Gym, plans: bool, times: int) -> None:
    folder.mkdir()
    with database(kind, folder) as url:
        began = time.perf_counter()
        engine = open_database(url)
        store = Store(engine)
        fill(store, gym)
        print(f"{kind}: {contents(store)}, filled in {time.perf_counter() - began:.0f} s", flush=True)
        print(f"{'question, ms':34} {'median':>7} {'worst':>7}")
        for name, question in questions(store, gym).items():
            if plans:
                explain(engine, name, question)
            print(f"{name:34} {timed(question, times)}", flush=True)
        store.close()
        print(HEADER)
        answers = list(walk(url, folder / "hub", gym, times))
        print(*answers, sep="\n")
        print(verdict(answers), flush=True)


def verdict(answers: Sequence[Answered]) -> str:
    slow = [one.address for one in answers if one.p95_ms > MOST_MS and not one.file]
    other = sorted({f"{one.status} {one.path}" for one in answers if one.status != 200})
    return (
        f"over {MOST_MS:g} ms: {', '.join(slow) or 'none'}\nother answers than 200: {', '.join(other) or 'none'}"
    )


def contents(store: Store) -> str:
    with store.transaction() as connection:
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (tables.session, tables.rep, tables.motion, tables.raw)
        }
        raw = tables.raw.c
        spans = select(func.coalesce(func.sum(raw.end_s - raw.start_s), 0.0))
        hours = float(connection.execute(spans).scalar_one()) / 3600
    return (
        f"{counts['rep']} reps in {counts['session']} sessions, {counts['motion']} pieces of motion, {hours:.0f} h of "
        f"raw samples in {counts['raw']} chunks, {store.check() / 1e9:.2f} GB"
    )


def questions(store: Store, gym: Gym) -> Mapping[str, Question]:
    """The athlete is the one who has lifted most."""
    number = gym.sessions // 2
    middle, one, who = gym.started(number), gym.name(number), athlete(0)
    site, machine = gym.site_of(number), gym.machine_of(number)
    long_ago = gym.started(0)
    return {
        "machines": store.machines,
        "newest sessions": store.sessions,
        "sessions before a date": lambda: store.sessions(before=middle),
        "sessions of a machine": lambda: store.sessions(machine=machine, before=middle),
        "sessions of a machine at a site": lambda: store.sessions(machine=machine, site=site),
        "sessions of an unknown machine": lambda: store.sessions(machine="press-99"),
        "a session with its reps": lambda: store.session(one),
        "its phases": lambda: store.phases(one),
        "its motion": lambda: store.motion(one),
        "its raw samples": lambda: store.samples(one),
        "a minute of raw acceleration": lambda: store.raw(machine, middle, middle + timedelta(minutes=1)),
        "sessions of a week": lambda: store.session_ids(since=middle, until=middle + timedelta(days=7)),
        "sessions of an athlete": lambda: store.session_ids(athlete=who),
        "an athlete's history": lambda: within(store, lambda at: history(at, who, long_ago)),
        "when each of a hundred lifted last": lambda: within(store, hundred_lifted),
        "who lifted at a machine lately": lambda: within(store, lambda at: lately(at, site, machine, long_ago)),
        "an athlete's loads there": lambda: within(
            store, lambda at: loads_lately(at, site, machine, who, long_ago)
        ),
        "how much is stored (hourly)": lambda: within(store, lambda at: [amount(at, kind) for kind in Stored]),
        "a sweep that finds nothing (hourly)": lambda: swept(store),
    }


def within(store: Store, question: Callable[[Connection], object]) -> None:
    with store.transaction() as connection:
        question(connection)


def hundred_lifted(connection: Connection) -> None:
    last_lifted(connection, [one.athlete for one in athletes(connection, most=100)])


def swept(store: Store) -> None:
    limits = {kind: Limit.parse("10000 days") for kind in Stored}
    Retention(store, limits, ["influx"]).sweep(datetime.now(UTC))


def timed(question: Question, times: int) -> str:
    took_ms = []
    for _ in range(times):
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
