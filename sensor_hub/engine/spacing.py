"""How far samples are apart."""

import numpy as np

from sensor_hub.model import FloatArray


def spacing_of(time_s: FloatArray) -> float:
    """Median interval (s) between (n,) times, n > 1. Sorting a few hundred is faster than a general median."""
    intervals = np.sort(time_s[1:] - time_s[:-1])
    middle = len(intervals) // 2
    return float(0.5 * (intervals[middle] + intervals[(len(intervals) - 1) // 2]))
