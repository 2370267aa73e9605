"""How well a tempo was kept: each phase of each rep against its digit.

1. A digit of seconds is kept within a fifth of itself (the share that tensr uses for the eccentric), or within what
   the rep's own uncertainty cannot tell apart from that.
2. No pause (0) is kept below half a second: what rounds to 0 as tempos are counted.
3. A stroke as fast as possible (X) is kept below EXPLOSIVE_S.
4. A phase that could not be measured is not judged; neither is the pause after a set's last rep, which ends the set.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Protocol

from sensor_hub.coach.tempo import EXPLOSIVE_S
from sensor_hub.prescription import Digits

TOLERANCE = 0.2
NO_PAUSE_S = 0.5
PHASES = ("eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s")
_STROKES = frozenset({"eccentric_s", "concentric_s"})


class TimedRep(Protocol):
    """What is judged of a rep: a sensor_hub.model.Rep, or its message."""

    @property
    def eccentric_s(self) -> float | None: ...
    @property
    def bottom_pause_s(self) -> float | None: ...
    @property
    def concentric_s(self) -> float: ...
    @property
    def top_pause_s(self) -> float | None: ...
    @property
    def uncertainty(self) -> Mapping[str, float | None]: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """One phase of one rep against its digit."""

    kept: bool
    error_s: float
    """Measured less prescribed; against no pause or X, what it was too long."""


@dataclass(frozen=True, slots=True)
class PhaseAdherence:
    """One phase over many reps; None where no rep could be judged."""

    judged: int
    kept_share: float | None
    error_s: float | None
    """Mean, signed: positive is too slow, or too long a pause."""


def limits(phase: str, prescribed_s: float) -> tuple[float, float]:
    """Shortest and longest time (s) that keep the digit."""
    if prescribed_s > 0.0:
        return prescribed_s * (1.0 - TOLERANCE), prescribed_s * (1.0 + TOLERANCE)
    return 0.0, EXPLOSIVE_S if phase in _STROKES else NO_PAUSE_S


def judge(
    phase: str, prescribed_s: float, measured_s: float | None, sigma_s: float | None = None
) -> Verdict | None:
    """None for what was not measured. A time outside by less than its uncertainty is given to the lifter."""
    return _verdict(limits(phase, prescribed_s), prescribed_s, measured_s, sigma_s)


def adherence(sets: Sequence[Sequence[TimedRep]], asked: Digits) -> dict[str, PhaseAdherence]:
    """By phase, over all reps of some sets done at one tempo."""
    return {
        phase: _pooled([verdict for reps in sets for verdict in _verdicts(reps, phase, prescribed_s)])
        for phase, prescribed_s in zip(PHASES, asked, strict=True)
    }


def _verdicts(reps: Sequence[TimedRep], phase: str, prescribed_s: float) -> Iterator[Verdict]:
    ended_by = reps[-1:] if phase == "top_pause_s" else ()
    within_s = limits(phase, prescribed_s)
    for rep in reps[: len(reps) - len(ended_by)]:
        verdict = _verdict(within_s, prescribed_s, getattr(rep, phase), rep.uncertainty.get(phase))
        if verdict is not None:
            yield verdict


def _verdict(
    within_s: tuple[float, float], prescribed_s: float, measured_s: float | None, sigma_s: float | None
) -> Verdict | None:
    if measured_s is None:
        return None
    (shortest, longest), slack = within_s, sigma_s or 0.0
    error_s = measured_s - prescribed_s if prescribed_s > 0.0 else max(0.0, measured_s - longest)
    return Verdict(shortest - slack <= measured_s <= longest + slack, error_s)


def _pooled(verdicts: Sequence[Verdict]) -> PhaseAdherence:
    if not verdicts:
        return PhaseAdherence(0, None, None)
    return PhaseAdherence(
        judged=len(verdicts),
        kept_share=fmean([verdict.kept for verdict in verdicts]),
        error_s=fmean([verdict.error_s for verdict in verdicts]),
    )
