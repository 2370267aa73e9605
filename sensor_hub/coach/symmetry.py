"""Left against right, of two sets done one leg at a time.

The index is the difference as a share of the better side, positive where the left is better: the percentage
difference for tests that measure each side by itself (Bishop 2018). A difference smaller than either side's own
variation from rep to rep (coefficient of variation) is not a difference (Exell 2012, Bishop 2018).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

LEAST_REPS = 3


@dataclass(frozen=True, slots=True)
class Difference:
    share: float
    """(left - right) / the larger of the two."""
    sigma: float
    """Standard uncertainty, from the spread of the reps."""
    clear: bool
    """Larger than the variation within each side."""


def difference(left: Sequence[float], right: Sequence[float]) -> Difference | None:
    """A metric of each rep, positive, side by side. None with fewer than LEAST_REPS a side, or without a size."""
    if min(len(left), len(right)) < LEAST_REPS or min(*left, *right) <= 0:
        return None
    means, spreads = (mean(left), mean(right)), (stdev(left), stdev(right))
    better, worse = max(means), min(means)
    errors = [s / len(side) ** 0.5 / m for s, side, m in zip(spreads, (left, right), means, strict=True)]
    share = (means[0] - means[1]) / better
    sigma = worse / better * float(sum(error**2 for error in errors) ** 0.5)
    return Difference(share, sigma, abs(share) > max(s / m for s, m in zip(spreads, means, strict=True)))
