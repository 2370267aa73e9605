"""A performance is a repeatable stream of what the sensor feels."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.mounting import draw_mounting, rotations
from firmware_sim.performance import Performance
from firmware_sim.render import recording_bytes
from firmware_sim.resting import RestingAfter
from firmware_sim.scenario import Scenario, load
from firmware_sim.spans import Span

Perform = Callable[[str], Performance]
GRAVITY_MPS2 = 9.80665


def scenario(*acts: dict[str, object], **sections: object) -> Scenario:
    return Scenario.model_validate({"name": "own", "family": "own", "act": list(acts)} | sections)


PERFECT = {
    "noise_ug_per_rthz": 0,
    "bias_mg": 0,
    "scale_error_percent": 0,
    "rate_error_percent": 0,
    "warm_up_mg": 0,
    "clock_ppm": 0,
}
SET = {"kind": "set", "reps": 3, "tempo": "2-1-1-1", "rest_s": 2}
RIGID = {"rail_sag_deg": 0, "flex_deg_per_mps2": 0, "roller_noise_mps2": 0, "plate_ring_share": 0.001}


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(scenarios: Path) -> None:
    demo = load(scenarios / "demo.toml")
    first, again, other = (Performance(demo, seed) for seed in (7, 7, 8))
    assert recording_bytes(first) == recording_bytes(again)
    assert first.truth() == again.truth()
    assert recording_bytes(first) != recording_bytes(other)
    assert first.truth() != other.truth()


def test_blocks_are_the_samples_in_order(perform: Perform) -> None:
    performance = perform("demo")
    blocks = list(performance.blocks())
    time_s, counts = performance.samples
    assert np.array_equal(np.concatenate([block[0] for block in blocks]), time_s)
    assert np.array_equal(np.concatenate([block[1] for block in blocks]), counts)
    assert counts.dtype == np.int16
    assert time_s[0] == 0.0
    assert np.all(np.diff(time_s) > 0.0)


def test_at_rest_a_perfect_sensor_feels_gravity_through_the_incline() -> None:
    lying = scenario(
        {"kind": "rest", "seconds": 5},
        machine={"incline_deg": 40},
        sensor=PERFECT | {"mounting_deg": [0, 0, 0]},
    )
    performance = Performance(lying, 1)
    felt = performance.samples[1] * performance.chip.count_mps2
    along, across, off = felt.mean(axis=0) / GRAVITY_MPS2
    assert (along, across, off) == pytest.approx((np.sin(np.radians(40)), 0.0, np.cos(np.radians(40))), abs=2e-4)


def test_on_a_rigid_machine_a_perfect_sensor_feels_the_acceleration_along_the_rail() -> None:
    lifting = scenario(
        SET | {"tremor_mps2": 0},
        machine=RIGID | {"incline_deg": 45},
        sensor=PERFECT | {"mounting_deg": [0, 0, 0], "rate_hz": 500},
    )
    performance = Performance(lifting, 1)
    time_s, counts = performance.samples
    along = counts[:, 0] * performance.chip.count_mps2 - GRAVITY_MPS2 * np.sin(np.radians(45))
    path = performance.trajectory
    expected = np.interp(time_s, path.time_s, path.acceleration_mps2)
    lifting_s = performance.truth()["sets"][0]["reps"][-1]["end_s"]
    gentle = (np.abs(np.gradient(expected, time_s)) < 5.0) & (time_s < lifting_s)
    assert np.abs(along - expected)[gentle].max() < 0.06


def test_a_knocked_clip_turns_gravity_by_its_angle() -> None:
    knocked = scenario(
        {"kind": "rest", "seconds": 4},
        {"kind": "knock", "angle_deg": 30},
        {"kind": "rest", "seconds": 4},
        machine=RIGID,
        sensor=PERFECT,
    )
    turned = []
    for seed in range(12):
        counts = Performance(knocked, seed).samples[1].astype(float)
        before, after = counts[:200].mean(axis=0), counts[-200:].mean(axis=0)
        cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
        turned.append(np.degrees(np.arccos(cosine)))
    assert max(turned) <= 30.1
    assert max(turned) > 15.0


def test_mountings_are_rotations() -> None:
    rng = np.random.default_rng(2)
    given = draw_mounting([Span(10, 10), Span(-20, -20), Span(30, 30)], rng)
    for matrix in (draw_mounting(None, rng), given, *rotations(rng.normal(size=(5, 3)))):
        assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-12)
        assert np.linalg.det(matrix) == pytest.approx(1.0)
    assert draw_mounting([Span(0, 0), Span(0, 0), Span(90, 90)], rng) @ [1, 0, 0] == pytest.approx([0, 1, 0])


def test_a_handled_sensor_feels_more_than_gravity_and_then_lies_still(perform: Perform) -> None:
    performance = perform("clutter")
    time_s, counts = performance.samples
    felt = np.linalg.norm(counts * performance.chip.count_mps2, axis=1)
    assert felt[time_s < 4.0].std() > 0.5
    resting = (time_s > 25.0) & (time_s < 26.0)
    assert felt[resting].std() < 0.5


def test_bounces_and_lockouts_are_felt_as_blows(perform: Perform) -> None:
    for name, key, flag in (("bounce", "turn_s", "bounce"), ("slam", "end_s", "lockout_slam")):
        performance = perform(name)
        time_s, counts = performance.samples
        felt = np.linalg.norm(counts * performance.chip.count_mps2, axis=1)
        peaks: dict[bool, list[float]] = {True: [], False: []}
        for rep in (rep for one in performance.truth()["sets"] for rep in one["reps"]):
            near = np.abs(time_s - rep[key]) < 0.15
            peaks[rep[flag]].append(float(np.ptp(felt[near])))
        assert min(peaks[True]) > 5.0
        assert np.median(peaks[True]) > 2.5 * np.median(peaks[False])


def test_a_lossy_radio_loses_its_share_in_bursts(perform: Perform) -> None:
    performance = perform("lossy")
    time_s, _ = performance.samples
    step_s = performance.chip.clock_rate / performance.chip.true_rate_hz
    missing = np.rint(np.diff(time_s) / step_s) - 1
    assert missing.sum() / (len(time_s) + missing.sum()) == pytest.approx(0.05, abs=0.03)
    assert missing.max() >= 32


def test_the_cheap_chip_sends_what_it_can(perform: Perform) -> None:
    performance = perform("cheap")
    assert (performance.rate_hz, performance.bits, performance.range_g) == (50.0, 14, 8.0)
    assert not np.any(performance.samples[1] % 4)


def test_five_minutes_take_little_time() -> None:
    long = scenario(SET | {"repeat": 12, "reps": 6, "rest_s": 1}, name="long")
    began_s = time.process_time()
    performance = Performance(long, 1)
    assert len(performance.samples[0]) > 300 * performance.rate_hz
    performance.truth()
    assert time.process_time() - began_s < 4.0, "about 0.7 s on a slow core"


def test_after_the_performance_the_sled_rests_and_the_stream_goes_on(perform: Perform) -> None:
    performance = perform("demo")
    over: list[str] = []
    blocks = RestingAfter(performance, 1, over.append).blocks()
    count = 0
    while not over:
        count += len(next(blocks)[0])
    first_s, rest = next(blocks)
    step_s = performance.chip.clock_rate / performance.chip.true_rate_hz
    times, counts = performance.samples
    assert over == [performance.name]
    assert first_s[0] >= times[-1] + step_s * 0.99
    assert rest.mean(axis=0) == pytest.approx(counts[-20:].mean(axis=0), abs=20.0)
    assert np.all(rest.std(axis=0) > 0.0)
    assert count >= len(times)
