"""What is told when: reps as they end, phases as they begin, sets by themselves."""

from itertools import pairwise

import numpy as np
import pytest

from sensor_hub.engine import Engine
from sensor_hub.model import Motion, Phase, PhaseBegan, RepSettled, Set, SetEnded, SetStarted
from tests.engine.conftest import Performed, between, perform, perform_acts, reps_of, tell

POOL = [("controlled", 11), ("explosive", 11), ("partials", 11), ("touchandgo", 11), ("cheap", 11), ("bounce", 12)]
REST = {"kind": "rest", "seconds": 10}


def sets_of(events: list) -> list[Set]:
    return [event.set for event in events if isinstance(event, SetEnded)]


def lateness(performed: Performed) -> list[float]:
    return [event.at_s - truth["end_s"] for truth, event in performed.found]


def test_reps_are_told_as_they_end() -> None:
    late_s = [late for family, seed in POOL for late in lateness(perform(family, seed))]
    assert np.median(late_s) < 0.15
    assert np.mean(np.array(late_s) < 0.35) >= 0.95
    assert max(late_s) < 0.7


@pytest.mark.parametrize(("family", "seed"), POOL)
def test_the_last_rep_of_a_set_is_told_like_any_other(family: str, seed: int) -> None:
    performed = perform(family, seed)
    last = [event.at_s - truth["end_s"] for truth, event in performed.found if truth["top_pause_s"] is None]
    assert len(last) == len(performed.sets)
    assert max(last) < 0.35


def test_phases_are_told_as_they_begin() -> None:
    late_s = [late for family, seed in POOL for late in phases_late(perform(family, seed))]
    assert len(late_s) > 250
    assert np.mean(np.array(late_s) < 0.4) >= 0.95


def phases_late(performed: Performed) -> list[float]:
    """How late each stroke was told, from 0.3 s before its true beginning on."""
    late = []
    for phase, key in ((Phase.ECCENTRIC, "start_s"), (Phase.CONCENTRIC, "turn_s")):
        told = [event.at_s for event in performed.events if isinstance(event, PhaseBegan) and event.phase is phase]
        begun = [rep[key] for rep in performed.reps]
        late += [min((at - s for at in told if at - s > -0.3), default=float("inf")) for s in begun]
    return late


@pytest.mark.parametrize(("family", "seed"), [("controlled", 11), ("partials", 11), ("no_unrack", 11)])
def test_sets_start_and_end_by_themselves(family: str, seed: int) -> None:
    performed = perform(family, seed)
    events = tell(Engine(), performed.samples)
    starts = [event for event in events if isinstance(event, SetStarted)]
    ends = [event for event in events if isinstance(event, SetEnded)]
    assert (
        [event.set_number for event in starts] == [event.set.number for event in ends] == [1, 2, 3][: len(starts)]
    )
    assert [len(event.set.reps) for event in ends] == [len(one) for one in performed.sets]
    for start, end, truth in zip(starts, ends, performed.sets, strict=True):
        assert start.start_s == end.set.start_s == pytest.approx(truth[0]["start_s"], abs=0.2)
        assert end.set.end_s == pytest.approx(truth[-1]["end_s"], abs=0.2)
        assert end.at_s - truth[-1]["end_s"] < 20.0


def test_a_long_pause_at_the_top_does_not_split_the_set() -> None:
    one = {"kind": "set", "reps": 6, "tempo": "2-0-1-0.5", "hold_after": [2, 4], "hold_s": 14}
    performed = perform_acts(REST, one)
    assert max(rep["top_pause_s"] for rep in performed.reps[:-1]) > 13.5
    assert [len(ended.reps) for ended in sets_of(performed.events)] == [6]


def test_a_set_ends_with_the_reps_that_were_settled_and_their_pauses() -> None:
    for one in sets_of(perform("controlled", 11).events):
        settled = [event.rep for event in perform("controlled", 11).settled if event.set_number == one.number]
        assert [without_pause(rep) for rep in one.reps] == [without_pause(rep) for rep in settled]
        pauses = [later.start_s - rep.end_s for rep, later in pairwise(one.reps)]
        assert [rep.top_pause_s for rep in one.reps] == [*map(pytest.approx, pauses), None]


def without_pause(rep: object) -> dict[str, object]:
    return {name: getattr(rep, name) for name in rep.__slots__ if name != "top_pause_s"}


def test_finish_closes_an_open_set() -> None:
    performed = perform("controlled", 11)
    third = performed.sets[0][2]
    engine = Engine()
    events = tell(engine, between(performed.samples, 0.0, third["end_s"] + 0.4))
    assert len(reps_of(events)) == 3
    assert sets_of(events) == []
    assert [len(one.reps) for one in sets_of(engine.finish())] == [3]
    assert engine.finish() == []


def test_the_screen_is_told_twenty_times_a_second_in_order() -> None:
    told = [event.at_s for event in perform("controlled", 11).events if isinstance(event, Motion)]
    steps = np.diff([at_s for at_s in told if at_s > told[0]])
    assert 0.03 < np.median(steps) < 0.06
    assert steps.min() > 0


def test_a_report_is_told_all_but_the_motion() -> None:
    samples = between(perform("controlled", 11).samples, 0.0, 60.0)
    live, report = Engine(), Engine(motion=False)
    told = live.feed(samples) + live.finish()
    assert report.feed(samples) + report.finish() == [event for event in told if not isinstance(event, Motion)]
    assert reps_of(told) != []


def test_the_screen_counts_what_has_been_settled() -> None:
    reps = 0
    for event in perform("partials", 11).events:
        if isinstance(event, SetStarted):
            reps = 0
        if isinstance(event, RepSettled):
            reps += 1
        if isinstance(event, Motion):
            assert event.rep_count == reps
    assert reps == len(perform("partials", 11).sets[-1])


def test_a_rep_tells_its_phases_in_order() -> None:
    events = perform("pause_bottom", 11).events
    for truth, settled in perform("pause_bottom", 11).found:
        phases = [
            event.phase
            for event in events
            if isinstance(event, PhaseBegan) and truth["start_s"] < event.at_s <= settled.at_s
        ]
        assert phases == [Phase.ECCENTRIC, Phase.BOTTOM, Phase.CONCENTRIC, Phase.TOP]
