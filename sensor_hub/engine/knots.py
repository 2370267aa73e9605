"""The live filter's steps as knots of the smoother: where much is alike, several together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensor_hub.engine.motion import Track
from sensor_hub.model import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int_]

STANDSTILL_STEPS = 5
"""How many steps of a standstill make one knot."""
STROKE_STEPS = 3
"""How many steps in the middle of a stroke make one knot."""


@dataclass(frozen=True, slots=True)
class Knots:
    """(m,) ends of one or more steps, where the live filter saw the sled, the velocity variance they added, and the
    uncertainty of the hypothesis that the sled stood, NaN where it moved."""

    time_s: FloatArray
    position_m: FloatArray
    added_variance: FloatArray
    hold_sigma_mps: FloatArray
    blind: BoolArray
    """The samples under the step are missing; such a step is a knot of its own."""


def knots_of(tracks: Sequence[Track]) -> Knots:
    """Steps deep inside a standstill, several at a time: they carry one measurement together. In the middle of a stroke
    likewise, except about a gap: what it hid came at once."""
    sigma = np.array([np.nan if (hold := k.hold_sigma_mps) is None else hold for k in tracks])
    blind = np.array([k.blind for k in tracks])
    last = _ends(~np.isnan(sigma), blind)
    steps = np.diff(last, prepend=-1)
    return Knots(
        np.array([k.time_s for k in tracks])[last],
        np.array([k.position_m for k in tracks])[last],
        np.add.reduceat(np.array([k.added_variance for k in tracks]), last - steps + 1),
        sigma[last] / np.sqrt(steps),
        blind[last],
    )


def _ends(held: BoolArray, blind: BoolArray) -> IntArray:
    """Which of the steps are the last of their knots."""
    if len(held) <= 2 * STANDSTILL_STEPS:
        return np.arange(len(held))
    about = np.ones(2 * STANDSTILL_STEPS + 1)
    standing = np.convolve(~held, about, "same") == 0
    rolling = (np.convolve(held, about, "same") == 0) & (np.convolve(blind, np.ones(3), "same") == 0)
    most = np.where(standing, STANDSTILL_STEPS, np.where(rolling, STROKE_STEPS, 1))
    most[[0, -1]] = 1
    ends, together = [], 0
    for i, limit in enumerate(most.tolist()):
        together += 1
        if together >= limit:
            ends.append(i)
            together = 0
    return np.array(ends)
