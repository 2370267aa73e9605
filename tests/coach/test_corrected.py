"""Corrections lie over what was measured: none is lost, each can be taken back, and the rest does not change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_hub.coach.aim import aim
from sensor_hub.coach.corrected import ShownSet, lay_over, number_at, turn_of
from sensor_hub.coach.corrections import FLAGS, Correction, Kind, Lifter
from sensor_hub.errors import MissingError, UnfitError
from sensor_hub.messages import RepMessage, SetMessage, Side
from tests.store.conftest import Lifter as Evening

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
ANNA = Lifter("k7m2p9xd", 80.0, Side.LEFT)
SETS = (4, 3, 0, 5)
"""Reps of each set."""


def measured(counts: tuple[int, ...] = SETS) -> tuple[list[SetMessage], list[RepMessage]]:
    evening = Evening()
    sets = [
        evening.set_(number, [0.5 * rep for rep in range(1, count)] + [None] * (count > 0), count)
        for number, count in enumerate(counts, 1)
    ]
    reps = [evening.rep(number, rep) for number, count in enumerate(counts, 1) for rep in range(1, count + 1)]
    return sets, reps


class Desk:
    """Says one thing after the other of a session."""

    def __init__(self, counts: tuple[int, ...] = SETS) -> None:
        self.sets, self.reps = measured(counts)
        self.said: list[Correction] = []

    @property
    def shown(self) -> list[ShownSet]:
        return lay_over(self.sets, self.reps, self.said)

    def say(self, kind: Kind, set_number: int, rep_number: int | None = None, **more: Any) -> Correction:
        first, last = aim(self.shown, kind, set_number, rep_number)
        number = len(self.said) + 1
        one = Correction(number, "evening", kind, NOW, set_number, rep_number, first, last, **more)
        self.said.append(one)
        return one

    def take_back(self, one: Correction) -> None:
        self.said[self.said.index(one)] = replace(one, revoked=NOW)


def told(shown: list[ShownSet]) -> list[tuple[int, list[int]]]:
    """Of each set that counts its number and those of its reps."""
    return [(one.lifted.number, [rep.rep.number for rep in one.reps if rep.counts]) for one in shown if one.counts]


def test_without_a_word_it_is_what_was_measured() -> None:
    desk = Desk()
    assert [one.lifted for one in desk.shown] == desk.sets
    assert [rep.rep for one in desk.shown for rep in one.reps] == desk.reps
    assert all(one.counts for one in desk.shown)


def test_a_set_that_two_lifted_is_split_and_the_second_part_is_somebodys() -> None:
    desk = Desk((6, 3))
    desk.say(Kind.SPLIT, 1, 4)
    desk.say(Kind.LIFTER, 1, 5, lifter=ANNA)
    first, second, third = desk.shown
    assert told(desk.shown) == [(1, [1, 2, 3, 4]), (2, [1, 2]), (3, [1, 2, 3])]
    assert [one.lifted.athlete for one in (first, second, third)] == [None, ANNA.athlete, None]
    assert (second.lifted.load_kg, second.lifted.side) == (80.0, Side.LEFT)
    assert first.lifted.top_pauses_s == [0.5, 1.0, 1.5, None], "a change of lifters is no pause at the top"
    assert second.lifted.top_pauses_s == [2.5, None]
    last, next_ = desk.reps[3], desk.reps[4]
    assert (first.lifted.end_s, first.lifted.ended) == (last.end_s, last.time)
    assert (second.lifted.start_s, second.lifted.end_s) == (next_.start_s, desk.sets[0].end_s)
    assert second.lifted.ended == desk.sets[0].ended
    assert [rep.measured.number for rep in second.reps] == [5, 6]
    assert number_at(desk.shown, 1, last.end_s - 1) == 1
    assert number_at(desk.shown, 1, next_.turn_s) == 2
    assert number_at(desk.shown, 2, 200.0) == 3
    assert number_at(desk.shown, 9, 200.0) is None


def test_a_set_that_was_torn_is_merged() -> None:
    desk = Desk((4, 3, 2))
    desk.say(Kind.LIFTER, 1, lifter=ANNA)
    desk.say(Kind.MERGE, 1)
    one, other = desk.shown
    assert told(desk.shown) == [(1, [1, 2, 3, 4, 5, 6, 7]), (2, [1, 2])]
    assert (one.lifted.start_s, one.lifted.end_s) == (desk.sets[0].start_s, desk.sets[1].end_s)
    assert one.lifted.top_pauses_s == [0.5, 1.0, 1.5, None, 0.5, 1.0, None]
    assert one.lifted.athlete == ANNA.athlete
    assert [each.number for each in one.measured] == [1, 2]
    assert other.lifted.athlete is None


def test_what_is_discarded_stays_beside_and_moves_no_number() -> None:
    desk = Desk((3, 2, 2))
    desk.say(Kind.DISCARD_SET, 2)
    desk.say(Kind.DISCARD_REP, 1, 2)
    assert told(desk.shown) == [(1, [1, 3]), (3, [1, 2])]
    assert (desk.shown[0].lifted.rep_count, desk.shown[0].lifted.top_pauses_s) == (2, [0.5, None])
    assert [rep.measured for one in desk.shown for rep in one.reps] == desk.reps


def test_an_empty_set_is_discarded_too() -> None:
    desk = Desk((2, 0))
    desk.say(Kind.DISCARD_SET, 2)
    assert [one.counts for one in desk.shown] == [True, False]


def test_a_flag_is_overridden_and_the_measured_one_stays() -> None:
    desk = Desk((3,))
    desk.say(Kind.FLAGS, 1, 2, flags={"bounced": False, "partial": True})
    desk.say(Kind.FLAGS, 1, 2, flags={"partial": False})
    second = desk.shown[0].reps[1]
    assert (second.measured.bounced, second.measured.partial) == (True, None)
    assert (second.rep.bounced, second.rep.partial, second.rep.hard_lockout) == (False, False, False)


def test_in_another_analysis_a_word_is_about_the_same_lifting() -> None:
    """Of which the engine found one rep more, a little later, and begins to count at another set."""
    desk = Desk((3, 3))
    desk.say(Kind.DISCARD_REP, 2, 1)
    desk.say(Kind.SPLIT, 1, 2)
    late = timedelta(seconds=0.3)
    reps = [one.model_copy(update={"time": one.time + late, "number": one.number + 1}) for one in desk.reps]
    ghost = reps[0].model_copy(update={"number": 1, "time": reps[0].time - timedelta(seconds=4)})
    sets = [one.model_copy(update={"number": one.number + 3}) for one in desk.sets]
    reps = [one.model_copy(update={"set_number": one.set_number + 3}) for one in [ghost, *reps]]
    assert told(lay_over(sets, reps, desk.said)) == [(4, [1, 2, 3]), (5, [1]), (6, [3, 4])]


def test_what_does_not_go_is_refused_with_a_sentence() -> None:
    desk = Desk((3, 2, 0))
    for kind, set_number, rep_number in ((Kind.SPLIT, 1, 3), (Kind.SPLIT, 1, None), (Kind.MERGE, 2, None)):
        with pytest.raises(UnfitError):
            desk.say(kind, set_number, rep_number)
    for set_number, rep_number in ((7, None), (1, 9), (0, 1)):
        with pytest.raises(MissingError):
            desk.say(Kind.DISCARD_SET, set_number, rep_number)
    with pytest.raises(UnfitError):
        desk.say(Kind.MERGE, 3)


@st.composite
def desks(draw: st.DrawFn) -> Desk:
    desk = Desk(tuple(draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))))
    structure = [kind for kind in Kind if kind is not Kind.VERSION]
    for _ in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(structure))
        rep_number = draw(st.none() | st.integers(1, 5))
        flags = draw(st.dictionaries(st.sampled_from(FLAGS), st.booleans(), max_size=2))
        try:
            one = desk.say(kind, draw(st.integers(1, 4)), rep_number, flags=flags, lifter=ANNA)
        except (UnfitError, MissingError):
            continue
        if draw(st.integers(0, 3)) == 0:
            desk.take_back(one)
    return desk


@given(desks())
def test_no_rep_is_lost_or_doubled_and_no_number_is_given_twice(desk: Desk) -> None:
    assert sorted(turn_of(rep.measured) for one in desk.shown for rep in one.reps) == [
        turn_of(rep) for rep in desk.reps
    ]
    assert {each.number for one in desk.shown for each in one.measured} == {one.number for one in desk.sets}
    numbers = [one.lifted.number for one in desk.shown]
    assert numbers == sorted(set(numbers))
    for one in desk.shown:
        assert [rep.rep.number for rep in one.reps] == sorted({rep.rep.number for rep in one.reps})
        assert {rep.rep.set_number for rep in one.reps} <= {one.lifted.number}
        if one.lifted.top_pauses_s and one.reps:
            assert len(one.lifted.top_pauses_s) == sum(rep.counts for rep in one.reps)


@given(desks(), st.randoms(use_true_random=False))
def test_taken_back_in_any_order_it_is_what_was_measured(desk: Desk, random: Any) -> None:
    for one in random.sample(desk.said, len(desk.said)):
        desk.take_back(one)
    assert [one.lifted for one in desk.shown] == desk.sets
    assert [rep.rep for one in desk.shown for rep in one.reps] == desk.reps


@given(desks(), st.data())
def test_one_taken_back_is_as_if_never_said(desk: Desk, data: st.DataObject) -> None:
    before = [one for one in desk.said if one.revoked is None]
    if not before:
        return
    gone = data.draw(st.sampled_from(before))
    desk.take_back(gone)
    assert desk.shown == lay_over(desk.sets, desk.reps, [one for one in before if one is not gone])


@given(desks(), st.data())
def test_split_and_merged_again_nothing_has_changed(desk: Desk, data: st.DataObject) -> None:
    before = desk.shown
    reps = [rep.measured for one in before for rep in one.reps[:-1]]
    if not reps:
        return
    rep = data.draw(st.sampled_from(reps))
    desk.say(Kind.SPLIT, rep.set_number, rep.number)
    assert len(desk.shown) == len(before) + 1
    desk.say(Kind.MERGE, rep.set_number, rep.number)
    assert desk.shown == before
