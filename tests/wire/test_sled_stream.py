"""The sled driver's stream: packets in, samples and exact gaps out, on time that never steps back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_hub import wire
from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, GapReason, Samples
from sensor_hub.sensors import DRIVERS, SLED, Advertisement, Query, Subscribe, Write, driver_for
from sensor_hub.sensors.sled import SledStream

PERIOD_US = 10_000
NO_FLAGS = wire.Flags(0)


def packet(first: int, count: int = 4, *, time_us: int | None = None, flags: wire.Flags = NO_FLAGS) -> bytes:
    counts = np.arange(first, first + count).repeat(3).reshape(-1, 3) % 1000
    return wire.DataPacket(
        sequence=first,
        time_us=first * PERIOD_US if time_us is None else time_us,
        period_us=PERIOD_US,
        range_g=8,
        flags=flags,
        counts=counts.astype(np.int16),
    ).encode()


def state(boot_id: int, bits: int = 16) -> bytes:
    return wire.State(wire.Mode.STREAMING, 8, bits, 100.0, boot_id, 0, 0).encode()


def feed(stream: SledStream, *packets: bytes, arrival_s: float = 0.0) -> list[Samples | Gap]:
    return [item for data in packets for item in stream.feed(wire.DATA_UUID, data, arrival_s)]


def test_counts_become_metres_per_second_squared() -> None:
    full_scale = wire.DataPacket(
        0, 500_000, PERIOD_US, 8, wire.Flags.SATURATED, np.array([[-32768, 0, 4096]], np.int16)
    )
    (samples,) = feed(SledStream(), full_scale.encode())
    assert isinstance(samples, Samples)
    np.testing.assert_allclose(samples.accel_mps2, [[-8 * STANDARD_GRAVITY_MPS2, 0.0, STANDARD_GRAVITY_MPS2]])
    assert samples.time_s.tolist() == [0.5]
    assert samples.resolution_mps2 == pytest.approx(8 * STANDARD_GRAVITY_MPS2 / 32768)
    assert samples.saturated


def test_a_coarse_converter_has_a_coarser_resolution() -> None:
    stream = SledStream()
    stream.feed(wire.STATE_UUID, state(1, bits=14), 0.0)
    (samples,) = feed(stream, packet(0))
    assert isinstance(samples, Samples)
    assert samples.resolution_mps2 == pytest.approx(4 * 8 * STANDARD_GRAVITY_MPS2 / 32768)


def test_packets_in_order_give_evenly_spaced_samples_and_no_gap() -> None:
    items = feed(SledStream(), packet(0), packet(4), packet(8, 1), packet(9, 3))
    assert all(isinstance(item, Samples) for item in items)
    time_s = np.concatenate([item.time_s for item in items if isinstance(item, Samples)])
    np.testing.assert_allclose(time_s, np.arange(12) / 100, atol=1e-12)


def test_a_hole_in_the_sequence_is_a_gap_with_its_exact_number_of_samples() -> None:
    _, gap, _ = feed(SledStream(), packet(0), packet(11))
    assert gap == Gap(pytest.approx(0.03), pytest.approx(0.11), 7, GapReason.LOST)


def test_a_hole_after_a_lost_connection_says_so_and_the_next_one_does_not() -> None:
    stream = SledStream()
    feed(stream, packet(0))
    stream.interrupted()
    items = feed(stream, packet(10), packet(20))
    assert [item.reason for item in items if isinstance(item, Gap)] == [GapReason.DISCONNECTED, GapReason.LOST]


def test_what_was_seen_before_is_dropped_and_an_overlap_is_cut() -> None:
    stream = SledStream()
    feed(stream, packet(0), packet(4))
    assert feed(stream, packet(4), packet(0)) == []
    (cut,) = feed(stream, packet(6, 5))
    assert isinstance(cut, Samples)
    np.testing.assert_allclose(cut.time_s, [0.08, 0.09, 0.10])


def test_sequence_and_time_wrap_around() -> None:
    stream = SledStream()
    last = 2**32 - 2
    wrap_us = 2**40
    items = feed(
        stream,
        packet(last, 2, time_us=wrap_us - 2 * PERIOD_US),
        packet(0, 2, time_us=0),
        packet(5, 1, time_us=5 * PERIOD_US),
    )
    gap = items[2]
    assert isinstance(gap, Gap)
    assert gap.lost == 3
    time_s = np.concatenate([item.time_s for item in items if isinstance(item, Samples)])
    np.testing.assert_allclose(np.diff(time_s), [0.01, 0.01, 0.01, 0.04], atol=1e-6)


@pytest.mark.parametrize("how", ["flag", "boot id"])
def test_after_a_restart_time_goes_on_by_what_the_arrival_says(how: str) -> None:
    stream = SledStream()
    stream.feed(wire.STATE_UUID, state(1), 100.0)
    feed(stream, packet(500), arrival_s=100.0)
    stream.interrupted()
    if how == "boot id":
        stream.feed(wire.STATE_UUID, state(2), 106.9)
    flags = wire.Flags.RESTARTED if how == "flag" else NO_FLAGS
    gap, samples, following = [*feed(stream, packet(0, flags=flags), packet(4), arrival_s=107.0)]
    assert isinstance(gap, Gap)
    assert isinstance(samples, Samples)
    assert isinstance(following, Samples)
    assert (gap.reason, gap.lost) == (GapReason.RESTARTED, None)
    assert samples.time_s[-1] == pytest.approx(5.03 + 7.0)
    assert gap.end_s == samples.time_s[0]
    np.testing.assert_allclose(np.diff([*samples.time_s, *following.time_s]), 0.01)


def test_a_restart_that_arrives_in_a_burst_still_moves_time_forward() -> None:
    stream = SledStream()
    feed(stream, packet(500), arrival_s=100.0)
    _, samples = feed(stream, packet(0, 30, flags=wire.Flags.RESTARTED), arrival_s=100.001)
    assert isinstance(samples, Samples)
    assert samples.time_s[0] > 5.03


def test_the_same_boot_after_a_reconnect_is_no_restart() -> None:
    stream = SledStream()
    for first in (0, 4):
        stream.feed(wire.STATE_UUID, state(7), 0.0)
        assert all(isinstance(item, Samples) for item in feed(stream, packet(first)))


def test_time_that_stands_still_is_refused_and_the_stream_goes_on() -> None:
    stream = SledStream()
    feed(stream, packet(4))
    with pytest.raises(PacketError, match="not dated after"):
        feed(stream, packet(8, time_us=0))
    gap, _ = feed(stream, packet(12))
    assert isinstance(gap, Gap)
    assert gap.lost == 4


def test_setup_subscribes_before_it_starts_and_a_refusal_becomes_a_sentence() -> None:
    stream = SledStream()
    steps = list(stream.setup(rate_hz=100.0))
    assert [type(step) for step in steps] == [Subscribe, Subscribe, Query, Write, Write]
    assert steps[-1] == Write(wire.CONTROL_UUID, b"\x01")
    for answer, refusal, idle in (
        ("f00302", "The sensor refuses SET_RATE: bad parameter.", False),
        ("f00100", "The sensor refuses SET_RATE: bad parameter.", False),
        ("f00300", None, False),
        ("f00103", "The sensor refuses START: not now.", True),
        ("f00100", None, False),
    ):
        stream.feed(wire.CONTROL_UUID, bytes.fromhex(answer), 0.0)
        assert (stream.refusal, stream.idle) == (refusal, idle)


def test_the_driver_is_found_by_its_service() -> None:
    assert driver_for(Advertisement(service_uuids=(wire.SERVICE_UUID,)), DRIVERS) is SLED
    assert driver_for(Advertisement(name="sled-01"), DRIVERS) is None


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=20))
def test_whatever_order_packets_come_in_every_sample_is_counted_once(pieces: list[tuple[int, int]]) -> None:
    """Received plus missing is always the distance from the first sample to the last; time only rises."""
    items = feed(SledStream(), *(packet(first, count) for first, count in pieces))
    counted = sum(len(item) if isinstance(item, Samples) else item.lost or 0 for item in items)
    time_s = [float(t) for item in items if isinstance(item, Samples) for t in item.time_s]
    assert time_s == sorted(set(time_s))
    if pieces:
        assert counted == round((time_s[-1] - time_s[0]) * 100) + 1
