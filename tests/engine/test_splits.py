"""However a stream is cut into blocks, the events are the same; however long it is, the memory stays small."""

import pickle
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_hub.engine import Engine
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Event, Gap, GapSeen, RepSettled, Samples, Saturated
from tests.engine.conftest import between, part, perform, perform_acts, reps_of

REST = {"kind": "rest", "seconds": 8}
REPS = 4
GAP_S = (14.0, 14.6)


@cache
def whole() -> Samples:
    """A short set with everything in it, 30 s of it."""
    one = {"kind": "set", "reps": REPS, "tempo": "1.2-0.3-0.8-0.3", "settle_s": 1, "bounced": [2]}
    return between(perform_acts(REST, one).samples, 0.0, 30.0)


@cache
def torn() -> tuple[Samples, Samples]:
    return between(whole(), 0.0, GAP_S[0]), between(whole(), GAP_S[1])


def tell_cut(engine: Engine, samples: Samples, edges: Sequence[int]) -> list[Event]:
    inside = sorted(edge for edge in edges if edge < len(samples))
    cuts = pairwise([0, *inside, len(samples)])
    return [event for start, stop in cuts for event in engine.feed(part(samples, start, stop))]


@cache
def crushed() -> Samples:
    """The same short set felt by a sensor whose range its bounces exceed."""
    one = {"kind": "set", "reps": REPS, "tempo": "1.2-0.3-0.8-0.3", "settle_s": 1, "bounced": [2, 3]}
    return between(perform_acts(REST, one, seed=1, sensor={"range_g": 2}).samples, 0.0, 30.0)


def told_crushed(edges: Sequence[int]) -> list[Event]:
    """Each block says for itself whether any of its samples is at the end of the range."""
    samples, engine, events = crushed(), Engine(), []
    at_the_end = np.abs(samples.accel_mps2).max(axis=1) > 0.999 * 2 * STANDARD_GRAVITY_MPS2
    for start, stop in pairwise([0, *(edge for edge in sorted(edges) if edge < len(samples)), len(samples)]):
        block = part(samples, start, stop)
        saturated = bool(at_the_end[start:stop].any())
        events += engine.feed(Samples(block.time_s, block.accel_mps2, saturated=saturated))
    return events + engine.finish()


def told_whole(edges: Sequence[int]) -> list[Event]:
    engine = Engine()
    return tell_cut(engine, whole(), edges) + engine.finish()


def told_torn(edges: Sequence[int]) -> list[Event]:
    engine, (before, after) = Engine(), torn()
    events = tell_cut(engine, before, edges)
    events += engine.feed(Gap(*GAP_S, lost=60))
    return events + tell_cut(engine, after, edges) + engine.finish()


@cache
def expected_whole() -> list[Event]:
    return told_whole([])


@cache
def expected_torn() -> list[Event]:
    return told_torn([])


@cache
def expected_crushed() -> list[Event]:
    return told_crushed([])


EDGES = st.lists(st.integers(0, 3200), max_size=60)


def test_the_recording_shows_what_it_should() -> None:
    assert len(reps_of(expected_whole())) == REPS
    assert [event.gap.lost for event in expected_torn() if isinstance(event, GapSeen)] == [60]
    assert any(isinstance(event, RepSettled) and event.rep.end_s > GAP_S[1] for event in expected_torn())
    assert len(reps_of(expected_crushed())) == REPS
    assert sum(isinstance(event, Saturated) for event in expected_crushed()) == 1


@settings(max_examples=15, deadline=None, derandomize=True)
@given(edges=EDGES)
def test_any_cut_gives_the_same_events(edges: list[int]) -> None:
    assert told_whole(edges) == expected_whole()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(edges=EDGES)
def test_any_cut_around_a_gap_gives_the_same_events(edges: list[int]) -> None:
    assert told_torn(edges) == expected_torn()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(edges=EDGES)
def test_any_cut_of_samples_beyond_the_range_gives_the_same_events(edges: list[int]) -> None:
    assert told_crushed(edges) == expected_crushed()


def test_single_samples_give_the_same_events() -> None:
    assert told_crushed(range(1, len(crushed()))) == expected_crushed()
    assert told_whole(range(1, len(whole()))) == expected_whole()
    assert told_torn(range(1, len(whole()))) == expected_torn()


def test_a_stream_in_motion_from_its_start_is_cut_like_any_other() -> None:
    performed = perform("touchandgo", 11)
    second, last = performed.sets[0][1], performed.sets[0][-1]
    samples = between(performed.samples, second["start_s"], last["end_s"])
    engine, other = Engine(), Engine()
    told = tell_cut(engine, samples, []) + engine.finish()
    assert tell_cut(other, samples, range(7, len(samples), 7)) + other.finish() == told
    assert reps_of(told) != []


def test_blocks_are_left_as_they_were() -> None:
    samples = whole()
    time_s, force = samples.time_s.copy(), samples.accel_mps2.copy()
    told_whole([500])
    np.testing.assert_array_equal(samples.time_s, time_s)
    np.testing.assert_array_equal(samples.accel_mps2, force)


def test_twenty_minutes_take_no_more_memory_than_four() -> None:
    """The same half minute again and again, three times as many reps and no gap between them."""
    engine, samples = Engine(), whole()
    interval_s = float(np.median(np.diff(samples.time_s)))
    length_s = float(samples.time_s[-1] - samples.time_s[0]) + interval_s
    sizes, reps = [], 0
    for turn in range(round(1200 / length_s)):
        again = Samples(samples.time_s + turn * length_s, samples.accel_mps2)
        reps += len(reps_of(tell_cut(engine, again, range(0, len(again), 500))))
        sizes.append(len(pickle.dumps(engine)))
    quarter = len(sizes) // 4
    assert reps >= REPS * len(sizes) * 0.9
    assert max(sizes[quarter:]) < 1.2 * max(sizes[:quarter])
    assert max(sizes) < 3_000_000
