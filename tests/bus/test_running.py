"""What was told and has not ended, and the words that end it."""

from datetime import timedelta

from sensor_hub.bus import Running
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind, Message, Progress, RepMessage, SessionMessage, SetMessage

SESSION, SET, REP = (examples()[kind] for kind in (Kind.SESSION, Kind.SET, Kind.REP))
STARTED: list[Message] = [
    SESSION.model_copy(update={"progress": Progress.STARTED, "ended": None}),
    SET.model_copy(update={"progress": Progress.STARTED, "ended": None, "end_s": None, "rep_count": 0}),
]


def after(*messages: Message) -> Running:
    running = Running()
    for message in messages:
        running = running.heard(message)
    return Running.model_validate_json(running.model_dump_json(by_alias=True))


def ends(running: Running) -> list[Message]:
    place = {"site": "gym", "machine": "press-1", "seq": 1}
    return [
        model.model_validate({"id": identity, "time": time, **place, **fields})
        for model, identity, time, fields in running.last_words()
    ]


def test_what_ended_needs_no_words() -> None:
    assert ends(after()) == []
    assert ends(after(*STARTED, REP, SET, SESSION)) == []


def test_a_running_set_ends_with_its_last_rep_and_the_session_with_it() -> None:
    set_, session = ends(after(*STARTED, REP))
    assert isinstance(set_, SetMessage)
    assert isinstance(session, SessionMessage)
    assert isinstance(REP, RepMessage)
    assert (set_.id, set_.progress, set_.rep_count, set_.ended) == (SET.id, Progress.ENDED, REP.number, REP.time)
    assert (session.id, session.progress, session.ended) == (SESSION.id, Progress.ENDED, REP.time)
    assert (session.set_count, session.rep_count) == (1, REP.number)


def test_reps_of_all_sets_are_counted_once_each() -> None:
    second = STARTED[1].model_copy(update={"number": 2, "started": SET.ended + timedelta(minutes=2)})
    rep = REP.model_copy(update={"set_number": 2, "number": 1, "time": SET.ended + timedelta(minutes=3)})
    set_, session = ends(after(*STARTED, REP, REP, SET, second, rep, rep))
    assert (set_.number, set_.rep_count) == (2, 1)
    assert (session.set_count, session.rep_count) == (2, SET.rep_count + 1)


def test_between_sets_only_the_session_ends() -> None:
    (session,) = ends(after(*STARTED, REP, SET))
    assert (session.ended, session.rep_count) == (SET.ended, SET.rep_count)
