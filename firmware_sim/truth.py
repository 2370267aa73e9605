"""The truth of a performance, read off its noiseless trajectory by the definitions that the engine is scored by.

The sled moves while |v| ≥ 0.02 m/s. A rep bounced if its descent, still at 0.3 m/s, was reversed within 0.15 s; it
ended in a hard lockout if the last 0.3 m/s were lost within 60 ms; it is partial under 70 % of the set's range.
What reversed a bounced one is the lifter's secret: stop or rebound.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_sim.rail import GRID_HZ, Trajectory
from firmware_sim.script import PlannedRep, Script
from sensor_hub.model import MOVING_MPS, FloatArray

FAST_MPS = 0.3
BOUNCE_WITHIN_S = 0.15
LOCKOUT_WITHIN_S = 0.06
PARTIAL_BELOW = 0.7

RepTruth = dict[str, Any]


def sets_of(script: Script, path: Trajectory) -> list[dict[str, list[RepTruth]]]:
    """Every set with its reps, instants in true seconds on the trajectory's clock."""
    return [{"reps": _reps(planned, path)} for planned in script.sets]


def _reps(planned: list[PlannedRep], path: Trajectory) -> list[RepTruth]:
    edges = [_index(planned[0].start_s)]
    for rep, following in pairwise(planned):
        rising = _index(rep.concentric.start_s + rep.concentric.duration_s / 2)
        falling = _index(following.eccentric.start_s + following.eccentric.duration_s / 2)
        edges.append(rising + int(np.argmax(path.position_m[rising:falling])))
    edges.append(min(_index(planned[-1].end_s) + 1, len(path.time_s)))
    reps = [_rep(path, begin, end, rep) for rep, (begin, end) in zip(planned, pairwise(edges), strict=True)]
    full_m = max(rep["rom_m"] for rep in reps)
    for before, after in pairwise(reps):
        before["top_pause_s"] = after["start_s"] - before["end_s"]
    return [one | {"partial": one["rom_m"] < PARTIAL_BELOW * full_m} for one in reps]


def _rep(path: Trajectory, begin: int, end: int, planned: PlannedRep) -> RepTruth:
    """One rep between the grid indices of the top before it and the top after it."""
    lowest = begin + int(np.argmin(path.position_m[begin:end]))
    velocity = path.velocity_mps
    down = begin + np.flatnonzero(velocity[begin : lowest + 1] <= -MOVING_MPS)
    up = lowest + np.flatnonzero(velocity[lowest:end] >= MOVING_MPS)
    start_s = _crossing(velocity, down[0] - 1, -MOVING_MPS)
    bottom_s = _crossing(velocity, down[-1], -MOVING_MPS)
    turn_s = _crossing(velocity, up[0] - 1, MOVING_MPS)
    end_s = _crossing(velocity, up[-1], MOVING_MPS)
    bounced = _since(velocity[begin:lowest] <= -FAST_MPS, begin, turn_s) <= BOUNCE_WITHIN_S
    start_m, turn_m, end_m = np.interp([start_s, turn_s, end_s], path.time_s, path.position_m)
    return {
        "start_s": start_s,
        "bottom_s": bottom_s,
        "turn_s": turn_s,
        "end_s": end_s,
        "eccentric_s": bottom_s - start_s,
        "bottom_pause_s": turn_s - bottom_s,
        "concentric_s": end_s - turn_s,
        "time_under_tension_s": end_s - start_s,
        "top_pause_s": None,
        "rom_m": float(start_m - path.position_m[lowest]),
        "mean_concentric_velocity": float((end_m - turn_m) / (end_s - turn_s)),
        "peak_concentric_velocity": float(velocity[up].max()),
        "peak_eccentric_velocity": float(-velocity[down].min()),
        "bounce": bounced,
        "bounce_cause": planned.bounce_cause if bounced else None,
        "lockout_slam": _since(velocity[lowest:end] >= FAST_MPS, lowest, end_s) <= LOCKOUT_WITHIN_S,
        "partial": False,
    }


def _since(fast: NDArray[np.bool_], offset: int, instant_s: float) -> float:
    """Seconds from the last fast sample to an instant; infinite where none was fast."""
    last = np.flatnonzero(fast)
    return float(instant_s - (offset + int(last[-1])) / GRID_HZ) if len(last) else float("inf")


def _crossing(velocity: FloatArray, index: int, level: float) -> float:
    """The instant, between grid samples index and index + 1, at which the velocity passes a level."""
    first, second = velocity[index], velocity[index + 1] if index + 1 < len(velocity) else velocity[index]
    share = 0.0 if first == second else float(np.clip((level - first) / (second - first), 0.0, 1.0))
    return (index + share) / GRID_HZ


def _index(time_s: float) -> int:
    return max(1, int(time_s * GRID_HZ))
