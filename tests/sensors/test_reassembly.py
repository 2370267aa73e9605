"""Packets in order, each sample once; holes asked for, waited for as long as there is hope, and never without bound."""

import sys
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_hub import wire
from sensor_hub.model import GapReason
from sensor_hub.sensors.reassembly import ASK_AGAIN_S, HELD_SAMPLES, HOLES, PATIENCE_S, Handed, Reassembly

NONE, RESENT, DROPPED = wire.Flags(0), wire.Flags.RESENT, wire.Flags.DROPPED


def packet(first: int, count: int = 4, flags: wire.Flags = NONE) -> wire.DataPacket:
    """Sample number k is k in its counts."""
    numbers = np.arange(first, first + count)
    counts = np.stack([numbers % 30000, numbers // 30000 % 30000, numbers * 0], axis=1).astype(np.int16)
    sequence, time_us = first % wire.SEQUENCE_MODULUS, first * 10_000 % wire.TIME_MODULUS_US
    return wire.DataPacket(sequence, time_us, 10_000, 8, flags, counts)


def numbers(items: Iterable[Handed]) -> list[int | GapReason]:
    """Samples by what their counts say; reasons as they stand."""
    out: list[int | GapReason] = []
    for item in items:
        if isinstance(item, GapReason):
            out.append(item)
        else:
            out += [int(x) + 30000 * int(y) for x, y, _ in item.counts]
            assert item.time_us == item.sequence * 10_000 % wire.TIME_MODULUS_US
    return out


class Talk:
    """A reassembly that begins at 0, with packets every 40 ms."""

    def __init__(self) -> None:
        self.reassembly = Reassembly(0)
        self.at_s = 100.0

    def hear(self, first: int, count: int = 4, flags: wire.Flags = NONE, later_s: float = 0.04) -> list:
        self.at_s += later_s
        return numbers(self.reassembly.add(packet(first, count, flags), self.at_s))


def test_packets_in_order_pass_at_once_and_nothing_is_asked_for() -> None:
    talk = Talk()
    assert talk.hear(0) == [0, 1, 2, 3]
    assert talk.hear(4, 2) == [4, 5]
    assert talk.reassembly.ask() is None


def test_a_hole_is_asked_for_once_and_what_follows_waits_for_it() -> None:
    talk = Talk()
    talk.hear(0)
    assert talk.hear(8) == []
    assert talk.reassembly.ask() == (4, 4)
    assert talk.reassembly.ask() is None
    assert talk.hear(12) == []
    assert talk.hear(4, 4, RESENT) == list(range(4, 16))


def test_a_hole_filled_in_parts_hands_out_what_it_can() -> None:
    talk = Talk()
    talk.hear(10, 2)
    assert talk.reassembly.ask() == (0, 10)
    assert talk.hear(4, 3, RESENT) == []
    assert talk.hear(0, 2, RESENT) == [0, 1]
    assert talk.hear(1, 8, RESENT) == [2, 3, 4, 5, 6, 7, 8]
    assert talk.hear(9, 1, RESENT) == [9, 10, 11]


def test_a_packet_over_several_holes_fills_them_all() -> None:
    talk = Talk()
    for first in (4, 12, 20):
        talk.hear(first)
    assert talk.hear(0, 23, RESENT) == list(range(24))


def test_holes_close_to_each_other_are_asked_for_in_one_and_far_ones_after_the_answer() -> None:
    talk = Talk()
    for first in (4, 12, 100):
        talk.hear(first)
    talk.hear(104, 40)
    talk.hear(150)
    assert talk.reassembly.ask() == (0, 100)
    assert talk.reassembly.ask() is None
    talk.reassembly.answered(True)
    assert talk.reassembly.ask() == (144, 6)


def test_what_was_lost_of_an_answer_is_asked_for_as_soon_as_something_later_has_come() -> None:
    talk = Talk()
    talk.hear(50)
    assert talk.reassembly.ask() == (0, 50)
    talk.reassembly.answered(True)
    assert talk.hear(30, 20, RESENT) == []
    assert talk.reassembly.ask() == (0, 30)


def test_an_answer_that_never_comes_is_not_waited_for_long() -> None:
    talk = Talk()
    talk.hear(50)
    assert talk.reassembly.ask() == (0, 50)
    for k in range(round(ASK_AGAIN_S / 0.04) + 1):
        talk.hear(54 + 4 * k)
    assert talk.reassembly.ask() == (0, 50)


def test_a_refused_hole_is_given_up_at_once_and_only_that() -> None:
    talk = Talk()
    talk.hear(8, 40)
    talk.hear(100)
    assert talk.reassembly.ask() == (0, 8)
    assert numbers(talk.reassembly.answered(False)) == [GapReason.LOST, *range(8, 48)]
    assert talk.reassembly.ask() == (48, 52)


def test_an_answer_to_nothing_changes_nothing() -> None:
    talk = Talk()
    talk.hear(8)
    assert talk.reassembly.answered(False) == []
    assert talk.reassembly.ask() == (0, 8)


def test_a_hole_that_makes_no_progress_while_other_data_comes_is_given_up() -> None:
    talk = Talk()
    talk.hear(8)
    out, k = [], 0
    while not out:
        k += 1
        out = talk.hear(8 + 4 * k)
    assert out == [GapReason.LOST, *range(8, 12 + 4 * k)]
    assert k * 0.04 == pytest.approx(PATIENCE_S, abs=0.05)


def test_progress_and_silence_leave_hope() -> None:
    talk = Talk()
    talk.hear(60)
    for k in range(60):
        assert talk.hear(64 + 40 * k, 40, later_s=1.0) == []
        assert talk.hear(k, 1, RESENT, later_s=0.5)[:1] == [k]
    talk.hear(3000, later_s=0.5)
    assert talk.hear(3004, later_s=600.0) == [], "nothing came, so nothing was in time to come"


def test_what_the_sensor_holds_no_longer_is_given_up_and_the_rest_asked_for() -> None:
    talk = Talk()
    talk.hear(50)
    assert numbers(talk.reassembly.forget_before(20)) == [GapReason.LOST]
    assert talk.reassembly.ask() == (20, 30)
    assert talk.hear(60, 4, DROPPED) == [GapReason.LOST, 50, 51, 52, 53, GapReason.LOST, 60, 61, 62, 63]


def test_what_comes_after_it_was_given_up_is_dropped() -> None:
    talk = Talk()
    talk.hear(8)
    assert numbers(talk.reassembly.finish()) == [GapReason.LOST, 8, 9, 10, 11]
    assert talk.hear(0, 8, RESENT) == []
    assert talk.hear(12) == [12, 13, 14, 15]


def test_a_new_connection_asks_anew_and_tells_why_the_next_hole_is_there() -> None:
    talk = Talk()
    talk.hear(8)
    assert talk.reassembly.ask() == (0, 8)
    talk.reassembly.interrupted()
    assert talk.reassembly.ask() == (0, 8)
    talk.hear(20)
    talk.hear(30)
    reasons = [item for item in talk.reassembly.finish() if isinstance(item, GapReason)]
    assert reasons == [GapReason.LOST, GapReason.DISCONNECTED, GapReason.LOST]


def test_numbers_go_on_over_the_wrap_of_the_sequence() -> None:
    start = 2**32 - 6
    reassembly = Reassembly(start)
    for first in (start + 4, start + 20):
        assert reassembly.add(packet(first), 0.0) == []
    assert reassembly.ask() == (start, 20)
    items = reassembly.add(packet(start, 20, RESENT), 0.1)
    assert sum(len(item.counts) for item in items if isinstance(item, wire.DataPacket)) == 24
    assert reassembly.next_number == start + 24


def test_a_sensor_that_never_fills_a_hole_cannot_make_it_hold_without_bound() -> None:
    reassembly = Reassembly(0)
    for k in range(1, 4 * HELD_SAMPLES):
        reassembly.add(packet(2 * k, 1), 0.0)
        assert len(reassembly._holes) <= HOLES + 1
    assert reassembly.next_number > 2 * (4 * HELD_SAMPLES - HOLES - 2)
    reassembly = Reassembly(0)
    for k in range(1, HELD_SAMPLES):
        reassembly.add(packet(50 * k, 50), 0.0)
        assert sys.getsizeof(reassembly._held) < 200_000
    assert reassembly.next_number == 50 * HELD_SAMPLES


def test_one_packet_from_the_far_future_is_not_believed() -> None:
    talk = Talk()
    talk.hear(0)
    assert talk.hear(2**30) == []
    assert talk.reassembly.ask() is None
    for k in range(1, 100):
        assert talk.hear(4 * k) == list(range(4 * k, 4 * k + 4))


def test_two_that_follow_each_other_are() -> None:
    talk = Talk()
    talk.hear(0)
    assert talk.hear(2**20) == []
    assert talk.hear(2**20 + 4) == []
    assert talk.reassembly.ask() == (4, 2**20 - 4)
    assert numbers(talk.reassembly.answered(False)) == [GapReason.LOST, *range(2**20, 2**20 + 8)]


def test_a_leap_that_nothing_follows_comes_out_at_the_end() -> None:
    talk = Talk()
    talk.hear(0)
    talk.hear(5000)
    assert numbers(talk.reassembly.finish()) == [GapReason.LOST, 5000, 5001, 5002, 5003]


def test_a_packet_ahead_of_its_time_is_waited_for_without_losing_what_comes_between() -> None:
    talk = Talk()
    talk.hear(0)
    talk.hear(900)
    out = [item for k in range(2, 230) for item in talk.hear(4 * k)]
    assert out == [GapReason.LOST, *range(8, 920)]


ranges = st.tuples(st.integers(0, 200), st.integers(1, 40))


@given(
    st.lists(
        st.tuples(st.just("data"), ranges)
        | st.tuples(st.just("resent"), ranges)
        | st.tuples(st.sampled_from(["ask", "granted", "refused", "forget", "interrupted", "pause"]), ranges),
        max_size=50,
    )
)
def test_whatever_comes_in_whatever_order_what_goes_out_is_each_sample_once_and_every_hole_is_told(
    steps: list[tuple[str, tuple[int, int]]],
) -> None:
    talk = Talk()
    out: list[int | GapReason] = []
    came: set[int] = set()
    for what, (first, count) in steps:
        if what in ("data", "resent"):
            came |= set(range(first, first + count))
            out += talk.hear(first, count, RESENT if what == "resent" else NONE)
        elif what == "ask" and (asked := talk.reassembly.ask()):
            assert asked[1] > 0
            assert asked[0] not in came
        elif what in ("granted", "refused"):
            out += numbers(talk.reassembly.answered(what == "granted"))
        elif what == "forget":
            out += numbers(talk.reassembly.forget_before(first))
        elif what == "interrupted":
            talk.reassembly.interrupted()
        else:
            talk.at_s += 10.0
    out += numbers(talk.reassembly.finish())
    given_out = [item for item in out if isinstance(item, int)]
    assert given_out == sorted(set(given_out))
    assert set(given_out) <= came
    expected = 0
    told = False
    for item in out:
        if isinstance(item, GapReason):
            told = True
        else:
            assert item == expected or told
            expected, told = item + 1, False
    assert talk.reassembly.next_number == expected == max(came, default=-1) + 1


@st.composite
def lossy_air(draw: st.DrawFn) -> list[bool]:
    """Which notifications get through: any pattern, then all of them."""
    return draw(st.lists(st.booleans(), max_size=120))


@given(lossy_air(), st.integers(1, 38), st.booleans())
def test_against_a_sensor_that_keeps_its_word_nothing_is_lost(through: list[bool], full: int, ring: bool) -> None:
    """The sensor serves requests in order and before live data; any notification may be lost, answers as well."""
    talk = Talk()
    talk.hear(0)
    out: list[int | GapReason] = [0, 1, 2, 3]
    waiting: list[tuple[int, int]] = []
    following = 4
    for arrives in [*through, *[True] * 60]:
        asked = talk.reassembly.ask()
        if asked is not None:
            if ring:
                waiting.append(asked)
            if arrives:
                out += numbers(talk.reassembly.answered(ring))
        if waiting:
            first, count = waiting.pop(0)
            if count > full:
                waiting.insert(0, (first + full, count - full))
            heard = (first, min(full, count), RESENT)
        else:
            heard, following = (following, 4, NONE), following + 4
        if arrives:
            out += talk.hear(*heard)
        else:
            talk.at_s += 0.04
    samples = [item for item in out if isinstance(item, int)]
    if ring:
        assert out == list(range(len(out)))
        assert len(out) > 8
    else:
        assert samples == sorted(set(samples))
        assert samples[-1] == following - 1
