"""The sensor's ring buffer and how it fills packets from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.packer import SampleRing
from sensor_hub import wire


def ring(capacity: int = 100, bits: int = 16) -> SampleRing:
    return SampleRing(capacity, range_g=8, bits=bits, period_us=10_000)


def fill(target: SampleRing, sequences: range, value: int = 7) -> None:
    for sequence in sequences:
        target.push(sequence, sequence * 10_000, (value, 0, 0))


def pack(target: SampleRing, limit: int = 38) -> wire.DataPacket:
    packet = target.pack(limit)
    assert packet is not None
    return packet


def drain(target: SampleRing, limit: int = 38) -> list[tuple[int, int, wire.Flags]]:
    """First sequence, number of samples and flags of every packet until there is none."""
    packets = []
    while packet := target.pack(limit):
        packets.append((packet.sequence, len(packet.counts), packet.flags))
    return packets


NONE, RESENT, DROPPED = wire.Flags(0), wire.Flags.RESENT, wire.Flags.DROPPED


def test_a_packet_takes_the_oldest_samples_up_to_the_limit() -> None:
    samples = ring()
    fill(samples, range(5, 25))
    first, second = pack(samples, 12), pack(samples, 12)
    assert (first.sequence, len(first.counts), first.time_us, first.period_us) == (5, 12, 50_000, 10_000)
    assert (second.sequence, len(second.counts)) == (17, 8)
    assert samples.pack(12) is None


def test_only_the_first_packet_since_the_boot_says_so() -> None:
    samples = ring()
    fill(samples, range(8))
    assert pack(samples, 4).flags == wire.Flags.RESTARTED
    assert pack(samples, 4).flags == NONE


def test_a_full_ring_overwrites_the_oldest_and_says_so_once() -> None:
    samples = ring(capacity=10)
    fill(samples, range(25))
    assert samples.dropped == 15
    assert (pack(samples, 5).sequence, pack(samples, 5).sequence) == (15, 20)
    fill(samples, range(25, 36))
    assert drain(samples, 5) == [(26, 5, DROPPED), (31, 5, NONE)]


def test_what_was_sent_is_overwritten_without_a_word() -> None:
    samples = ring(capacity=10)
    for first in range(0, 100, 5):
        fill(samples, range(first, first + 5))
        assert wire.Flags.DROPPED not in pack(samples, 5).flags
    assert samples.dropped == 0
    assert samples.oldest_sequence == 90


def test_what_is_asked_for_goes_out_first_in_full_packets_and_says_so() -> None:
    samples = ring()
    fill(samples, range(50))
    assert drain(samples, 50) == [(0, 50, wire.Flags.RESTARTED)]
    fill(samples, range(50, 54))
    assert samples.resend(3, 20)
    assert samples.resend(40, 2)
    assert drain(samples, 15) == [(3, 15, RESENT), (18, 5, RESENT), (40, 2, RESENT), (50, 4, NONE)]


def test_of_a_range_only_what_is_held_is_resent_and_nothing_is_refused() -> None:
    samples = ring(capacity=20)
    assert not samples.resend(0, 5)
    fill(samples, range(40))
    drain(samples)
    assert not samples.resend(0, 20), "overwritten"
    assert not samples.resend(40, 1000), "not taken yet"
    assert not samples.resend(30, 0)
    assert samples.resend(15, 10)
    assert samples.resend(38, 2**32 - 1)
    assert drain(samples) == [(20, 5, RESENT), (38, 2, RESENT)]


def test_what_is_overwritten_while_it_waits_is_left_out() -> None:
    samples = ring(capacity=20)
    fill(samples, range(20))
    drain(samples)
    assert samples.resend(0, 20)
    fill(samples, range(20, 35))
    assert drain(samples) == [(15, 5, RESENT), (20, 15, NONE)]


def test_clear_sends_nothing_more_by_itself_but_keeps_it() -> None:
    samples = ring()
    fill(samples, range(10))
    samples.clear()
    assert samples.pack(38) is None
    assert samples.oldest_sequence == 0
    assert samples.resend(0, 10)
    assert drain(samples) == [(0, 10, RESENT)]


def test_requests_are_forgotten_with_who_asked() -> None:
    samples = ring()
    fill(samples, range(10))
    drain(samples)
    assert samples.resend(0, 10)
    samples.forget_requests()
    assert samples.pack(38) is None


def test_of_too_many_requests_the_newest_are_served() -> None:
    samples = ring()
    fill(samples, range(30))
    drain(samples)
    for first in range(0, 2 * wire.RESEND_RANGES + 2, 2):
        assert samples.resend(first, 1)
    assert [first for first, *_ in drain(samples)] == list(range(2, 2 * wire.RESEND_RANGES + 2, 2))


def test_sequence_numbers_wrap_in_the_middle_of_a_request() -> None:
    samples = ring()
    fill(samples, range(2**32 - 10, 2**32 + 10))
    drain(samples)
    assert samples.resend(2**32 - 2, 4)
    packet = pack(samples)
    assert (packet.sequence, len(packet.counts)) == (2**32 - 2, 4)
    assert samples.resend(1, 4)
    assert pack(samples).encode()[:4] == b"\x01\x00\x00\x00"


def test_a_hole_ends_a_packet() -> None:
    samples = ring()
    fill(samples, range(3))
    fill(samples, range(10, 13))
    assert [packet[:2] for packet in drain(samples)] == [(0, 3), (10, 3)]
    assert samples.resend(2, 9)
    assert [packet[:2] for packet in drain(samples)] == [(2, 1), (10, 1)]


def test_uneven_spacing_ends_a_packet_so_that_every_time_is_true() -> None:
    samples = ring()
    times_us = [0, 130_000, 260_000, 433_000, 606_000]
    for sequence, time_us in enumerate(times_us):
        samples.push(sequence, time_us, (0, 0, 0))
    decoded: list[int] = []
    while packet := samples.pack(38):
        decoded += [packet.time_us + index * packet.period_us for index in range(len(packet.counts))]
    assert decoded == times_us


@pytest.mark.parametrize(
    ("bits", "value", "saturated"),
    [(16, 32767, True), (16, -32768, True), (16, 32766, False), (14, 32764, True), (14, 32760, False)],
)
def test_saturation_is_the_end_of_the_converters_range(bits: int, value: int, saturated: bool) -> None:
    samples = ring(bits=bits)
    fill(samples, range(1), value)
    assert (wire.Flags.SATURATED in pack(samples).flags) is saturated


@given(
    st.integers(1, 40),
    st.lists(
        st.tuples(st.just("push"), st.integers(1, 30), st.integers(0, 5))
        | st.tuples(st.just("pack"), st.integers(1, 12), st.just(0))
        | st.tuples(st.just("resend"), st.integers(0, 300), st.integers(1, 60)),
        max_size=60,
    ),
)
def test_every_sample_is_sent_once_and_again_as_often_as_asked(
    capacity: int, steps: list[tuple[str, int, int]]
) -> None:
    """Against the plain account: sent + dropped + waiting is all there was; what is resent is what is held."""
    samples = ring(capacity)
    taken: list[int] = []
    sent: list[int] = []
    for what, first, second in steps:
        if what == "push":
            start = (taken[-1] + 1 if taken else 0) + second
            fill(samples, range(start, start + first))
            taken += range(start, start + first)
        elif what == "resend":
            held = [number for number in taken[-capacity:] if first <= number < first + second]
            assert samples.resend(first, second) is bool(held)
        elif packet := samples.pack(first):
            numbers = range(packet.sequence, packet.sequence + len(packet.counts))
            assert set(numbers) <= set(taken[-capacity:])
            if RESENT not in packet.flags:
                sent += numbers
    samples.forget_requests()
    while packet := samples.pack(38):
        sent += (packet.sequence + np.arange(len(packet.counts))).tolist()
    assert sent == sorted(set(sent))
    assert len(sent) + samples.dropped == len(taken)
