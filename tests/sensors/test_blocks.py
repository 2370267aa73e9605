"""When samples were taken: blocks with one coarse stamp each become instants, holes become gaps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_hub.model import FloatArray, Gap, GapReason
from sensor_hub.sensors.blocks import BlockClock

RATE_HZ = 104.0
COUNT = 8


class Sensor:
    """Stamps blocks of a chip that runs at true_hz, in whole milliseconds, wrapping."""

    def __init__(
        self, true_hz: float = RATE_HZ, *, stamps_last: bool = False, since_boot_s: float = 100.0
    ) -> None:
        self.true_hz = true_hz
        self.since_boot_s = since_boot_s
        self.stamps_last = stamps_last
        self.clock = BlockClock(ticks_per_s=1000, modulus=1 << 32, stamps_last=stamps_last)
        self.clock.begin(RATE_HZ)

    def send(self, first: int, count: int = COUNT, later_s: float = 0.0) -> tuple[Gap | None, FloatArray] | None:
        stamped = first + (count - 1) * self.stamps_last
        stamp = int((self.since_boot_s + stamped / self.true_hz) * 1000) % (1 << 32)
        return self.clock.date(stamp, count, (first + count) / self.true_hz + later_s)

    def times(self, blocks: range) -> FloatArray:
        """Blocks by their number, none of which leaves a gap."""
        dated = [self.send(number * COUNT) for number in blocks]
        assert all(one is not None and one[0] is None for one in dated)
        return np.concatenate([one[1] for one in dated if one is not None])

    def gap(self, first: int, count: int = COUNT, later_s: float = 0.0) -> Gap:
        dated = self.send(first, count, later_s)
        assert dated is not None
        assert dated[0] is not None
        assert dated[0].end_s == dated[1][0]
        return dated[0]


@pytest.mark.parametrize("stamps_last", [False, True])
@pytest.mark.parametrize("error", [-0.04, 0.0, 0.03])
def test_the_real_rate_is_found(error: float, stamps_last: bool) -> None:
    sensor = Sensor(RATE_HZ * (1 + error), stamps_last=stamps_last)
    times_s = sensor.times(range(400))
    assert (np.diff(times_s) > 0).all()
    true_s = np.arange(len(times_s)) / sensor.true_hz
    late_s = (times_s - true_s)[1000:]
    assert np.ptp(late_s) < 0.4e-3, "ticks of a millisecond are averaged away"
    steps_s = np.diff(times_s[1000:])
    assert steps_s.std() < 0.01 / RATE_HZ


def test_a_rate_that_changes_with_the_chips_temperature_is_followed() -> None:
    sensor = Sensor()
    number = np.arange(0, 20000, COUNT)
    true_s = number / RATE_HZ * (1 + 0.005 * number / number[-1])
    dated = [sensor.clock.date(int(t * 1000), COUNT, t) for t in true_s]
    times_s = np.array([one[1][0] for one in dated if one is not None])
    assert np.ptp((times_s - true_s)[200:]) < 1e-3


def test_stamps_that_are_taken_a_little_late_are_smoothed() -> None:
    clock, rng = BlockClock(ticks_per_s=1000, modulus=1 << 32, stamps_last=True), np.random.default_rng(7)
    clock.begin(RATE_HZ)
    dated = []
    for number in range(300):
        taken_s = (number * COUNT + COUNT - 1) / RATE_HZ
        dated.append(clock.date(int((taken_s + rng.exponential(0.002)) * 1000), COUNT, taken_s))
    assert all(one is not None and one[0] is None for one in dated)
    times_s = np.concatenate([one[1] for one in dated if one is not None])
    late_s = (times_s - np.arange(len(times_s)) / RATE_HZ)[1000:]
    assert late_s.std() < 0.4e-3, "of the stamps, 2 ms"


@pytest.mark.parametrize("blocks", [1, 2, 5, 100])
def test_lost_blocks_are_counted(blocks: int) -> None:
    sensor = Sensor(RATE_HZ * 1.03)
    sensor.times(range(100))
    gap = sensor.gap((100 + blocks) * COUNT)
    assert gap.lost == blocks * COUNT
    assert gap.reason is GapReason.LOST
    assert gap.end_s - gap.start_s == pytest.approx((blocks * COUNT + 1) / sensor.true_hz, abs=1.2e-3)


def test_a_block_lost_at_the_very_start_is_counted_although_the_rate_is_still_uncertain() -> None:
    sensor = Sensor(RATE_HZ * 0.95)
    sensor.send(0)
    assert sensor.gap(2 * COUNT).lost == COUNT


def test_a_long_hole_at_the_very_start_has_no_number() -> None:
    sensor = Sensor(RATE_HZ * 0.95)
    sensor.send(0)
    assert sensor.gap(40 * COUNT).lost is None


def test_a_hole_after_a_lost_connection_is_not_a_multiple_of_a_block() -> None:
    sensor = Sensor()
    sensor.times(range(100))
    sensor.clock.interrupted()
    gap = sensor.gap(100 * COUNT + 1043)
    assert gap.reason is GapReason.DISCONNECTED
    assert gap.lost == 1043
    assert sensor.send(100 * COUNT + 1043 + COUNT) is not None


def test_what_was_seen_before_is_left_out() -> None:
    sensor = Sensor()
    sensor.times(range(20))
    assert sensor.send(19 * COUNT) is None
    assert sensor.send(12 * COUNT) is None
    sensor.times(range(20, 40))


def test_one_wrong_stamp_does_not_silence_the_stream() -> None:
    sensor = Sensor()
    sensor.times(range(20))
    assert sensor.gap(1000, later_s=-8.0).reason is GapReason.LOST
    dated = [sensor.send(number * COUNT) for number in range(21, 30)]
    assert [one is None for one in dated[:3]] == [True, True, False]
    assert dated[2] is not None
    assert dated[2][0] is not None
    assert dated[2][0].reason is GapReason.RESTARTED
    assert all(one is not None and one[0] is None for one in dated[3:])


def test_a_clock_that_starts_anew_goes_on_where_its_arrival_says() -> None:
    sensor = Sensor(since_boot_s=5000.0)
    end_s = sensor.times(range(100))[-1]
    sensor.clock.interrupted()
    sensor.since_boot_s = -8.0
    gap = sensor.gap(1840)
    assert gap.reason is GapReason.RESTARTED
    assert gap.lost is None
    assert gap.end_s - end_s == pytest.approx((1840 - 799) / RATE_HZ, abs=2e-3)
    following = sensor.send(1840 + COUNT)
    assert following is not None
    assert following[0] is None


def test_a_clock_that_is_set_while_it_runs_began_anew() -> None:
    sensor = Sensor()
    sensor.times(range(100))
    sensor.since_boot_s += 3600.0
    gap = sensor.gap(100 * COUNT)
    assert gap.reason is GapReason.RESTARTED
    assert gap.end_s - gap.start_s < 0.1


def test_stamps_wrap() -> None:
    sensor = Sensor(since_boot_s=(1 << 32) / 1000 - 5.0)
    times_s = sensor.times(range(200))
    np.testing.assert_allclose(times_s[400:], np.arange(400, 1600) / RATE_HZ, atol=1e-3)


def test_late_packets_after_a_shadow_are_no_gap() -> None:
    sensor = Sensor()
    sensor.times(range(100))
    for number in range(100, 150):
        dated = sensor.send(number * COUNT, later_s=15.0)
        assert dated is not None
        assert dated[0] is None


@given(st.lists(st.tuples(st.integers(0, (1 << 32) - 1), st.integers(1, 80), st.floats(0, 100)), max_size=60))
def test_time_rises_whatever_the_stamps_say(blocks: list[tuple[int, int, float]]) -> None:
    for stamps_last in (False, True):
        clock = BlockClock(ticks_per_s=1000, modulus=1 << 32, stamps_last=stamps_last)
        clock.begin(RATE_HZ)
        arrival_s, previous_s = 0.0, -1.0
        for stamp, count, later_s in blocks:
            arrival_s += later_s
            dated = clock.date(stamp, count, arrival_s)
            if dated is not None:
                gap, times_s = dated
                assert len(times_s) == count
                assert gap is None or gap.start_s < gap.end_s == times_s[0]
                assert times_s[0] > previous_s
                assert (np.diff(times_s) > 0).all()
                previous_s = float(times_s[-1])
