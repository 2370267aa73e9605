"""A store as full as a small gym's after two years: ten machines, six sessions a day.

One session is simulated, goes through a hub's own code and is stored as a recorder stores it: three sets of eight reps
with their courses, phases, motion and raw samples. Inside the database its rows are then copied for every session of
the gym, each at its own time, on its own machine, by its own athlete. A session's raw samples are repeated, one after
another, until all sessions together hold as many hours as asked for. A tenth of all sessions are one athlete's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    String,
    Table,
    cast,
    func,
    insert,
    literal,
    select,
    true,
    type_coerce,
    union_all,
    update,
)

from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.bus import kind_of
from sensor_hub.coach.programme import weekly
from sensor_hub.link import Received
from sensor_hub.messages import COUNTED, Live, Message, SessionMessage, SetMessage, Side
from sensor_hub.model import Samples
from sensor_hub.prescription import Prescription
from sensor_hub.store import Lifter, Store, add_note, correct, put_programme, tables

SITE, MACHINES, ATHLETES = "gym", 10, 200
SETS, REPS = 3, 8
FAITHFUL, CORRECTED = 10, 20
"""Every so many sessions are the first athlete's; in every so many a set has been reassigned."""
APART = timedelta(hours=4)
ASKED = Prescription(sets=SETS, reps=REPS, tempo="2-1-1-1", load_kg=80.0)
LIFTED = {
    "name": "full-store",
    "family": "controlled",
    "sensor": {"chip": "lsm6dso"},
    "act": [
        {"kind": "rest", "seconds": 6},
        {"kind": "set", "repeat": SETS, "reps": REPS, "tempo": "2-1-1-1", "range_m": 0.42, "rest_s": 40},
    ],
}
BLOCK = 8
AT_ONCE = 100
"""Sessions copied in one transaction."""


@dataclass(frozen=True)
class Gym:
    """until: when the newest session began; hours: of raw samples; light: without phases, motion and raw samples."""

    sessions: int
    until: datetime
    hours: float
    light: bool

    @classmethod
    def of(cls, reps: int, hours: float, light: bool) -> Self:
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        return cls(max(2, ceil(reps / (SETS * REPS))), now - APART, hours, light)

    def started(self, number: int) -> datetime:
        return self.until - (self.sessions - 1 - number) * APART

    def name(self, number: int) -> str:
        return f"{self.started(number):%Y%m%dT%H%M%SZ}-{machine_of(number)}-0000"

    def row(self, number: int) -> dict[str, Any]:
        """What differs from session to session."""
        return {
            "session": self.name(number),
            "id": f"{self.name(number)}.ended",
            "machine_id": 1 + number % MACHINES,
            "change": number + 1,
            "time": self.started(number) + timedelta(minutes=5),
            "started": self.started(number),
            "ended": self.started(number) + timedelta(minutes=5),
            "athlete": athlete_of(number),
            "load_kg": 60.0 + 5.0 * (number % 9),
        }


def machine_of(number: int) -> str:
    return f"press-{number % MACHINES}"


def athlete_of(number: int) -> str:
    """Whose a session is."""
    return athlete(0 if number % FAITHFUL == 0 else number % ATHLETES)


def athlete(number: int) -> str:
    return f"{number:08}".translate(str.maketrans("0123456789", "bcdfghjkmn"))


def fill(store: Store, gym: Gym) -> None:
    """The store must be empty."""
    messages = [one for one in simulated(gym) if not gym.light or kind_of(one) in COUNTED]
    with store.transaction() as connection:
        _add_places_and_people(connection, gym)
    store.record(messages)
    with store.transaction() as connection:
        first = connection.execute(select(tables.session.c.session)).scalar_one()
        _add_sessions(connection, gym)
    for begin in range(0, gym.sessions, AT_ONCE):
        with store.transaction() as connection:
            _copy_all(connection, gym, first, range(begin, min(begin + AT_ONCE, gym.sessions)))
    with store.transaction() as connection:
        connection.execute(update(tables.counter).values(value=10 * gym.sessions))
        _correct_some(connection, gym)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")


def simulated(gym: Gym) -> list[Message]:
    """What a hub tells of the gym's first session."""
    performance = Performance(Scenario.model_validate(LIFTED), seed=3)
    (time_s, counts), step = performance.samples, performance.chip.count_mps2
    tray = _Tray()
    with TemporaryDirectory() as folder:
        memory = Memory(MachineProfile(Path(folder), SITE, machine_of(0)))
        sensor = SensorIdentity("C0:FF:EE:00:00:01", machine_of(0), "sled")
        machine = Machine(Desk(SITE, machine_of(0), tray), sensor, HostClock(gym.started(0), 0.0), memory)
        for first in range(0, len(time_s), BLOCK):
            part = slice(first, first + BLOCK)
            block = Samples(time_s[part], counts[part] * step, resolution_mps2=step)
            machine.handle(Received(block, float(block.time_s[-1])), float(block.time_s[-1]))
        machine.finish(float(time_s[-1]))
    return [_with_lifter(one) for one in tray.messages]


class _Tray:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def next_seq(self) -> int:
        return len(self.messages) + 1

    def append(self, message: Message) -> None:
        self.messages.append(message)

    def live(self, message: Live) -> None: ...


def _with_lifter(message: Message) -> Message:
    said: dict[str, Any] = {"athlete": athlete_of(0), "load_kg": 80.0}
    if isinstance(message, SetMessage):
        return message.model_copy(update=said | {"side": Side.BOTH, "asked": ASKED})
    return message.model_copy(update=said) if isinstance(message, SessionMessage) else message


def _add_places_and_people(connection: Connection, gym: Gym) -> None:
    began = gym.started(0)
    for number in range(MACHINES):
        place = {"machine_id": 1 + number, "site": SITE, "name": machine_of(number)}
        connection.execute(insert(tables.machine).values(**place, first_seen=began, last_seen=gym.until))
    for number in range(ATHLETES):
        one = athlete(number)
        row = {"athlete": one, "name": f"Athlete {number}", "unit": "kg", "created": began}
        connection.execute(insert(tables.athlete).values(row))
        plan = weekly("Usual", began.date(), 12, (1, 3, 5), [ASKED])
        put_programme(connection, one, plan, began, "coach")
        add_note(connection, "Deeper.", began, "coach", athlete=one)


def _add_sessions(connection: Connection, gym: Gym) -> None:
    template = dict(connection.execute(select(tables.session)).mappings().one())
    rows = [template | gym.row(number) for number in range(1, gym.sessions)]
    connection.execute(insert(tables.session), rows)


def _copy_all(connection: Connection, gym: Gym, first: str, sessions: range) -> None:
    raw = tables.raw.c
    span = select(func.max(raw.end_s) - func.min(raw.start_s)).where(raw.session == first)
    span_s = connection.execute(span).scalar_one() or 0.0
    rounds = ceil(3600 * gym.hours / (span_s * (gym.sessions - 1))) if span_s else 0
    for table in (tables.set_, tables.rep, tables.phase, tables.motion):
        _copy(connection, table, first, sessions, 1, 0.0)
    _copy(connection, tables.raw, first, sessions, rounds, span_s)


def _copy(connection: Connection, table: Table, first: str, sessions: range, rounds: int, round_s: float) -> None:
    """The first session's rows for some others, as far from their start; and again, every round so much later."""
    source, copies = tables.session.alias("source"), tables.session.alias("copies")
    one, other, old = source.c, copies.c, table.c
    turns = union_all(*(select(literal(turn).label("turn")) for turn in range(rounds))).subquery("turns")
    turn = turns.c.turn
    shift = _microseconds(other.started) - _microseconds(one.started) + turn * round(1e6 * round_s)
    new: dict[str, ColumnElement[Any]] = {column.name: column for column in old}
    new |= {name: other[name] for name in ("session", "machine_id", "change")}
    new |= {name: other[name] for name in ("athlete", "load_kg") if name in old}
    new |= {name: _microseconds(old[name]) + shift for name in ("time", "started", "ended") if name in old}
    new |= {"id": other.session + "." + cast(turn, String) + "." + old.id}
    if table is tables.raw:
        new["seq"] = old.seq + 1000 * turn
    pairs = table.join(source, one.session == old.session).join(copies, other.session != one.session)
    rows = select(*new.values()).select_from(pairs.join(turns, true())).where(old.session == first)
    rows = rows.where(other.change.between(sessions.start + 1, sessions.stop)).order_by(other.started, turn)
    connection.execute(insert(table).from_select(list(new), rows))


def _microseconds(instant: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(instant, BigInteger)


def _correct_some(connection: Connection, gym: Gym) -> None:
    for number in range(CORRECTED, gym.sessions, CORRECTED):
        whose = Lifter(athlete(number // CORRECTED % ATHLETES), 90.0, Side.LEFT, ASKED)
        correct(connection, gym.name(number), 2, whose, gym.until, "coach")
