"""The sensor's small memory and how it fills packets."""

import pytest

from firmware_sim.packer import SampleQueue
from sensor_hub import wire


def queue(capacity: int = 100, bits: int = 16) -> SampleQueue:
    return SampleQueue(capacity, range_g=8, bits=bits, period_us=10_000)


def fill(target: SampleQueue, sequences: range, value: int = 7) -> None:
    for sequence in sequences:
        target.push(sequence, sequence * 10_000, (value, 0, 0))


def pack(target: SampleQueue, limit: int = 38) -> wire.DataPacket:
    packet = target.pack(limit)
    assert packet is not None
    return packet


def test_a_packet_takes_the_oldest_samples_up_to_the_limit() -> None:
    samples = queue()
    fill(samples, range(5, 25))
    first, second = pack(samples, 12), pack(samples, 12)
    assert (first.sequence, len(first.counts), first.time_us, first.period_us) == (5, 12, 50_000, 10_000)
    assert (second.sequence, len(second.counts)) == (17, 8)
    assert samples.pack(12) is None


def test_only_the_first_packet_since_the_boot_says_so() -> None:
    samples = queue()
    fill(samples, range(8))
    assert pack(samples, 4).flags == wire.Flags.RESTARTED
    assert pack(samples, 4).flags == wire.Flags(0)


def test_a_full_memory_drops_the_oldest_and_says_so_once() -> None:
    samples = queue(capacity=10)
    fill(samples, range(25))
    assert samples.dropped == 15
    assert (pack(samples, 5).sequence, pack(samples, 5).sequence) == (15, 20)
    fill(samples, range(25, 36))
    late = pack(samples, 5)
    assert late.sequence == 26
    assert wire.Flags.DROPPED in late.flags
    assert wire.Flags.DROPPED not in pack(samples, 5).flags


def test_a_hole_ends_a_packet() -> None:
    samples = queue()
    fill(samples, range(3))
    fill(samples, range(10, 13))
    assert [(packet.sequence, len(packet.counts)) for packet in (pack(samples), pack(samples))] == [
        (0, 3),
        (10, 3),
    ]


def test_uneven_spacing_ends_a_packet_so_that_every_time_is_true() -> None:
    samples = queue()
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
    samples = queue(bits=bits)
    fill(samples, range(1), value)
    assert (wire.Flags.SATURATED in pack(samples).flags) is saturated
