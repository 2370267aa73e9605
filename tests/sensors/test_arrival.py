"""Times from arrivals against a simulated radio: connection events, repeats, outages with and without loss."""

import math
import random
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_hub.model import Gap, GapReason
from sensor_hub.sensors.arrival import ArrivalClock, Dated

START_S = 5000.0
PDU_S = 0.0025
Arrival = tuple[list[int], float]


@dataclass
class Radio:
    """Samples wait in a memory of so many (the oldest or the newest goes when it is full) for the next connection
    event that does not fail."""

    rate_hz: float
    interval_s: float = 0.03
    memory: int | None = None
    drops_newest: bool = False
    outages: tuple[tuple[float, float], ...] = ()
    lost_share: float = 0.0
    seed: int = 0

    def arrivals(self, seconds: float) -> list[Arrival]:
        rng = random.Random(self.seed)
        waiting: list[int] = []
        heard: list[Arrival] = []
        taken = 0
        at_s = rng.random() * self.interval_s
        while (at_s := at_s + self.interval_s) < seconds:
            while taken / self.rate_hz < at_s - 0.0005:
                waiting.append(taken)
                taken += 1
                if self.memory is not None and len(waiting) > self.memory:
                    waiting.pop(-1 if self.drops_newest else 0)
            if rng.random() < 0.05 or any(start <= at_s < end for start, end in self.outages):
                continue
            for _ in range(min(len(waiting), math.floor(self.interval_s / PDU_S))):
                number = waiting.pop(0)
                if rng.random() >= self.lost_share:
                    heard.append(([number], at_s + rng.random() * 0.0005))
        return heard


@dataclass
class Told:
    numbers: np.ndarray
    times_s: np.ndarray
    sigmas_s: np.ndarray
    gaps: list[Gap]

    @property
    def rate_hz(self) -> float:
        """Of the last ten seconds."""
        late = self.times_s[self.times_s > self.times_s[-1] - 10.0]
        return float((len(late) - 1) / (late[-1] - late[0]))

    def errors_s(self, rate_hz: float) -> np.ndarray:
        """Given minus true time, about their middle."""
        error: np.ndarray = self.times_s - self.numbers / rate_hz
        return error - np.median(error)


def tell(arrivals: list[Arrival], nominal_hz: float = 100.0) -> Told:
    clock = ArrivalClock(nominal_hz)
    dated: list[Dated] = []
    gaps: list[Gap] = []
    now_s = START_S
    for numbers, arrival_s in arrivals:
        now_s = max(now_s, START_S + arrival_s)
        for item in clock.feed(np.array(numbers, float)[:, None], now_s):
            if isinstance(item, Gap):
                gaps.append(item)
            else:
                dated.append(item)
    return Told(
        np.concatenate([one.rows[:, 0] for one in dated]),
        np.concatenate([one.time_s for one in dated]),
        np.concatenate([np.full(len(one.rows), one.sigma_s) for one in dated]),
        gaps,
    )


@pytest.mark.parametrize("interval_s", [0.015, 0.03, 0.05])
@pytest.mark.parametrize("rate_error", [-0.03, -0.0007, 0.0, 0.013, 0.03])
def test_times_are_even_and_as_good_as_they_are_said_to_be(interval_s: float, rate_error: float) -> None:
    rate_hz = 100.0 * (1.0 + rate_error)
    told = tell(Radio(rate_hz, interval_s).arrivals(40.0))
    assert told.gaps == []
    assert (np.diff(told.times_s) > 0).all()
    settled = told.times_s > START_S + 5.0
    errors, sigmas = told.errors_s(rate_hz)[settled], told.sigmas_s[settled]
    for apart in (50, 100, 200, 400):
        differences = errors[apart:] - errors[:-apart]
        assert np.sqrt(np.mean(differences**2)) < 0.0025
        assert np.mean(np.abs(differences) < 2 * sigmas[apart:]) > 0.95
    assert sigmas[-1] < 0.005
    assert told.rate_hz == pytest.approx(rate_hz, rel=1e-3)


def test_nothing_is_dated_from_its_future_nor_changed_later() -> None:
    arrivals = Radio(98.8).arrivals(20.0)
    whole, half = tell(arrivals), tell(arrivals[: len(arrivals) // 2])
    np.testing.assert_array_equal(whole.times_s[: len(half.times_s)], half.times_s)
    arrived_s = {numbers[0]: START_S + at_s for numbers, at_s in arrivals}
    assert max(t - arrived_s[int(k)] for k, t in zip(whole.numbers, whole.times_s, strict=True)) < 0.012


@pytest.mark.parametrize("outage_s", [0.15, 0.6, 3.0])
@pytest.mark.parametrize("interval_s", [0.015, 0.05])
def test_an_outage_that_loses_nothing_leaves_no_gap_and_no_bend(outage_s: float, interval_s: float) -> None:
    outages = tuple((at_s, at_s + outage_s) for at_s in (20.0, 33.7, 47.4))
    told = tell(Radio(98.8, interval_s, outages=outages).arrivals(60.0))
    assert told.gaps == []
    assert np.diff(told.numbers).max() == 1
    assert np.abs(told.errors_s(98.8)[500:]).max() < 0.006


@pytest.mark.parametrize("drops_newest", [False, True])
@pytest.mark.parametrize("outage_s", [0.4, 1.2, 3.0])
@pytest.mark.parametrize("interval_s", [0.015, 0.03, 0.05])
def test_a_loss_nobody_numbered_is_a_gap_of_the_right_length(
    drops_newest: bool, outage_s: float, interval_s: float
) -> None:
    outages = tuple((at_s, at_s + outage_s) for at_s in (20.0, 33.7, 47.4))
    radio = Radio(98.8, interval_s, memory=25, drops_newest=drops_newest, outages=outages)
    told = tell(radio.arrivals(60.0))
    assert [(gap.lost, gap.reason) for gap in told.gaps] == [(None, GapReason.LOST)] * 3
    assert all(gap.end_s - gap.start_s < outage_s + 0.25 for gap in told.gaps)
    holes = np.flatnonzero(np.diff(told.numbers) > 1)
    assert [gap.start_s for gap in told.gaps] == pytest.approx(told.times_s[holes].tolist(), abs=1e-6)
    assert [gap.end_s for gap in told.gaps] == pytest.approx(told.times_s[holes + 1].tolist(), abs=1e-6)
    assert np.abs(told.errors_s(98.8)[500:]).max() < 0.03


def test_a_rate_far_from_the_one_asked_for_is_measured() -> None:
    told = tell(Radio(19.3).arrivals(40.0), nominal_hz=200.0)
    assert told.gaps == []
    assert told.rate_hz == pytest.approx(19.3, rel=1e-3)


def test_losses_too_small_to_be_seen_make_the_times_less_certain() -> None:
    rate_hz = 101.0
    quiet, lossy = (tell(Radio(rate_hz, lost_share=share).arrivals(90.0)) for share in (0.0, 0.01))
    assert lossy.sigmas_s[3000:].mean() > 5 * quiet.sigmas_s[3000:].mean()
    errors, sigmas = lossy.errors_s(rate_hz), lossy.sigmas_s
    assert np.mean(np.abs(errors[1200:] - errors[1000:-200]) < 2 * sigmas[1200:]) > 0.9


def test_a_rate_that_changes_is_measured_anew() -> None:
    first = Radio(100.0).arrivals(20.0)
    then = [([2000 + numbers[0]], 20.0 + at_s) for numbers, at_s in Radio(20.0).arrivals(20.0)]
    told = tell(first + then)
    assert told.rate_hz == pytest.approx(20.0, rel=2e-3)
    assert 1 <= len(told.gaps) <= 3


def test_two_losses_on_end_are_two_gaps() -> None:
    told = tell(Radio(98.8, memory=25, outages=((20.0, 20.8), (21.8, 22.6))).arrivals(40.0))
    assert len(told.gaps) == 2
    assert all(gap.end_s - gap.start_s < 1.3 for gap in told.gaps)
    assert np.abs(told.errors_s(98.8)[500:]).max() < 0.03


def test_after_an_interruption_time_goes_on_rising_after_a_gap() -> None:
    clock = ArrivalClock(100.0)
    row = np.zeros((1, 1))
    before = [item for k in range(200) for item in clock.feed(row, 10.0 + k / 100)]
    clock.interrupted()
    after = [item for k in range(200) for item in clock.feed(row, 20.0 + k / 100)]
    assert all(isinstance(item, Dated) for item in before)
    gap, *rest = after
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.DISCONNECTED
    assert isinstance(before[-1], Dated)
    assert isinstance(rest[0], Dated)
    assert gap.start_s == pytest.approx(before[-1].time_s[-1], abs=1e-6)
    assert gap.end_s == rest[0].time_s[0] > 20.0


def test_a_rate_once_measured_is_known_after_a_lost_connection() -> None:
    rate_hz = 97.0
    clock = ArrivalClock(100.0)
    errors_s, sigmas_s = [], []
    for connection in range(2):
        for numbers, arrival_s in Radio(rate_hz, 0.05, seed=connection).arrivals(20.0):
            for item in clock.feed(np.array([[numbers[0]]], float), 30.0 * connection + arrival_s):
                if isinstance(item, Dated) and connection and arrival_s < 4.0:
                    errors_s.append(item.time_s[-1] - item.rows[-1, 0] / rate_hz)
                    sigmas_s.append(item.sigma_s)
        clock.interrupted(nominal_hz=100.0)
    assert np.ptp(errors_s) < 0.01
    assert max(sigmas_s) < 0.015


def test_what_is_held_back_comes_out_at_the_end() -> None:
    clock = ArrivalClock(100.0)
    row = np.zeros((1, 1))
    given_ = sum(
        len(item.rows) for k in range(300) for item in clock.feed(row, k / 100) if isinstance(item, Dated)
    )
    assert clock.feed(row, 3.5) == []
    (last,) = clock.finish()
    assert isinstance(last, Dated)
    assert given_ + len(last.rows) == 301 - 25
    assert clock.finish() == []


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(0.0, 2.0)), min_size=1, max_size=200))
def test_times_rise_whatever_arrives_when(arrivals: list[tuple[int, float]]) -> None:
    clock = ArrivalClock(100.0)
    now_s, last_s = 0.0, -math.inf
    for count, pause_s in arrivals:
        now_s += pause_s
        for item in clock.feed(np.zeros((count, 2)), now_s):
            if isinstance(item, Gap):
                assert last_s - 1e-6 <= item.start_s < item.end_s
                continue
            assert len(item.rows) == len(item.time_s) > 0
            assert item.time_s[0] > last_s
            assert (np.diff(item.time_s) > 0).all()
            assert math.isfinite(item.sigma_s)
            last_s = float(item.time_s[-1])
