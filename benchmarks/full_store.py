"""A store as full as a small gym's after two years (ten machines, six sessions a day), or as a chain's after three.

One session is simulated, goes through a hub's own code and is stored as a recorder stores it: three sets of eight reps
with their courses, phases, motion and raw samples. Inside the database its rows are then copied for every session of
the gym, each at its own time, on its own machine, by its own athlete. A session's raw samples are repeated, one after
another, until all sessions together hold as many hours as asked for. One athlete lifts more than everybody else, and
in a chain at every site; the others stay at theirs.
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
)

from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.bus import kind_of
from sensor_hub.bus.examples import examples
from sensor_hub.coach.programme import weekly
from sensor_hub.link import Received
from sensor_hub.messages import COUNTED, HubMessage, Kind, Live, Message, SessionMessage, SetMessage, Side
from sensor_hub.model import Samples
from sensor_hub.prescription import Prescription
from sensor_hub.store import Lifter, Store, add_note, correct, keep_hub, put_programme, tables
from sensor_hub.store.changes import go_on_from

SETS, REPS = 3, 8
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
AT_ONCE = 500
"""Sessions copied in one transaction."""


@dataclass(frozen=True)
class Shape:
    """machines, athletes: of all sites together. Every `faithful` sessions one is the first athlete's; in one of
    `corrected` a set has been reassigned; one of `planned` athletes has a programme."""

    sites: int
    machines: int
    athletes: int
    span: timedelta
    faithful: int
    corrected: int
    planned: int


SMALL_GYM = Shape(1, 10, 200, timedelta(days=694), 10, 20, 1)
CHAIN = Shape(200, 800, 20_000, timedelta(days=1095), 900, 200, 10)


@dataclass(frozen=True)
class Gym:
    """until: when the newest session began; hours: of raw samples; light: without phases, motion and raw samples."""

    shape: Shape
    sessions: int
    until: datetime
    hours: float
    light: bool

    @classmethod
    def of(cls, reps: int, hours: float, light: bool, shape: Shape = SMALL_GYM) -> Self:
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        return cls(shape, max(2, ceil(reps / (SETS * REPS))), now - timedelta(hours=4), hours, light)

    def started(self, number: int) -> datetime:
        return self.until - (self.sessions - 1 - number) * self.shape.span / self.sessions

    def name(self, number: int) -> str:
        return f"{self.started(number):%Y%m%dT%H%M%SZ}-{self.machine_of(number)}-0000"

    def place(self, machine: int) -> dict[str, Any]:
        """A row of the table of machines."""
        site, name = self._site(machine), f"press-{machine}"
        return {"machine_id": 1 + machine, "site": site, "name": name}

    def site_of(self, number: int) -> str:
        return self._site(number % self.shape.machines)

    def machine_of(self, number: int) -> str:
        return f"press-{number % self.shape.machines}"

    def athlete_of(self, number: int) -> str:
        """Whose a session is."""
        sites, crew = self.shape.sites, self.shape.athletes // self.shape.sites
        return athlete(
            0 if number % self.shape.faithful == 0 else number % sites + sites * (number // sites % crew)
        )

    def row(self, number: int) -> dict[str, Any]:
        """What differs from session to session."""
        return {
            "session": self.name(number),
            "id": f"{self.name(number)}.ended",
            "machine_id": 1 + number % self.shape.machines,
            "change": number + 1,
            "time": self.started(number) + timedelta(minutes=5),
            "started": self.started(number),
            "ended": self.started(number) + timedelta(minutes=5),
            "athlete": self.athlete_of(number),
            "load_kg": 60.0 + 5.0 * (number % 9),
        }

    def _site(self, machine: int) -> str:
        return f"gym-{machine % self.shape.sites}"


def athlete(number: int) -> str:
    return f"{number:08}".translate(str.maketrans("0123456789", "bcdfghjkmn"))


def fill(store: Store, gym: Gym) -> None:
    """The store must be empty."""
    messages = [one for one in simulated(gym) if not gym.light or kind_of(one) in COUNTED]
    with store.transaction() as connection:
        _add_places_and_people(connection, gym)
        _add_hubs(connection, gym)
    store.record(messages)
    with store.transaction() as connection:
        first = connection.execute(select(tables.session.c.session)).scalar_one()
        _add_sessions(connection, gym)
    for begin in range(0, gym.sessions, AT_ONCE):
        with store.transaction() as connection:
            _copy_all(connection, gym, first, range(begin, min(begin + AT_ONCE, gym.sessions)))
    with store.transaction() as connection:
        go_on_from(connection, 10 * gym.sessions)
        _correct_some(connection, gym)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")


def simulated(gym: Gym) -> list[Message]:
    """What a hub tells of the gym's first session."""
    site, name, who = gym.site_of(0), gym.machine_of(0), gym.athlete_of(0)
    performance = Performance(Scenario.model_validate(LIFTED), seed=3)
    (time_s, counts), step = performance.samples, performance.chip.count_mps2
    tray = _Tray()
    with TemporaryDirectory() as folder:
        memory = Memory(MachineProfile(Path(folder), site, name))
        sensor = SensorIdentity("C0:FF:EE:00:00:01", name, "sled")
        machine = Machine(Desk(site, name, tray), sensor, HostClock(gym.started(0), 0.0), memory)
        for first in range(0, len(time_s), BLOCK):
            part = slice(first, first + BLOCK)
            block = Samples(time_s[part], counts[part] * step, resolution_mps2=step)
            machine.handle(Received(block, float(block.time_s[-1])), float(block.time_s[-1]))
        machine.finish(float(time_s[-1]))
    return [_with_lifter(one, who) for one in tray.messages]


class _Tray:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def next_seq(self) -> int:
        return len(self.messages) + 1

    def append(self, message: Message) -> None:
        self.messages.append(message)

    def live(self, message: Live) -> None: ...


def _with_lifter(message: Message, who: str) -> Message:
    said: dict[str, Any] = {"athlete": who, "load_kg": 80.0}
    if isinstance(message, SetMessage):
        return message.model_copy(update=said | {"side": Side.BOTH, "asked": ASKED})
    return message.model_copy(update=said) if isinstance(message, SessionMessage) else message


def _add_places_and_people(connection: Connection, gym: Gym) -> None:
    began = gym.started(0)
    seen = {"first_seen": began, "last_seen": gym.until}
    connection.execute(insert(tables.machine), [gym.place(one) | seen for one in range(gym.shape.machines)])
    people = [
        {"athlete": athlete(number), "name": f"Athlete {number}", "unit": "kg", "created": began}
        for number in range(gym.shape.athletes)
    ]
    connection.execute(insert(tables.athlete), people)
    for number in range(0, gym.shape.athletes, gym.shape.planned):
        plan = weekly("Usual", (gym.until - timedelta(days=number % 80)).date(), 12, (1, 3, 5), [ASKED])
        put_programme(connection, athlete(number), plan, began, "coach")
        add_note(connection, "Deeper.", began, "coach", athlete=athlete(number))


def _add_hubs(connection: Connection, gym: Gym) -> None:
    """One a site, that speaks now; of the middle session's site the last two weeks, too."""
    example, now = examples()[Kind.HUB], datetime.now(UTC)
    assert isinstance(example, HubMessage)
    for site in range(gym.shape.sites):
        here = [gym.place(one) for one in range(site, gym.shape.machines, gym.shape.sites)]
        sensors = [
            example.machines[0].model_copy(update={"site": one["site"], "machine": one["name"]}) for one in here
        ]
        hub = example.model_copy(update={"site": here[0]["site"], "machines": sensors})
        hours = 14 * 24 if hub.site == gym.site_of(gym.sessions // 2) else 0
        for ago in range(hours, -1, -1):
            keep_hub(connection, hub.model_copy(update={"time": now - timedelta(hours=ago)}))


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
    if rounds:
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
    every = gym.shape.corrected
    for number in range(every, gym.sessions, every):
        whose = Lifter(athlete(number // every % gym.shape.athletes), 90.0, Side.LEFT, ASKED)
        correct(connection, gym.name(number), 2, whose, gym.until, "coach")
