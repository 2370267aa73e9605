"""What was told of a performance against what was true: the figures an engine is judged by.

Steps
1. Each true rep, in order, is matched with the nearest told one whose turn lies within `SAME_TURN_S` of its own.
2. A set is exact when all its reps are matched and no other was told from `AROUND_S` before it to as long after it.
   It is whole when they were, moreover, told as one set that holds no other rep.
3. Errors of matched reps are absolute. A true value is inside when it lies within two stated standard uncertainties.
   A metric or flag that is None makes no error; it counts as withheld.
4. A rep is told by the first settled one about its turn, if there is any. A phase is told by the event nearest to its
   beginning within `PHASE_WINDOW_S`; one without such an event is missed, and told infinitely late.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from firmware_sim.truth import RepTruth
from sensor_hub.model import Event, Phase, PhaseBegan, RepSettled

SAME_TURN_S = 0.8
AROUND_S = 6.0
PHASE_WINDOW_S = (-0.3, 1.5)
METRICS = {
    "eccentric_s": "eccentric_s",
    "concentric_s": "concentric_s",
    "bottom_pause_s": "bottom_pause_s",
    "rom_m": "rom_m",
    "mean_velocity_mps": "mean_concentric_velocity",
    "peak_velocity_mps": "peak_concentric_velocity",
}
"""What the model calls it: what the truth calls it."""
FLAGS = {"bounced": "bounce", "hard_lockout": "lockout_slam", "partial": "partial"}
STARTS = {Phase.ECCENTRIC: "start_s", Phase.CONCENTRIC: "turn_s"}

Series = defaultdict[str, list[float]]


def _series() -> Series:
    return defaultdict(list)


@dataclass(eq=False)
class Score:
    """Performances compared so far; `figures` sums them up."""

    counts: Counter[str] = field(default_factory=Counter)
    """Of sets, exact and whole ones; reps, found and added ones, ones told where nobody lifted; withheld values."""
    errors: Series = field(default_factory=_series)
    inside: Series = field(default_factory=_series)
    flags: dict[str, Counter[tuple[bool, bool]]] = field(
        default_factory=lambda: {name: Counter() for name in FLAGS}
    )
    """How often each pair of (said, true) occurred."""
    causes: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    """Likewise of what reversed the bounced reps that were told as such."""
    told_s: Series = field(default_factory=_series)

    def add(self, sets: Sequence[Sequence[RepTruth]], events: Iterable[Event]) -> None:
        """Compare one performance: its true sets, and everything the engine told of it."""
        events = list(events)
        settled = [event for event in events if isinstance(event, RepSettled)]
        phases = [event for event in events if isinstance(event, PhaseBegan)]
        free = list(settled)
        for reps in sets:
            matches = [_take_nearest(rep, free) for rep in reps]
            self._add_set(reps, matches, settled)
            for rep, match in zip(reps, matches, strict=True):
                if match is not None:
                    self._add_rep(rep, match)
                self._add_latency(rep, settled, phases)
        self.counts.update(added=len(free), told_idle=0 if sets else len(settled))

    def merge(self, other: "Score") -> None:
        self.counts.update(other.counts)
        for mine, theirs in (
            (self.errors, other.errors),
            (self.inside, other.inside),
            (self.told_s, other.told_s),
        ):
            for name, values in theirs.items():
                mine[name] += values
        for name, pairs in other.flags.items():
            self.flags[name].update(pairs)
        self.causes.update(other.causes)

    def figures(self) -> dict[str, float]:
        """Each figure by its name, SI units, shares from 0 to 1. What nothing tells is left out."""
        n = self.counts
        figures: dict[str, float] = {name: n[name] for name in ("sets", "reps", "found", "added", "told_idle")}
        if n["sets"]:
            figures |= {"exact": n["exact"] / n["sets"], "whole": n["whole"] / n["sets"]}
        for name, errors in self.errors.items():
            median, p95 = np.percentile(errors, [50, 95])
            inside = float(np.mean(self.inside[name]))
            figures |= {f"{name}.median": float(median), f"{name}.p95": float(p95), f"{name}.inside": inside}
        for name, late in self.told_s.items():
            figures |= _delays(name, late)
        for name, pairs in self.flags.items():
            figures |= _precision_and_recall(name, pairs)
        figures |= _causes(self.causes)
        return figures | {f"{name}.withheld": n[name] for name in (*METRICS, *FLAGS)}

    def _add_set(
        self, reps: Sequence[RepTruth], matches: Sequence[RepSettled | None], settled: Sequence[RepSettled]
    ) -> None:
        first_s, last_s = reps[0]["start_s"] - AROUND_S, reps[-1]["end_s"] + AROUND_S
        around = sum(first_s <= event.rep.turn_s <= last_s for event in settled)
        numbers = {match.set_number for match in matches if match is not None}
        members = sum(event.set_number in numbers for event in settled)
        exact = None not in matches and around == len(reps)
        whole = exact and len(numbers) == 1 and members == len(reps)
        self.counts.update(sets=1, exact=int(exact), whole=int(whole), reps=len(reps))

    def _add_rep(self, true: RepTruth, told: RepSettled) -> None:
        self.counts["found"] += 1
        for name, true_name in METRICS.items():
            value, sigma = getattr(told.rep, name), told.rep.uncertainty.get(name)
            if value is None or sigma is None:
                self.counts[name] += 1
                continue
            error = abs(value - true[true_name])
            self.errors[name].append(error)
            self.inside[name].append(error <= 2 * sigma)
        for name, true_name in FLAGS.items():
            said, is_so = getattr(told.rep, name), true[true_name]
            if is_so is not None and said is not None:
                self.flags[name][said, is_so] += 1
            self.counts[name] += is_so is not None and said is None
        if told.rep.bounced and true["bounce"] and (cause := true.get("bounce_cause")) is not None:
            self.causes[told.rep.bounce_cause, cause] += 1

    def _add_latency(self, true: RepTruth, settled: Sequence[RepSettled], phases: Sequence[PhaseBegan]) -> None:
        about = (e.at_s for e in settled if abs(e.rep.turn_s - true["turn_s"]) <= SAME_TURN_S)
        self.told_s["rep"] += [at_s - true["end_s"] for at_s in islice(about, 1)]
        early, late = PHASE_WINDOW_S
        for phase, instant in STARTS.items():
            after = [event.at_s - true[instant] for event in phases if event.phase is phase]
            near = [delay for delay in after if early <= delay <= late]
            self.told_s[phase.value].append(min(near, key=abs, default=np.inf))


def _take_nearest(true: RepTruth, free: list[RepSettled]) -> RepSettled | None:
    nearest = min(free, key=lambda event: abs(event.rep.turn_s - true["turn_s"]), default=None)
    if nearest is None or abs(nearest.rep.turn_s - true["turn_s"]) > SAME_TURN_S:
        return None
    free.remove(nearest)
    return nearest


def _delays(name: str, late_s: list[float]) -> dict[str, float]:
    with np.errstate(invalid="ignore"):
        median, p95 = np.nan_to_num(np.percentile(late_s, [50, 95]), nan=np.inf, posinf=np.inf)
    missed = float(np.mean(np.isinf(late_s)))
    return {f"{name}.told_s": float(median), f"{name}.told_p95_s": float(p95), f"{name}.missed": missed}


def _causes(pairs: Counter[tuple[str | None, str | None]]) -> dict[str, float]:
    told = sum(count for (said, _), count in pairs.items() if said is not None)
    right = sum(count for (said, true), count in pairs.items() if said == true)
    figures = {"bounce_cause.right": right / told} if told else {}
    return figures | ({"bounce_cause.told": told / pairs.total()} if pairs else {})


def _precision_and_recall(name: str, pairs: Counter[tuple[bool, bool]]) -> dict[str, float]:
    hits, said, true = (
        pairs[True, True],
        pairs[True, True] + pairs[True, False],
        pairs[True, True] + pairs[False, True],
    )
    figures = {f"{name}.precision": hits / said} if said else {}
    return figures | ({f"{name}.recall": hits / true} if true else {})
