"""Strokes are exact: travel, velocity and acceleration belong together."""

import numpy as np
import pytest

from firmware_sim.strokes import (
    Beta,
    Plateau,
    Shape,
    Sticking,
    Stroke,
    Surges,
    contact,
    draw_shape,
    smooth_curve,
    smooth_slope,
    smooth_step,
    turning_s,
)

SHAPES = [
    Beta(1.7, 3.1),
    Plateau(0.2, 0.4, 0.5),
    Surges((0.3, 0.6), (0.3, 0.4), (1.0, 0.7)),
    Sticking(Plateau(0.3, 0.3), 0.4, 0.12, 0.6),
]
STROKES = [
    *(Stroke(2.0, 1.7, -0.4, shape) for shape in SHAPES),
    Stroke(2.0, 0.8, -0.4, Beta(2.0, 2.0), exit_mps=-0.6),
    Stroke(2.0, 0.9, 0.4, Beta(2.0, 3.0), entry_mps=0.3, exit_mps=0.5, exit_share=0.4),
    contact(2.0, 0.05, -0.7, 0.4),
]


@pytest.mark.parametrize("stroke", STROKES)
def test_acceleration_is_the_derivative_of_velocity(stroke: Stroke) -> None:
    time_s = np.linspace(stroke.start_s, stroke.end_s, 20001)
    numeric = np.gradient(stroke.velocity_mps(time_s), time_s, edge_order=2)
    exact = stroke.acceleration_mps2(time_s)
    assert np.abs(exact[1:-1] - numeric[1:-1]).max() < 2e-3 * np.abs(exact).max()


@pytest.mark.parametrize("stroke", STROKES)
def test_velocity_integrates_to_the_travel(stroke: Stroke) -> None:
    time_s = np.linspace(stroke.start_s, stroke.end_s, 20001)
    velocity = stroke.velocity_mps(time_s)
    assert np.trapezoid(velocity, time_s) == pytest.approx(stroke.travel_m, abs=1e-5)
    assert velocity[0] == pytest.approx(stroke.entry_mps, abs=1e-12)
    assert velocity[-1] == pytest.approx(stroke.exit_mps, abs=1e-12)


def test_moving_instants_are_where_the_speed_passes_2_cm_per_s() -> None:
    stroke = Stroke(5.0, 3.0, 0.4, Beta(2.0, 2.5))
    for instant in stroke.moving_s():
        assert stroke.velocity_mps(np.array([instant]))[0] == pytest.approx(0.02, abs=2e-3)


def test_a_blow_brakes_at_once_and_a_long_tail_slowly() -> None:
    blow = contact(0.0, 0.03, 0.6, 0.0)
    drive = Stroke(0.0, 0.9, 0.4, Beta(2.0, 4.0))
    assert blow.braking_s(0.3) < 0.03
    assert drive.braking_s(0.3) > 0.15
    assert drive.braking_s() > drive.braking_s(0.3)


def test_turning_takes_less_time_the_more_two_strokes_overlap() -> None:
    down = Stroke(0.0, 1.0, -0.4, Beta(2.0, 2.0))
    late, early = (Stroke(start, 1.0, 0.4, Beta(2.0, 2.0)) for start in (1.2, 0.85))
    assert turning_s(down, early) < turning_s(down, late) - 0.3


def test_the_smooth_step_and_its_derivatives_agree() -> None:
    x = np.linspace(-0.2, 1.2, 14001)
    assert np.abs(np.gradient(smooth_step(x), x) - smooth_slope(x)).max() < 1e-3
    assert np.abs(np.gradient(smooth_slope(x), x) - smooth_curve(x)).max() < 1e-2


@pytest.mark.parametrize("even", [False, True])
def test_drawn_shapes_never_go_backwards_and_start_and_end_at_rest(even: bool) -> None:
    rng = np.random.default_rng(3)
    u = np.linspace(0.0, 1.0, 501)
    shapes: list[Shape] = [draw_shape(rng, seconds, even=even) for seconds in np.linspace(0.5, 4.0, 60)]
    for shape in shapes:
        speed = shape.speed(u)
        assert speed[0] == pytest.approx(0.0, abs=1e-9)
        assert speed[-1] == pytest.approx(0.0, abs=1e-9)
        assert speed.min() >= -1e-12
    if not even:
        assert {type(shape) for shape in shapes} == {Beta, Plateau, Surges}
