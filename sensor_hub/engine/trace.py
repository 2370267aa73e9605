"""The settled course of a rep, thin enough to be sent and drawn.

Position and velocity are those that the rep's figures were read off, so that a drawing agrees with the table.
"""

import numpy as np

from sensor_hub.engine.smoothing import Smoothed
from sensor_hub.model import RepTrace

SPACING_S = 0.05


def trace_of(smoothed: Smoothed, start_s: float, end_s: float) -> RepTrace:
    """The stretch [start_s, end_s] in even steps of about 1/20 s, both ends included; position from 0 at its start."""
    offset_s = np.linspace(0.0, end_s - start_s, max(2, round((end_s - start_s) / SPACING_S) + 1))
    position_m = np.interp(start_s + offset_s, smoothed.time_s, smoothed.position_m)
    velocity_mps = np.interp(start_s + offset_s, smoothed.time_s, smoothed.velocity_mps)
    return RepTrace(
        tuple(offset_s.tolist()), tuple((position_m - position_m[0]).tolist()), tuple(velocity_mps.tolist())
    )
