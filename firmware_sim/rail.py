"""The sled on its rail: all strokes of a script on one fine grid of time."""

from dataclasses import dataclass

import numpy as np

from firmware_sim.script import Script, SpellKind
from firmware_sim.strokes import smooth_curve, smooth_slope, smooth_step
from sensor_hub.model import FloatArray

GRID_HZ = 1000.0
_SWAY_HZ = (0.17, 0.31, 0.53)
_SWAY_MPS = 0.001
_SWAY_FADE_S = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Along the rail, up positive, 0 on the stops: (n,) each, on a grid of GRID_HZ from 0 s."""

    time_s: FloatArray
    position_m: FloatArray
    velocity_mps: FloatArray
    acceleration_mps2: FloatArray


def travel(script: Script, rng: np.random.Generator) -> Trajectory:
    """Velocity and acceleration are sums of closed forms; position is the velocity's integral on the grid."""
    time_s = np.arange(int(script.duration_s * GRID_HZ) + 1) / GRID_HZ
    velocity, acceleration = np.zeros_like(time_s), np.zeros_like(time_s)
    for stroke in script.strokes:
        part = slice(int(np.ceil(stroke.start_s * GRID_HZ)), int(np.ceil(stroke.end_s * GRID_HZ)))
        velocity[part] += stroke.velocity_mps(time_s[part])
        acceleration[part] += stroke.acceleration_mps2(time_s[part])
    for spell in script.spells:
        if spell.kind is SpellKind.HOLDING:
            part = slice(int(np.ceil(spell.start_s * GRID_HZ)), int(np.ceil(spell.end_s * GRID_HZ)))
            sway, sway_slope = _sway(time_s[part], spell.start_s, spell.end_s, rng)
            velocity[part] += sway
            acceleration[part] += sway_slope
    steps = (velocity[1:] + velocity[:-1]) / (2.0 * GRID_HZ)
    position = np.concatenate([[0.0], np.cumsum(steps)])
    return Trajectory(time_s, position, velocity, acceleration)


def _sway(
    time_s: FloatArray, start_s: float, end_s: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Legs never hold a sled quite still: a velocity far below moving, and its derivative; no net travel."""
    rising = time_s - start_s < end_s - time_s
    fade = np.where(rising, time_s - start_s, end_s - time_s) / _SWAY_FADE_S
    fade_slope = np.where(rising, 1.0, -1.0) / _SWAY_FADE_S
    hold, hold_slope = smooth_step(fade), smooth_slope(fade) * fade_slope
    hold_curve = smooth_curve(fade) * fade_slope**2
    velocity, acceleration = np.zeros_like(time_s), np.zeros_like(time_s)
    for hz, phase in zip(_SWAY_HZ, rng.uniform(0.0, 2.0 * np.pi, len(_SWAY_HZ)), strict=True):
        turn = 2.0 * np.pi * hz
        angle = turn * time_s + phase
        wave, slope = _SWAY_MPS / turn * np.sin(angle), _SWAY_MPS * np.cos(angle)
        velocity += hold_slope * wave + hold * slope
        acceleration += hold_curve * wave + 2.0 * hold_slope * slope - hold * turn**2 * wave
    return velocity, acceleration
