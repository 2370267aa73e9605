"""What of a rep that lost samples can be known. A wrong number shown with confidence is worse than none.

Steps
1. A rep without a gap is told as it was measured.
2. A stroke that turns back by much on its way, or two ways that do not agree: the gap hid a turn, and two reps were
   read as one, or one only in part. When it turned and ended is told; how far, how fast and how long it went is not
   known.
3. Elsewhere each figure that is less certain than a third of itself is not known.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from sensor_hub.engine.reps import Measured
from sensor_hub.model import FloatArray, Rep

FIGURES = (
    *("rom_m", "mean_velocity_mps", "peak_velocity_mps"),
    *("mean_eccentric_velocity_mps", "peak_eccentric_velocity_mps"),
    *("mean_propulsive_velocity_mps", "mean_power_w_per_kg", "peak_power_w_per_kg"),
)
"""How far and how fast."""
COURSE = (
    *("eccentric_s", "time_under_tension_s", "turn_acceleration_mps2"),
    *("propulsive_share", "sticking_point_share", "sticking_velocity_share", "eccentric_control"),
)
"""What a misread rep has none of, either."""
VAGUE_SHARE = 1 / 3
TURNED_SHARE = 0.3
"""Of the range: by so much no stroke turns back, and so much both ways agree."""


def as_known(measured: Measured) -> Rep:
    """The rep with None for what its gaps leave unknown, the uncertainty of these likewise."""
    rep = measured.rep
    if not measured.holed:
        return rep
    if _misread(measured):
        wide = {**rep.uncertainty, "concentric_s": rep.concentric_s}
        return _without(replace(rep, uncertainty=wide, bounced=None, bounce_cause=None), [*FIGURES, *COURSE])
    return _without(rep, [name for name in FIGURES if _vague(rep, name)])


def _vague(rep: Rep, name: str) -> bool:
    value, sigma = getattr(rep, name), rep.uncertainty.get(name)
    return value is not None and sigma is not None and sigma > VAGUE_SHARE * value


def _misread(measured: Measured) -> bool:
    away = np.abs(np.asarray(measured.trace.position_m))
    far = int(np.argmax(away))
    out, back = away[: far + 1], away[far:]
    turned_m = max(_turned_back(out), _turned_back(-back))
    return max(turned_m, abs(float(away[-1]))) > TURNED_SHARE * float(away[far])


def _turned_back(way: FloatArray) -> float:
    """By how much at most a way forward led back again."""
    return float((np.maximum.accumulate(way) - way).max())


def _without(rep: Rep, names: list[str]) -> Rep:
    nothing: dict[str, Any] = dict.fromkeys(names)
    return replace(rep, **nothing, uncertainty={**rep.uncertainty, **nothing})
