"""A session's messages: ids, numbering, beginnings and ends."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.session import BEFORE_S, EARLY_REJECTED, MOST_REJECTED, SESSION_PAUSE_S, SessionLog
from sensor_hub.messages import (
    Live,
    Message,
    PhaseMessage,
    Progress,
    RejectedMessage,
    RepMessage,
    SessionMessage,
    SetMessage,
    Side,
)
from sensor_hub.model import (
    CandidateRejected,
    Phase,
    PhaseBegan,
    Refusal,
    Rep,
    RepSettled,
    RepTrace,
    Set,
    SetEnded,
    SetStarted,
)
from sensor_hub.store import Lifter

M = TypeVar("M", bound=Message)
EPOCH = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Tray:
    """An outlet that keeps what was put into it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.shown: list[Live] = []

    def next_seq(self) -> int:
        return len(self.messages) + 1

    def append(self, message: Message) -> None:
        self.messages.append(message)

    def live(self, message: Live) -> None:
        self.shown.append(message)

    def of(self, model: type[M]) -> list[M]:
        return [message for message in self.messages if isinstance(message, model)]


def rep(number: int, start_s: float) -> Rep:
    return Rep(
        number=number,
        start_s=start_s,
        bottom_s=start_s + 2,
        turn_s=start_s + 2.5,
        end_s=start_s + 3.5,
        eccentric_s=2.0,
        bottom_pause_s=0.5,
        concentric_s=1.0,
        rom_m=0.4,
        mean_velocity_mps=0.4,
        peak_velocity_mps=0.7,
        mean_eccentric_velocity_mps=0.2,
        peak_eccentric_velocity_mps=0.3,
        turn_acceleration_mps2=2.0,
        bounced=False,
        partial=False,
        uncertainty={"rom_m": 0.01, "hard_lockout": None},
    )


def trace_of(one: Rep) -> RepTrace:
    """Three points of it, with more digits than anybody can see."""
    assert one.start_s is not None
    return RepTrace((0.0, 2.20004, one.end_s - one.start_s), (0.0, -0.40004, -0.00204), (-0.02, 0.00049, 0.02))


def log_of(tray: Tray) -> SessionLog:
    desk = Desk("gym", "leg-press-1", tray)
    return SessionLog(desk, "AA:BB", lambda device_s: EPOCH + timedelta(seconds=device_s))


def lift(log: SessionLog, number: int, start_s: float, reps: int = 2) -> None:
    """A set as the engine tells it."""
    done = tuple(rep(i + 1, start_s + 4 * i) for i in range(reps))
    log.phase(PhaseBegan(start_s + 1, Phase.ECCENTRIC, start_s, number, 1))
    log.set_started(SetStarted(start_s + 3.5, number, start_s), start_s + 3.5)
    for one in done:
        log.rep(RepSettled(one.end_s, number, one, trace_of(one)), one.end_s)
    end_s = done[-1].end_s
    log.set_ended(SetEnded(end_s + 5, Set(number, start_s, end_s, done)), 45.0, end_s + 5)


def test_a_session_is_told_from_its_first_set_to_its_end() -> None:
    tray = Tray()
    log = log_of(tray)
    lift(log, 1, 10)
    lift(log, 2, 60, reps=3)
    log.end()
    first, last = tray.of(SessionMessage)
    assert (first.progress, last.progress) == (Progress.STARTED, Progress.ENDED)
    assert first.session == last.session
    assert first.session.startswith("20260301T090010Z-leg-press-1-")
    assert (last.set_count, last.rep_count) == (2, 5)
    assert last.started == EPOCH + timedelta(seconds=10)
    assert last.ended == EPOCH + timedelta(seconds=71.5)
    assert log.identity is None


def test_ids_are_distinct_and_the_same_when_told_again() -> None:
    first, second = Tray(), Tray()
    for tray in (first, second):
        log = log_of(tray)
        lift(log, 1, 10)
        log.end()
    identities = [message.id for message in first.messages]
    assert len(set(identities)) == len(identities)
    assert identities == [message.id for message in second.messages]
    assert [message.seq for message in first.messages] == list(range(1, len(identities) + 1))


def test_messages_carry_what_the_engine_said() -> None:
    tray = Tray()
    lift(log_of(tray), 1, 10)
    one = tray.of(RepMessage)[0]
    session = tray.of(SessionMessage)[0].session
    assert one.id == f"{session}.1.1"
    assert (one.eccentric_s, one.hard_lockout, one.uncertainty["rom_m"]) == (2.0, None, 0.01)
    assert one.time == EPOCH + timedelta(seconds=13.5)
    assert one.trace is not None
    assert one.trace.offset_s == [0.0, 2.2, 3.5]
    assert one.trace.position_m == [0.0, -0.4, -0.002]
    assert one.trace.velocity_mps == [-0.02, 0.0, 0.02]
    phase = tray.of(PhaseMessage)[0]
    assert (phase.phase, phase.start_s, phase.at_s) == (Phase.ECCENTRIC, 10, 11)
    started, ended = tray.of(SetMessage)
    assert (started.progress, started.end_s) == (Progress.STARTED, None)
    assert (ended.rep_count, ended.incline_deg, ended.top_pauses_s) == (2, 45.0, [None, None])


def test_ten_idle_minutes_end_a_session_and_the_next_counts_from_one() -> None:
    tray = Tray()
    log = log_of(tray)
    lift(log, 1, 10)
    lift(log, 2, 60)
    active_s = 60 + 7.5 + 5
    assert not log.idle(active_s + SESSION_PAUSE_S - 1)
    assert log.idle(active_s + SESSION_PAUSE_S)
    log.end()
    lift(log, 3, 2000)
    assert [one.number for one in tray.of(SetMessage)] == [1, 1, 2, 2, 1, 1]
    assert len({one.session for one in tray.of(SessionMessage)}) == 2


def test_movement_outside_a_set_starts_no_session() -> None:
    tray = Tray()
    log = log_of(tray)
    log.phase(PhaseBegan(3, Phase.ECCENTRIC, 2, 1, 1))
    log.phase(PhaseBegan(5, Phase.IDLE, 5, 1, 1))
    assert tray.messages == []
    assert log.identity is None


def refused(start_s: float) -> CandidateRejected:
    return CandidateRejected(start_s + 2.1, start_s, start_s + 2, Refusal.SHORT, {"depth_m": 0.09})


def told(tray: Tray) -> list[tuple[str | None, float]]:
    return [(one.session, one.start_s) for one in tray.of(RejectedMessage)]


def test_what_was_not_counted_is_told_at_once_with_its_reason_and_figures() -> None:
    tray = Tray()
    log = log_of(tray)
    lift(log, 1, 10)
    log.rejected(refused(20.0))
    (one,) = tray.of(RejectedMessage)
    assert (one.session, one.id) == (log.identity, f"{log.identity}.rejected.20000")
    assert (one.reason, one.gates) == (Refusal.SHORT, {"depth_m": 0.09})
    assert (one.start_s, one.end_s, one.at_s, one.time) == (20.0, 22.0, 22.1, EPOCH + timedelta(seconds=22))


def test_what_was_told_before_a_session_is_its_own_when_that_begins_soon() -> None:
    tray = Tray()
    log = log_of(tray)
    before = (10.0, 900.0, 960.0)
    for start_s in before:
        log.rejected(refused(start_s))
    assert told(tray) == [(None, start_s) for start_s in before]
    lift(log, 1, 900.0 + BEFORE_S)
    assert told(tray)[3:] == [(log.identity, 900.0), (log.identity, 960.0)]
    assert len({one.id for one in tray.of(RejectedMessage)}) == 5
    lift(log, 2, 1100.0)
    log.end()
    lift(log, 3, 1150.0)
    assert len(told(tray)) == 5, "nobody claims it twice"


def test_a_sensor_that_is_handled_all_day_fills_no_session() -> None:
    tray = Tray()
    log = log_of(tray)
    for k in range(100):
        log.rejected(refused(10.0 * k))
    lift(log, 1, 1000.0)
    for k in range(MOST_REJECTED + 50):
        log.rejected(refused(1100.0 + 10 * k))
    own = [start_s for session, start_s in told(tray) if session == log.identity]
    assert len(own) == MOST_REJECTED
    assert own[:2] == [880.0, 890.0]
    assert own[EARLY_REJECTED - 4] >= 1000.0
    assert len(tray.of(RejectedMessage)) == 100 + 12 + MOST_REJECTED + 50, "screens are told all the same"


def anna(load_kg: float = 80.0) -> Lifter:
    return Lifter("k7m2p9xd", load_kg, Side.BOTH)


def ben() -> Lifter:
    return Lifter("zt4wx8qr", 100.0, Side.LEFT)


def sets_of(tray: Tray) -> list[tuple[int, str, str | None, float | None]]:
    return [(one.number, one.progress.value, one.athlete, one.load_kg) for one in tray.of(SetMessage)]


def test_two_take_turns_and_each_set_is_its_lifters() -> None:
    tray = Tray()
    log = log_of(tray)
    for number, lifter in enumerate((anna(), ben(), anna(85.0)), start=1):
        log.assign(lifter, 100.0 * number - 10)
        lift(log, number, 100.0 * number)
    log.end()
    ended = [one for one in sets_of(tray) if one[1] == "ended"]
    assert [one[2:] for one in ended] == [("k7m2p9xd", 80.0), ("zt4wx8qr", 100.0), ("k7m2p9xd", 85.0)]
    assert (tray.of(SessionMessage)[-1].athlete, tray.of(SessionMessage)[-1].load_kg) == (None, None)


def test_a_session_is_one_athletes_where_all_its_sets_are() -> None:
    tray = Tray()
    log = log_of(tray)
    log.assign(anna(), 90.0)
    lift(log, 1, 100.0)
    lift(log, 2, 200.0)
    log.end()
    assert (tray.of(SessionMessage)[-1].athlete, tray.of(SessionMessage)[-1].load_kg) == ("k7m2p9xd", 80.0)
    lift(log, 3, 1000.0)
    assert sets_of(tray)[-1] == (1, "ended", None, None), "who comes after a session is somebody else"


def test_a_late_word_is_for_the_running_set_only_where_nobody_was_known() -> None:
    tray = Tray()
    log = log_of(tray)
    done = rep(1, 100.0)
    for number, first in ((1, None), (2, anna())):
        if first is not None:
            log.assign(first, 190.0)
        start_s = 100.0 * number
        log.set_started(SetStarted(start_s + 3.5, number, start_s), start_s + 3.5)
        log.assign(ben(), start_s + 4)
        log.set_ended(SetEnded(start_s + 9, Set(number, start_s, start_s + 5, (done,))), 45.0, start_s + 9)
    assert [one[:3] for one in sets_of(tray)] == [
        (1, "started", None),
        (1, "ended", "zt4wx8qr"),
        (2, "started", "k7m2p9xd"),
        (2, "ended", "k7m2p9xd"),
    ]


def test_who_does_not_lift_within_ten_minutes_is_not_waited_for() -> None:
    log = log_of(Tray())
    log.assign(anna(), 50.0)
    assert not log.idle(50.0 + SESSION_PAUSE_S - 1)
    assert log.idle(50.0 + SESSION_PAUSE_S)
    log.end()
    assert log.lifter == Lifter()
    assert not log.lifted("k7m2p9xd")
