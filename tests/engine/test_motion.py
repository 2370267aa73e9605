"""The live filter: what it takes for a standstill, and how sure it is of the rest."""

from dataclasses import replace

import numpy as np
import pytest

from sensor_hub.engine.motion import Track
from sensor_hub.engine.steps import Step
from tests.engine.synthetic import STEP_S, fresh_filter, journey, steps, track

REST = [0.0] * 150
REST_S = len(REST) * STEP_S
MOVES = [(-0.4, 2.0), (0.0, 1.0), (0.4, 1.0)]


def accelerations(moves: list[tuple[float, float]]) -> np.ndarray:
    """Mean acceleration of each step."""
    return np.diff(journey(moves, rate_hz=1 / STEP_S).velocity_mps, prepend=0.0) / STEP_S


def launch(speed_mps: float) -> list[float]:
    """From rest to a speed within 0.4 s."""
    return [speed_mps / 0.4] * 10


def gate(tracks: list[Track]) -> list[bool]:
    return [one.held for one in tracks]


@pytest.mark.parametrize("speed_mps", [0.1, 0.2, 0.5])
def test_a_dead_even_glide_is_never_taken_for_a_standstill(speed_mps: float) -> None:
    tracks = track([*REST, *launch(-speed_mps), *[0.0] * 100])
    glide = tracks[len(REST) + 1 :]
    assert not any(gate(glide))
    assert glide[50].velocity_mps == pytest.approx(-speed_mps, rel=0.05)
    assert glide[-1].velocity_mps == pytest.approx(-speed_mps, rel=0.12)


def test_a_standstill_after_the_glide_is_taken_for_one() -> None:
    tracks = track([*REST, *launch(-0.1), *[0.0] * 50, *launch(0.1), *[0.0] * 50])
    assert all(gate(tracks[-40:]))
    assert tracks[-1].velocity_mps == pytest.approx(0.0, abs=0.001)


def test_rest_is_held_and_teaches_the_offset() -> None:
    tracks = track([0.015] * 250)
    assert np.mean(gate(tracks)) > 0.9
    assert tracks[-1].offset_mps2 == pytest.approx(0.015, abs=0.001)
    assert tracks[-1].offset_variance < 0.1 * tracks[0].offset_variance
    assert abs(tracks[-1].position_m) < 0.02


@pytest.mark.parametrize("shift_mps2", [0.01, -0.01])
def test_a_standstill_is_accepted_again_after_the_offset_has_shifted(shift_mps2: float) -> None:
    stroke = list(accelerations(MOVES))
    tracks = track([*REST, *(a + shift_mps2 for a in [*stroke, *[0.0] * 250])])
    assert all(gate(tracks[-200:]))
    assert tracks[-1].offset_mps2 == pytest.approx(shift_mps2, abs=0.004)


def test_a_rep_is_followed_with_a_wrong_offset() -> None:
    stroke = journey(MOVES, rate_hz=1 / STEP_S)
    tracks = track([*[0.01] * 250, *(accelerations(MOVES) + 0.01)])[250:]
    assert [one.velocity_mps for one in tracks] == pytest.approx(list(stroke.velocity_mps), abs=0.02)
    assert tracks[60].position_m - tracks[0].position_m == pytest.approx(-0.4, abs=0.02)


def blind(step: Step, duration_s: float) -> Step:
    return replace(step, end_s=step.end_s + duration_s - step.duration_s, duration_s=duration_s, blind=True)


def sigma_after(duration_s: float, *, gap: bool) -> float:
    motion = fresh_filter()
    track([*REST, *launch(-0.3)], motion)
    (last,) = steps([0.0], REST_S + 0.4)
    final = blind(last, duration_s) if gap else replace(last, duration_s=duration_s)
    return motion.advance(final, final.mean_mps2[0]).velocity_sigma_mps


def test_a_blind_step_widens_what_is_not_known_of_the_velocity() -> None:
    assert sigma_after(0.5, gap=True) > 10 * sigma_after(0.5, gap=False)
    assert sigma_after(1.0, gap=True) > sigma_after(0.5, gap=True) > sigma_after(0.2, gap=True) > 0.1


def test_a_blind_step_is_no_standstill() -> None:
    motion = fresh_filter()
    assert track(REST, motion)[-1].held
    (last,) = steps([0.0], REST_S)
    assert not motion.advance(blind(last, 0.5), 0.0).held


def test_after_a_blind_step_rest_must_be_seen_anew() -> None:
    motion = fresh_filter()
    track(REST, motion)
    (last,) = steps([0.0], REST_S)
    motion.advance(blind(last, 0.1), 0.0)
    again = gate(track([0.0] * 10, motion, REST_S + 0.1))
    assert not any(again[:4])
    assert again[-1]


def test_impacts_widen_what_is_not_known_of_the_velocity() -> None:
    calm, rough = fresh_filter(), fresh_filter()
    for step in steps(launch(0.5)):
        smooth = calm.advance(step, 1.25)
        shaken = rough.advance(replace(step, rough_mps=0.05), 1.25)
    assert shaken.velocity_sigma_mps > 1.2 * smooth.velocity_sigma_mps


def test_a_closed_loop_of_position_mends_offset_and_velocity() -> None:
    motion = fresh_filter()
    track([*REST, *(accelerations([(-0.4, 1.0), (0.4, 1.0)]) + 0.02)], motion)
    before = abs(motion.position_m), abs(motion.velocity_mps), motion.position_sigma_m
    motion.close(0.0, 0.005)
    after = abs(motion.position_m), abs(motion.velocity_mps), motion.position_sigma_m
    assert all(a < b for a, b in zip(after, before, strict=True))
    assert motion.offset_mps2 > 0.0


def test_a_sled_that_never_stands_stays_within_reach() -> None:
    reps = list(accelerations([(-0.4, 1.0), (0.4, 1.0)] * 30) + 0.01)
    tracks = track([*REST, *reps])
    assert max(abs(one.position_m + 0.2) for one in tracks) < 0.6
    assert tracks[-1].offset_mps2 == pytest.approx(0.01, abs=0.005)
