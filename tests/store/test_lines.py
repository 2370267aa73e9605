from datetime import UTC, datetime, timedelta

from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind, LinkState, Progress, RepMessage
from sensor_hub.model import Phase
from sensor_hub.store.lines import PHASE_NUMBERS, lines_of
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


def test_types_never_flip(lifter: Lifter) -> None:
    for value in (1.0, 1e-7, 1e22, -0.0, 123456789.0):
        (line,) = lines_of(lifter.rep(1, 1, rom_m=value))
        spelled = parse(line)[1]["rom_m"]
        assert float(spelled) == value
        assert "." in spelled or "e" in spelled
        assert not spelled.endswith("i")


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


def test_strings_are_quoted(lifter: Lifter) -> None:
    session = lifter.session_(900.0, athlete='Ü "x" \\ y\nz, =')
    assert 'athlete="Ü \\"x\\" \\\\ y z, ="' in lines_of(session)[0]


def test_other_kinds_are_not_passed_on() -> None:
    made = examples()
    for kind in (Kind.LIVE, Kind.PHASE, Kind.RAW):
        assert lines_of(made[kind]) == []
    assert Progress.ENDED.value == "ended"
    assert isinstance(made[Kind.REP], RepMessage)
