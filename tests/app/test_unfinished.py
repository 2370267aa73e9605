"""A hub that loses its power in a session ends it when it comes back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sensor_hub.app.outlet import BrokerOutlet
from sensor_hub.app.unfinished import UnfinishedSession
from sensor_hub.bus import BrokerAddress, Outbox, decode
from sensor_hub.messages import Message, Progress, SessionMessage, SetMessage

NINE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
NOBODY = BrokerAddress.parse("mqtt://127.0.0.1:1")


def session(progress: Progress, minutes: int = 0) -> SessionMessage:
    return SessionMessage(
        id=f"s.{progress}", seq=1, time=NINE, site="gym", machine="press", session="s", progress=progress,
        started=NINE, ended=NINE + timedelta(minutes=minutes) if minutes else None, sensor="A",
    )  # fmt: skip


def ended_set(number: int, reps: int) -> SetMessage:
    ended = NINE + timedelta(minutes=number)
    return SetMessage(
        id=f"s.{number}.ended", seq=2, time=ended, site="gym", machine="press", session="s", number=number,
        progress=Progress.ENDED, start_s=1, end_s=2, started=NINE, ended=ended, rep_count=reps, incline_deg=45,
    )  # fmt: skip


def lift(folder: Path, *messages: Message) -> None:
    """A hub's outlet that says so much and then is gone without a word."""
    outlet = BrokerOutlet(NOBODY, folder, "hub", "gym", "press")
    for message in messages:
        outlet.append(message)
    outlet.stop()


def waiting(folder: Path) -> list[SessionMessage]:
    outbox = Outbox(folder / "outbox" / "gym.press.db")
    found = [decode(row.topic, row.payload) for row in outbox.after(0, 100)]
    outbox.close()
    return [message for message in found if isinstance(message, SessionMessage)]


def test_a_session_cut_off_is_ended_at_the_next_start(tmp_path: Path) -> None:
    lift(tmp_path, session(Progress.STARTED), ended_set(1, 8), ended_set(2, 6))
    lift(tmp_path)
    started, ended = waiting(tmp_path)
    assert (started.progress, ended.progress) == (Progress.STARTED, Progress.ENDED)
    assert (ended.id, ended.set_count, ended.rep_count) == ("s.ended", 2, 14)
    assert ended.ended == NINE + timedelta(minutes=2)
    assert ended.seq > started.seq
    lift(tmp_path)
    assert len(waiting(tmp_path)) == 2


def test_a_session_that_ended_is_not_ended_again(tmp_path: Path) -> None:
    lift(tmp_path, session(Progress.STARTED), ended_set(1, 8), session(Progress.ENDED, minutes=1))
    lift(tmp_path)
    assert [one.progress for one in waiting(tmp_path)] == [Progress.STARTED, Progress.ENDED]


def test_a_damaged_note_is_no_session(tmp_path: Path) -> None:
    (tmp_path / "note.json").write_text("{half", encoding="utf-8")
    assert UnfinishedSession(tmp_path / "note.json").left_over() is None
