"""Clock recovery against a simulated radio: connection events, repeats, shadows, a crystal that is off."""

import math
import random
from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from sensor_hub.engine.clock import DeviceClock

HOST_START_S = 5000.0
WARM_UP_S = 20.0


def arrivals(
    seconds: float, *, interval_s: float, ppm: float, rate_error: float, seed: int = 7
) -> Iterator[tuple[float, float, float]]:
    """(device time, arrival, true host time) of each packet of 4 samples at a nominal 100 Hz.

    5 % of the connection events fail and are repeated; every 23 s the sensor stands in a shadow for 1.2 s.
    """
    rng = random.Random(seed)
    anchor_s = rng.random() * interval_s
    free_s = 0.0
    for number in count(1):
        taken_s = number * 4 / (100.0 * (1.0 + rate_error))
        if taken_s > seconds:
            return
        event = math.floor((taken_s + 0.0005 - anchor_s) / interval_s) + 1
        while rng.random() < 0.05 or (anchor_s + event * interval_s) % 23.0 < 1.2:
            event += 1
        free_s = max(free_s, anchor_s + event * interval_s)
        arrival_s = free_s + rng.expovariate(1 / 0.0003)
        yield taken_s * (1 + ppm * 1e-6), HOST_START_S + arrival_s, HOST_START_S + taken_s


def errors_ms(clock: DeviceClock, packets: Iterator[tuple[float, float, float]]) -> np.ndarray:
    """What the clock says of each packet at once, minus the truth, after the warm-up."""
    errors = []
    for device_s, arrival_s, truth_s in packets:
        clock.observe(device_s, arrival_s)
        if truth_s - HOST_START_S > WARM_UP_S:
            errors.append((clock.to_host(device_s) - truth_s) * 1e3)
    return np.array(errors)


@pytest.mark.parametrize("interval_s", [0.0075, 0.015, 0.030, 0.050])
@pytest.mark.parametrize("ppm", [-100.0, 35.0, 100.0])
def test_device_time_is_held_to_a_fraction_of_the_connection_interval(interval_s: float, ppm: float) -> None:
    clock = DeviceClock()
    errors = errors_ms(clock, arrivals(600.0, interval_s=interval_s, ppm=ppm, rate_error=-0.013))
    assert errors.std() < 0.25
    assert 0.0 < errors.mean() < 1.0
    assert clock.rate_error_ppm == pytest.approx(ppm, abs=2.0)


def test_a_packet_rate_that_beats_with_the_interval_stays_within_two_milliseconds() -> None:
    packets = arrivals(1800.0, interval_s=0.015, ppm=100.0, rate_error=3e-5)
    errors = errors_ms(DeviceClock(), packets)
    assert errors.std() < 2.0
    assert np.abs(errors).max() < 15.0


def test_the_first_seconds_are_never_worse_than_the_arrivals() -> None:
    clock = DeviceClock()
    for device_s, arrival_s, truth_s in arrivals(8.0, interval_s=0.015, ppm=35.0, rate_error=-0.013):
        clock.observe(device_s, arrival_s)
        assert truth_s - 0.001 < clock.to_host(device_s) <= arrival_s + 1e-9


@pytest.mark.parametrize("ppm", [-100.0, 100.0])
@pytest.mark.parametrize("interval_s", [0.015, 0.050])
def test_an_hour_with_lost_packets_and_a_restart_in_the_middle_holds_two_milliseconds(
    interval_s: float, ppm: float
) -> None:
    clock, lost = DeviceClock(), random.Random(5)
    errors, restarted_s = [], None
    for device_s, arrival_s, truth_s in arrivals(3600.0, interval_s=interval_s, ppm=ppm, rate_error=-0.013):
        if lost.random() < 0.05:
            continue
        if restarted_s is None and truth_s - HOST_START_S > 1800.0:
            restarted_s = device_s
            clock.reset()
        since_boot_s = device_s - (restarted_s or 0.0)
        clock.observe(since_boot_s, arrival_s)
        if truth_s - HOST_START_S > WARM_UP_S:
            errors.append((clock.to_host(since_boot_s) - truth_s) * 1e3)
    assert len(errors) > 80_000
    assert np.std(errors) < 2.0
    assert clock.rate_error_ppm == pytest.approx(ppm, abs=2.0)


def test_a_restarted_device_is_mapped_anew_at_the_rate_that_was_known() -> None:
    clock = DeviceClock()
    errors_ms(clock, arrivals(60.0, interval_s=0.015, ppm=100.0, rate_error=-0.013))
    clock.reset()
    assert clock.rate_error_ppm is None
    with pytest.raises(ValueError, match="observed a packet"):
        clock.to_host(0.0)
    clock.observe(0.04, 9000.05)
    assert clock.to_host(0.04) == pytest.approx(9000.05)
    assert clock.to_host(100.04) == pytest.approx(9100.04, abs=0.001)


def test_a_replay_at_four_times_the_speed_is_followed() -> None:
    clock = DeviceClock()
    for number in range(1, 2000):
        clock.observe(number * 0.04, 100.0 + number * 0.01)
    assert clock.to_host(80.0) == pytest.approx(120.0, abs=0.001)
