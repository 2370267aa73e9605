"""The sled driver's stream: packets in, samples and exact gaps out, on time that never steps back.

How holes are waited for is tests/sensors/test_reassembly.py.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_hub import wire
from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, GapReason, Samples
from sensor_hub.sensors import DRIVERS, SLED, Advertisement, Query, Subscribe, Write, driver_for
from sensor_hub.sensors.sled import SledStream
from tests.sensors.sled_talk import NO_FLAGS, PERIOD_US, answer, feed, packet, resend, state


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


def test_a_hole_is_asked_for_and_filled() -> None:
    stream = SledStream()
    feed(stream, packet(0))
    assert stream.requests() == []
    assert feed(stream, packet(11)) == []
    assert stream.requests() == [resend(4, 7)]
    assert stream.requests() == []
    answer(stream, wire.Opcode.RESEND, wire.Result.OK)
    items = feed(stream, packet(4, 7, flags=wire.Flags.RESENT))
    time_s = np.concatenate([item.time_s for item in items if isinstance(item, Samples)])
    np.testing.assert_allclose(time_s, np.arange(4, 15) / 100)


def test_what_the_sensor_refuses_is_a_gap_with_its_exact_number_of_samples() -> None:
    stream = SledStream()
    feed(stream, packet(0), packet(11))
    stream.requests()
    gap, _ = answer(stream, wire.Opcode.RESEND, wire.Result.NOT_NOW)
    assert gap == Gap(pytest.approx(0.03), pytest.approx(0.11), 7, GapReason.LOST)
    assert stream.refusal is None, "the user is shown the gap"


def test_a_gap_after_a_lost_connection_says_so_and_the_next_one_does_not() -> None:
    stream = SledStream()
    feed(stream, packet(0))
    stream.interrupted()
    items = [*feed(stream, packet(10), packet(20)), *stream.finish()]
    assert [item.reason for item in items if isinstance(item, Gap)] == [GapReason.DISCONNECTED, GapReason.LOST]


def test_the_state_in_a_new_connection_tells_what_is_gone_for_good() -> None:
    stream = SledStream()
    stream.feed(wire.STATE_UUID, state(1), 0.0)
    feed(stream, packet(0))
    stream.interrupted()
    assert stream.feed(wire.STATE_UUID, state(1, following=9000, oldest=3000), 90.0) == []
    assert feed(stream, packet(3004), packet(3008), arrival_s=90.1) == []
    assert stream.requests() == [resend(3000, 4)]
    gap, *samples = feed(stream, packet(3000, flags=wire.Flags.RESENT), arrival_s=90.2)
    assert gap == Gap(pytest.approx(0.03), pytest.approx(30.0), 2996, GapReason.DISCONNECTED)
    assert len(samples) == 3


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
    items += stream.finish()
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
    stream.interrupted()
    _, samples = feed(stream, packet(0, 30, flags=wire.Flags.RESTARTED), arrival_s=100.001)
    assert isinstance(samples, Samples)
    assert samples.time_s[0] > 5.03


def test_the_same_boot_id_with_a_sequence_that_goes_back_is_another_boot() -> None:
    stream = SledStream()
    stream.feed(wire.STATE_UUID, state(7), 0.0)
    feed(stream, packet(500))
    stream.interrupted()
    stream.feed(wire.STATE_UUID, state(7, following=100), 5.0)
    gap, _ = feed(stream, packet(96))
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.RESTARTED


def test_the_same_boot_after_a_reconnect_is_no_restart() -> None:
    stream = SledStream()
    for first in (0, 4):
        stream.feed(wire.STATE_UUID, state(7, following=8), 0.0)
        assert all(isinstance(item, Samples) for item in feed(stream, packet(first)))


def test_time_that_stands_still_is_refused_and_the_stream_goes_on() -> None:
    stream = SledStream()
    feed(stream, packet(4))
    with pytest.raises(PacketError, match="not dated after"):
        feed(stream, packet(8, time_us=0))
    assert feed(stream, packet(12)) == []
    assert stream.requests() == [resend(8, 4)], "once more: it may have been a fault on the way"
    gap, _ = stream.finish()
    assert isinstance(gap, Gap)
    assert gap.lost == 4


def test_one_packet_with_a_date_far_ahead_does_not_silence_the_stream() -> None:
    stream = SledStream()
    feed(stream, packet(0), packet(4, time_us=3_600_000_000))
    for first in (8, 12):
        with pytest.raises(PacketError, match="not dated after"):
            feed(stream, packet(first))
    gap, samples = feed(stream, packet(16))
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.RESTARTED
    assert isinstance(samples, Samples)
    assert len(feed(stream, packet(20), packet(24))) == 2


def test_a_packet_that_proves_misdated_beside_its_neighbour_is_missing() -> None:
    stream = SledStream()
    feed(stream, packet(0), packet(8, time_us=500_000), packet(12, time_us=300_000), packet(16, time_us=600_000))
    *_, gap, last = feed(stream, packet(4))
    assert (gap, float(last.time_s[0])) == (Gap(0.53, 0.6, 4, GapReason.LOST), 0.6)


def test_time_is_unwrapped_over_any_number_of_days() -> None:
    stream = SledStream()
    feed(stream, packet(0))
    later = 100 * 86400 * 30
    feed(stream, packet(later, time_us=later * PERIOD_US % 2**40))
    _, samples = stream.finish()
    assert isinstance(samples, Samples)
    assert samples.time_s[0] == pytest.approx(30 * 86400)


def test_setup_subscribes_to_data_when_the_state_is_known_and_only_then_starts() -> None:
    stream = SledStream()
    assert list(stream.setup(rate_hz=100.0)) == [
        Subscribe(wire.CONTROL_UUID),
        Query(wire.STATE_UUID),
        Write(wire.CONTROL_UUID, bytes.fromhex("06")),
        Write(wire.CONTROL_UUID, bytes.fromhex("03a0860100")),
        Subscribe(wire.DATA_UUID),
        Write(wire.CONTROL_UUID, bytes.fromhex("01")),
    ]


def test_a_refusal_becomes_a_sentence() -> None:
    stream = SledStream()
    for told, refusal, idle in (
        ("f00302", "The sensor refuses SET_RATE: bad parameter.", False),
        ("f00100", "The sensor refuses SET_RATE: bad parameter.", False),
        ("f00300", None, False),
        ("f00103", "The sensor refuses START: not now.", True),
        ("f00100", None, False),
    ):
        stream.feed(wire.CONTROL_UUID, bytes.fromhex(told), 0.0)
        assert (stream.refusal, stream.idle) == (refusal, idle)


def test_the_driver_is_found_by_its_service() -> None:
    assert driver_for(Advertisement(service_uuids=(wire.SERVICE_UUID,)), DRIVERS) is SLED
    assert driver_for(Advertisement(name="sled-01"), DRIVERS) is None


def test_a_restart_while_packets_wait_gives_them_first() -> None:
    stream = SledStream()
    stream.feed(wire.STATE_UUID, state(1), 0.0)
    feed(stream, packet(0), packet(8), arrival_s=1.0)
    stream.interrupted()
    lost, held = stream.feed(wire.STATE_UUID, state(2), 5.0)
    assert isinstance(held, Samples)
    assert lost == Gap(0.03, 0.08, 4, GapReason.LOST)
    gap, samples = feed(stream, packet(0, flags=wire.Flags.RESTARTED), arrival_s=6.0)
    assert isinstance(samples, Samples)
    assert gap == Gap(0.11, float(samples.time_s[0]), None, GapReason.RESTARTED)
    assert feed(stream, packet(0, flags=wire.Flags.RESTARTED), arrival_s=6.0) == [], "the same once more"


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=20))
def test_whatever_order_packets_come_in_every_sample_is_counted_once(pieces: list[tuple[int, int]]) -> None:
    """Received plus missing is always the distance from the first sample to the last; time only rises."""
    stream = SledStream()
    items = feed(stream, *(packet(first, count) for first, count in pieces)) + stream.finish()
    counted = sum(len(item) if isinstance(item, Samples) else item.lost or 0 for item in items)
    time_s = [float(t) for item in items if isinstance(item, Samples) for t in item.time_s]
    assert time_s == sorted(set(time_s))
    if pieces:
        assert counted == round((time_s[-1] - time_s[0]) * 100) + 1


@given(
    st.lists(
        st.tuples(
            st.just(wire.DATA_UUID), st.integers(0, 2**32 - 1), st.integers(0, 2**40 - 1), st.integers(0, 63)
        )
        | st.tuples(
            st.just(wire.STATE_UUID), st.integers(0, 3), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)
        )
        | st.tuples(st.just(wire.CONTROL_UUID), st.integers(0, 8), st.integers(0, 3), st.just(0))
        | st.tuples(st.sampled_from(["requests", "interrupted"]), st.just(0), st.just(0), st.just(0)),
        max_size=40,
    )
)
def test_a_sensor_that_lies_breaks_nothing(said: list[tuple[str, int, int, int]]) -> None:
    stream = SledStream()
    items: list[Samples | Gap] = []
    for at, (what, a, b, c) in enumerate(said):
        try:
            if what == wire.DATA_UUID:
                flags = wire.Flags(c % 32)
                items += stream.feed(what, packet(a, c % 9 + 1, time_us=b, flags=flags), float(at))
            elif what == wire.STATE_UUID:
                items += stream.feed(what, state(a, following=b, oldest=c), float(at))
            elif what == wire.CONTROL_UUID:
                items += stream.feed(what, bytes((0xF0, a, b)), float(at))
            elif what == "interrupted":
                stream.interrupted()
            else:
                assert len(stream.requests()) <= 2
        except PacketError:
            continue
        assert stream.behind_s >= 0.0
        if stream.bookmark is not None:
            SledStream().resume(stream.bookmark)
    items += stream.finish()
    time_s = [float(t) for item in items if isinstance(item, Samples) for t in item.time_s]
    assert time_s == sorted(set(time_s))
    assert all(item.end_s > item.start_s and item.lost != 0 for item in items if isinstance(item, Gap))
