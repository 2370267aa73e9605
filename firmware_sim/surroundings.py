"""The specific force on the sled: motion and gravity, and all that shakes, bends and rings besides.

Frame: x along the rail upwards, y across, z off the rail. Step by step:

1. Gravity through the incline, which the rail's sag (with position) and the frame's flex (with force) change.
2. The motion along x.
3. Rollers: broad noise that grows with speed, and a ripple at each turn of the wheels.
4. Plates that ring: resonators driven by the sled's own acceleration and by blows from outside.
5. Tremor of the legs, 8-12 Hz, while the lifter carries the sled.
6. Somebody leaning on the frame; the sensor in somebody's hand.
"""

from dataclasses import dataclass

import numpy as np

from firmware_sim.mounting import rotations
from firmware_sim.rail import GRID_HZ, Trajectory
from firmware_sim.scenario import Machine
from firmware_sim.script import Script, Spell, SpellKind
from firmware_sim.spectra import coloured
from firmware_sim.strokes import smooth_step
from sensor_hub.model import STANDARD_GRAVITY_MPS2, FloatArray

_ROLLER_AXES = np.array([1.0, 0.7, 0.9])
_RING_AXES = np.array([[1.0, 0.15, 0.3], [0.4, 0.3, 1.0]])
_TREMOR_AXES = np.array([1.0, 0.3, 0.5])
_WHEEL_TURN_M = 0.14


@dataclass(frozen=True, slots=True)
class Frame:
    """One specimen of a machine."""

    incline_deg: float
    rail_length_m: float
    sag_deg: float
    flex_deg_per_mps2: float
    roller_mps2: float
    ring_hz: tuple[float, float]
    ring_decay_s: tuple[float, float]
    ring_share: float


def draw_frame(machine: Machine, rng: np.random.Generator) -> Frame:
    return Frame(
        machine.incline_deg.draw(rng),
        machine.rail_length_m.draw(rng),
        machine.rail_sag_deg.draw(rng),
        machine.flex_deg_per_mps2.draw(rng),
        machine.roller_noise_mps2.draw(rng),
        (machine.plate_ring_hz.draw(rng), machine.plate_ring_hz.draw(rng)),
        (machine.plate_ring_decay_s.draw(rng), machine.plate_ring_decay_s.draw(rng)),
        machine.plate_ring_share.draw(rng),
    )


def specific_force(frame: Frame, path: Trajectory, script: Script, rng: np.random.Generator) -> FloatArray:
    """(n, 3) m/s² on the trajectory's grid, in the sled's frame."""
    lean_deg, lean_mps2 = _leaning(path, script, rng)
    bend_deg = frame.sag_deg * np.sin(np.pi * path.position_m / frame.rail_length_m)
    bend_deg += frame.flex_deg_per_mps2 * path.acceleration_mps2
    incline = np.radians(frame.incline_deg + bend_deg + lean_deg)
    force = np.column_stack(
        [
            path.acceleration_mps2 + STANDARD_GRAVITY_MPS2 * np.sin(incline),
            STANDARD_GRAVITY_MPS2 * np.sin(np.radians(0.6 * lean_deg)),
            STANDARD_GRAVITY_MPS2 * np.cos(incline),
        ]
    )
    force += _rollers(frame, path, rng)
    force += _ringing(frame, path, script)
    force += _tremor(path, script, rng)
    force += lean_mps2
    return _handled(force, script, rng)


def _rollers(frame: Frame, path: Trajectory, rng: np.random.Generator) -> FloatArray:
    speed = np.abs(path.velocity_mps)
    envelope = frame.roller_mps2 * (speed / 0.25) ** 0.8
    turned = 2.0 * np.pi * path.position_m[:, None] / _WHEEL_TURN_M
    wheels = 0.25 * np.sin(turned + rng.uniform(0.0, 2.0 * np.pi, 3))
    noise = [
        coloured(len(speed), GRID_HZ, rng, lambda f: (f / (f + 3.0)) ** 2 / (1.0 + (f / 12.0) ** 2) ** 0.6)
        for _ in range(3)
    ]
    return np.asarray(envelope[:, None] * (np.column_stack(noise) + wheels) * _ROLLER_AXES)


def _ringing(frame: Frame, path: Trajectory, script: Script) -> FloatArray:
    """Two resonators on the sled: their own acceleration against it, times their share of the mass."""
    drive = path.acceleration_mps2.copy()
    for blow in script.blows:
        at = int(blow.at_s * GRID_HZ)
        push = np.hanning(12)[: max(len(drive) - at, 0)]
        drive[at : at + len(push)] += blow.strength_mps2 * push / frame.ring_share * 0.1
    padded = len(drive) + int(2 * GRID_HZ)
    hz = np.fft.rfftfreq(padded, 1.0 / GRID_HZ)
    spectrum = np.fft.rfft(drive, padded)
    total = np.zeros((len(drive), 3))
    for ring_hz, decay_s, axes in zip(frame.ring_hz, frame.ring_decay_s, _RING_AXES, strict=True):
        damping = hz / (np.pi * decay_s)
        response = frame.ring_share * hz**2 / (ring_hz**2 - hz**2 + 1j * damping)
        total += np.fft.irfft(spectrum * response, padded)[: len(drive), None] * axes
    return total


def _tremor(path: Trajectory, script: Script, rng: np.random.Generator) -> FloatArray:
    """Grows through each spell to twice its strength, and fades in and out with it."""
    strength = np.zeros_like(path.time_s)
    for spell in _spells(script, SpellKind.HOLDING):
        part = _part(spell)
        done = (path.time_s[part] - spell.start_s) / (spell.end_s - spell.start_s)
        strength[part] = spell.strength * (0.5 + done) * _fade(path.time_s[part], spell, 0.3)
    wave = coloured(len(strength), GRID_HZ, rng, lambda f: np.exp(-(((f - 9.5) / 1.5) ** 2)))
    return np.asarray(strength[:, None] * wave[:, None] * _TREMOR_AXES)


def _leaning(path: Trajectory, script: Script, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Tilt of the frame in degrees (n,), and its jolts (n, 3) in m/s²."""
    tilt, jolts = np.zeros_like(path.time_s), np.zeros((len(path.time_s), 3))
    for spell in _spells(script, SpellKind.LEANING):
        part = _part(spell)
        envelope = _fade(path.time_s[part], spell, 0.4)
        slow = coloured(len(envelope), GRID_HZ, rng, lambda f: 1.0 / (1.0 + (f / 0.3) ** 4))
        tilt[part] += spell.strength * envelope * slow
        for axis in range(3):
            shake = coloured(len(envelope), GRID_HZ, rng, lambda f: (f / (f + 0.5)) ** 2 / (1.0 + (f / 4.0) ** 4))
            jolts[part, axis] += spell.strength * 0.4 * envelope * shake
    return tilt, jolts


def _handled(force: FloatArray, script: Script, rng: np.random.Generator) -> FloatArray:
    """The sensor waved about and turned in a hand, ending in the place where it stays."""
    for spell in _spells(script, SpellKind.HANDLED):
        part = _part(spell)
        count = len(force[part])
        left = smooth_step(np.linspace(1.0, 0.0, count) * (spell.end_s - spell.start_s) / 0.8)
        if spell.start_s > 0.0:
            left *= smooth_step(np.linspace(0.0, 1.0, count) * (spell.end_s - spell.start_s) / 0.8)
        wave = [coloured(count, GRID_HZ, rng, lambda f: 1.0 / (1.0 + (f / 0.6) ** 4)) for _ in range(3)]
        shake = [
            coloured(count, GRID_HZ, rng, lambda f: (f / (f + 0.5)) ** 2 / (1.0 + (f / 3.0) ** 4))
            for _ in range(3)
        ]
        turns = rotations(np.column_stack(wave) * left[:, None])
        force[part] = np.einsum("nij,nj->ni", turns, force[part]) + 3.0 * left[:, None] * np.column_stack(shake)
    return force


def _spells(script: Script, kind: SpellKind) -> list[Spell]:
    return [spell for spell in script.spells if spell.kind is kind]


def _part(spell: Spell) -> slice:
    return slice(int(np.ceil(spell.start_s * GRID_HZ)), int(np.ceil(spell.end_s * GRID_HZ)))


def _fade(time_s: FloatArray, spell: Spell, seconds: float) -> FloatArray:
    return smooth_step((time_s - spell.start_s) / seconds) * smooth_step((spell.end_s - time_s) / seconds)
