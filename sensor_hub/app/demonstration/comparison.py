"""What landed in the store beside the simulator's truth, rep by rep, matched by the instants of the turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sensor_hub.messages import RepMessage

MATCH_S = 0.8
SETTLING_S = 1.0
"""A rep that truly ended this shortly before the end may still have been unsettled."""
FIELDS = {
    "eccentric_s": "eccentric_s",
    "bottom_pause_s": "bottom_pause_s",
    "concentric_s": "concentric_s",
    "time_under_tension_s": "time_under_tension_s",
    "rom_m": "rom_m",
    "mean_velocity_mps": "mean_concentric_velocity",
    "peak_velocity_mps": "peak_concentric_velocity",
}
"""Stored metric and its name in the truth; an older truth may lack one."""
FLAGS = {"bounced": "bounce", "hard_lockout": "lockout_slam", "partial": "partial"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One sensor's reps. differences: stored minus true, of every matched rep."""

    sensor: str
    expected: int
    stored: int
    missing: list[float]
    """True turn instants that no stored rep matches, in device seconds."""
    extra: list[float]
    """Stored turn instants that no true rep matches."""
    differences: list[dict[str, float | None]]
    wrong_flags: list[dict[str, Any]]

    @property
    def equal(self) -> bool:
        return not self.missing and not self.extra


def compare(sensor: str, truth: dict[str, Any], stored: Sequence[RepMessage], until_s: float) -> Comparison:
    """until_s: device time at which the recording stopped; what truly ended later is not expected."""
    true_reps = [rep for one in truth["sets"] for rep in one["reps"]]
    taken: set[int] = set()
    missing, differences, wrong_flags, expected = [], [], [], 0
    for rep in true_reps:
        match = _nearest(rep["turn_s"], stored, taken)
        due = rep["end_s"] <= until_s - SETTLING_S
        expected += due or match is not None
        if match is None:
            missing += [rep["turn_s"]] * due
            continue
        taken.add(match)
        differences.append(_differences(stored[match], rep))
        wrong_flags += _wrong_flags(stored[match], rep)
    extra = [rep.turn_s for i, rep in enumerate(stored) if i not in taken]
    return Comparison(sensor, expected, len(stored), missing, extra, differences, wrong_flags)


def _nearest(turn_s: float, stored: Sequence[RepMessage], taken: set[int]) -> int | None:
    near = [
        (abs(rep.turn_s - turn_s), i)
        for i, rep in enumerate(stored)
        if i not in taken and abs(rep.turn_s - turn_s) <= MATCH_S
    ]
    return min(near)[1] if near else None


def _differences(rep: RepMessage, true: dict[str, Any]) -> dict[str, float | None]:
    found: dict[str, float | None] = {"turn_s": round(rep.turn_s - true["turn_s"], 4)}
    for name, true_name in FIELDS.items():
        value, expected = getattr(rep, name), true.get(true_name)
        found[name] = None if value is None or expected is None else round(value - expected, 4)
    return found


def _wrong_flags(rep: RepMessage, true: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"turn_s": true["turn_s"], "flag": name, "stored": getattr(rep, name), "true": true[true_name]}
        for name, true_name in FLAGS.items()
        if getattr(rep, name) is not None and true[true_name] is not None and getattr(rep, name) != true[true_name]
    ]
