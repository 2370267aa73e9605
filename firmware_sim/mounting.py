"""How the sensor sits on the sled: rotations from the sled's frame into the sensor's, and what turns them."""

from collections.abc import Sequence

import numpy as np

from firmware_sim.rail import GRID_HZ
from firmware_sim.script import Script
from firmware_sim.spans import Span
from firmware_sim.strokes import smooth_step
from sensor_hub.model import FloatArray


def draw_mounting(mounting_deg: Sequence[Span] | None, rng: np.random.Generator) -> FloatArray:
    """(3, 3) rotation from the sled's frame (along the rail, across, off the rail) into the sensor's."""
    if mounting_deg is None:
        q, r = np.linalg.qr(rng.normal(size=(3, 3)))
        q = q * np.sign(np.diag(r))
        return np.asarray(q * np.linalg.det(q))
    roll, pitch, yaw = (np.radians(angle.draw(rng)) for angle in mounting_deg)
    about_x, about_y, about_z = np.eye(3) * np.array([[roll], [pitch], [yaw]])
    turns = rotations(np.stack([about_x, about_y, about_z]))
    return np.asarray(turns[2] @ turns[1] @ turns[0])


def rotations(vectors_rad: FloatArray) -> FloatArray:
    """(n, 3, 3) rotation matrices of the rotation vectors (n, 3)."""
    angle = np.linalg.norm(vectors_rad, axis=1)
    x, y, z = (vectors_rad / np.maximum(angle, 1e-12)[:, None]).T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    sine, rest = np.sin(angle)[:, None, None], (1.0 - np.cos(angle))[:, None, None]
    return np.asarray(np.eye(3) + sine * cross + rest * (cross @ cross))


def into_sensor_frame(
    force_mps2: FloatArray, mounting: FloatArray, script: Script, rng: np.random.Generator
) -> FloatArray:
    """Specific force (n, 3) of the sled's frame as the sensor feels it, through every knock of the script."""
    felt = np.empty_like(force_mps2)
    begin = 0
    for knock in sorted(script.knocks, key=lambda k: k.at_s):
        start = int(knock.at_s * GRID_HZ)
        stop = start + int(knock.duration_s * GRID_HZ)
        felt[begin:start] = force_mps2[begin:start] @ mounting.T
        axis = rng.normal(size=3)
        axis *= np.radians(knock.angle_deg) / np.linalg.norm(axis)
        share = smooth_step(np.linspace(0.0, 1.0, stop - start))
        turning = rotations(share[:, None] * axis) @ mounting
        felt[start:stop] = np.einsum("nij,nj->ni", turning, force_mps2[start:stop])
        mounting, begin = turning[-1], stop
    felt[begin:] = force_mps2[begin:] @ mounting.T
    return felt


def through_loose_clip(
    force_mps2: FloatArray, ring_hz: float, decay_s: float, rng: np.random.Generator
) -> FloatArray:
    """Specific force (n, 3) as a sensor feels it that swings along a chance direction: a mass on a damped spring
    whose foot is shaken (transmissibility of one degree of freedom)."""
    along = rng.normal(size=3)
    along /= np.linalg.norm(along)
    part = force_mps2 @ along
    padded = len(part) + int(GRID_HZ * (1.0 + 5.0 * decay_s))
    hz = np.fft.rfftfreq(padded, 1.0 / GRID_HZ)
    damping = 1j * hz / (np.pi * decay_s)
    spectrum = np.fft.rfft(part - part[0], padded)
    swung = np.fft.irfft(spectrum * (ring_hz**2 + damping) / (ring_hz**2 - hz**2 + damping), padded)
    return np.asarray(force_mps2 + np.outer(swung[: len(part)] - (part - part[0]), along))
