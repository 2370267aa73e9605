import json
import random
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from sensor_hub.bus.examples import examples
from sensor_hub.messages import MODELS, Kind, LinkState, Message, Progress, RepMessage
from sensor_hub.model import BounceCause, Phase
from sensor_hub.store import Store, points
from sensor_hub.store.lines import PHASE_NUMBERS, lines_of
from sensor_hub.store.points import MEASUREMENTS, SINK, UNCERTAIN, FieldType
from sensor_hub.store.reference import PAGE, renewed
from tests.conftest import Http
from tests.store.conftest import EVENING, Lifter


def parse(line: str) -> tuple[str, dict[str, str], datetime]:
    """A line whose strings have no spaces: key, fields, time."""
    key, fields, time = line.split(" ")
    return key, dict(field.split("=") for field in fields.split(",")), datetime.fromtimestamp(int(time) / 1e9, UTC)


def test_a_rep(lifter: Lifter) -> None:
    (line,) = lines_of(lifter.rep(2, 3, rom_m=1.0, bounced=True))
    key, fields, time = parse(line)
    assert key == "rep,machine=press-1,site=gym,set=2"
    assert time == EVENING + timedelta(seconds=216)
    assert (fields["rom_m"], fields["number"], fields["bounced"]) == ("1.0", "3i", "1i")
    assert (fields["hard_lockout"], fields["session"]) == ("0i", '"evening"')
    assert fields["eccentric_s_uncertainty"] == "0.01"
    assert not {"top_pause_s", "partial", "turn_acceleration_mps2", "rom_m_uncertainty"} & fields.keys()


def test_what_threw_a_bounced_rep_back(lifter: Lifter) -> None:
    (line,) = lines_of(lifter.rep(2, 3, bounced=True, bounce_cause=BounceCause.STOP))
    assert parse(line)[1]["bounce_cause"] == '"stop"'


def test_a_stroke_that_was_not_counted(lifter: Lifter) -> None:
    (line,) = lines_of(lifter.rejected(30.0))
    key, fields, time = parse(line)
    assert key == "rejected,machine=press-1,site=gym,reason=short"
    assert time == EVENING + timedelta(seconds=32)
    assert fields == {"depth_m": "0.09", "duration_s": "2.0", "session": '"evening"'}


VALUES = [
    *(
        None,
        True,
        False,
        0,
        1,
        -9,
        2**53,
        0.0,
        1.0,
        -0.0,
        1e22,
        1e-7,
        0.1 + 0.2,
        123456789.0,
        float("nan"),
        float("inf"),
    ),
    *("", "a b,c=d", 'say "hi"', "back\\slash\\", "two\nlines\r", "Ü"),
    *([], [1], {"rom_m": 1, "concentric_s": 0.25, "nobody,knows=1 this": 2.0}),
]
SPELLED = {
    FieldType.FLOAT: re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?"),
    FieldType.INTEGER: re.compile(r"-?\d+i"),
    FieldType.STRING: re.compile(r'"(\\.|[^"\\])*"'),
}
LINE = re.compile(r"([a-z]+)((?:,[a-z]+=[^ ,]+)+) (.+) (-?\d+)")
FIELD = re.compile(r'([a-z0-9_]+)=("(?:\\.|[^"\\])*"|[^,]+)(?:,|$)')


def message(kind: Kind, chance: random.Random) -> Message:
    """As it may come over MQTT: an example with any other values, wherever the model takes them."""
    payload = json.loads(examples()[kind].model_dump_json(by_alias=True))
    for name in sorted(payload.keys() - {"schema", "time"}):
        changed = payload | {name: chance.choice(VALUES)}
        with suppress(ValidationError):
            MODELS[kind].model_validate(changed)
            payload = changed
    return MODELS[kind].model_validate(payload)


def test_types_and_names_never_flip() -> None:
    chance = random.Random(5)
    lines = [line for kind in Kind for _ in range(200) for line in lines_of(message(kind, chance))]
    assert len(lines) > 800
    for line in lines:
        parts = LINE.fullmatch(line)
        assert parts, line
        (measurement,) = (one for one in MEASUREMENTS if one.name == parts[1])
        assert tuple(tag.partition("=")[0] for tag in parts[2][1:].split(",")) == measurement.tags
        fields = FIELD.findall(parts[3])
        assert ",".join(f"{name}={value}" for name, value in fields) == parts[3]
        for name, value in fields:
            assert SPELLED[measurement.fields[name]].fullmatch(value), f"{name}={value}"


def test_an_influxdb_takes_them_all(influxdb: Http) -> None:
    """Whatever the values: none has another type than the one before."""
    chance = random.Random(6)
    lines = [line for kind in Kind for _ in range(50) for line in lines_of(message(kind, chance))]
    influxdb.post("/query", b"", q='CREATE DATABASE "types"')
    influxdb.post("/write", "\n".join(lines).encode(), db="types")
    (answer,) = json.loads(influxdb.get("/query", db="types", q="SHOW FIELD KEYS"))["results"]
    kept = {one["name"]: dict(one["values"]) for one in answer["series"]}
    declared = {one.name: {name: str(kind) for name, kind in one.fields.items()} for one in MEASUREMENTS}
    assert {name: {field: declared[name][field] for field in found} for name, found in kept.items()} == kept


def test_every_kind_of_point_is_sent_by_some_message() -> None:
    sent = {line.partition(",")[0] for message in examples().values() for line in lines_of(message)}
    assert sent | {"sink"} == {one.name for one in MEASUREMENTS}
    every = {name for message in examples().values() for line in lines_of(message) for name in parse(line)[1]}
    known = {name for one in MEASUREMENTS if one is not SINK for name in one.fields}
    assert known - every <= {
        "top_pause_s",
        "sticking_point_share",
        "sticking_velocity_share",
        "athlete",
        "behind_s",
        "bounce_cause",
    } | {*UNCERTAIN}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_never_sent(lifter: Lifter, value: float) -> None:
    with pytest.raises(ValidationError):
        lifter.rep(1, 1, rom_m=value)
    (line,) = lines_of(lifter.rep(1, 1).model_copy(update={"rom_m": value}))
    assert "rom_m=" not in line


def test_a_number_is_the_same_before_and_after_the_store(lifter: Lifter, store: Store) -> None:
    rep = lifter.rep(1, 1, rom_m=1.0, concentric_s=2.0, peak_velocity_mps=1e-7, uncertainty={"rom_m": 1})
    store.record([lifter.session_(), rep])
    record = store.session("evening")
    assert record is not None
    assert [line for one in record.reps for line in lines_of(one)] == lines_of(rep)


def test_motion_is_spelled_as_every_other_point(lifter: Lifter) -> None:
    motion = lifter.motion(1, 100.0)
    for line, offset, position, velocity, phase in zip(
        lines_of(motion), motion.offset_s, motion.position_m, motion.velocity_mps, motion.phase, strict=True
    ):
        fields = {"position_m": position, "velocity_mps": velocity, "phase": PHASE_NUMBERS[phase]}
        tags = {"machine": "press-1", "site": "gym"}
        assert line == points.line(points.MOTION, tags, fields, motion.time + timedelta(seconds=offset))


def test_the_page_is_current_and_its_example_is_what_is_sent() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == renewed(page), "run: make docs"
    (shown,) = re.findall(r"^rep,.*$", page, flags=re.MULTILINE)
    sent = parse(lines_of(examples()[Kind.REP])[0])
    key, fields, time = parse(shown)
    assert (key, time) == (sent[0], sent[2])
    assert fields.items() <= sent[1].items()


def test_times_keep_their_microseconds(lifter: Lifter) -> None:
    rep = lifter.rep(1, 1).model_copy(update={"time": datetime(2026, 3, 2, 18, 0, 1, 234567, tzinfo=UTC)})
    assert lines_of(rep)[0].endswith("1234567000")


def test_sets_and_sessions_count_only_when_they_have_ended(lifter: Lifter) -> None:
    assert lines_of(lifter.set_(1)) == lines_of(lifter.session_()) == []
    key, fields, time = parse(lines_of(lifter.set_(1, [0.5, None], rep_count=2))[0])
    assert (key, fields["rep_count"], fields["duration_s"]) == ("set,machine=press-1,site=gym,set=1", "2i", "30.0")
    assert time == EVENING + timedelta(seconds=100)
    key, fields, time = parse(lines_of(lifter.session_(900.0, load_kg=80.0, rep_count=4))[0])
    assert (key, fields["load_kg"], fields["duration_s"]) == ("session,machine=press-1,site=gym", "80.0", "900.0")
    assert time == EVENING


def test_motion_is_a_point_a_sample(lifter: Lifter) -> None:
    lines = lines_of(lifter.motion(1, 100.0))
    assert len(lines) == 10
    key, fields, time = parse(lines[3])
    assert key == "motion,machine=press-1,site=gym"
    assert fields == {"position_m": repr(0.1 * 0.3), "velocity_mps": "0.1", "phase": "3i"}
    assert time == EVENING + timedelta(seconds=100.3)
    assert sorted(PHASE_NUMBERS) == sorted(Phase)


def test_health(lifter: Lifter) -> None:
    assert parse(lines_of(lifter.sensor(5.0, state=LinkState.LOST, rate_hz=None))[0])[1] == {
        "streaming": "0i",
        "battery_percent": "80i",
        "rssi_dbm": "-60i",
        "loss_ratio": "0.0",
    }
    assert parse(lines_of(lifter.status(6.0, online=True))[0])[1] == {"online": "1i"}


def test_strings_are_quoted() -> None:
    session = Lifter(session='Ü "x" \\ y\nz, =').session_(900.0)
    assert 'session="Ü \\"x\\" \\\\ y z, ="' in lines_of(session)[0]


def test_other_kinds_are_not_passed_on() -> None:
    made = examples()
    for kind in (Kind.LIVE, Kind.PHASE, Kind.RAW):
        assert lines_of(made[kind]) == []
    assert Progress.ENDED.value == "ended"
    assert isinstance(made[Kind.REP], RepMessage)
