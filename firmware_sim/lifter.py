"""The lifter: a set of a scenario becomes strokes, one after the other, each a little different from the last.

A controlled turn brakes over 0.3 s or more and a controlled end over 0.15 s or more, so strokes that would brake
harder are drawn again, and made longer if need be. A bounced rep's descent runs into a blow that reverses it; a
hard lockout's concentric runs into one that stops it.
"""

from dataclasses import dataclass, replace

import numpy as np

from firmware_sim.scenario import SetAct, Which
from firmware_sim.script import Blow, PlannedRep, Script, Spell, SpellKind
from firmware_sim.spans import Span
from firmware_sim.strokes import Beta, Shape, Sticking, Stroke, contact, draw_shape, turning_s
from sensor_hub.model import BounceCause

_FLUENT_S = 0.05
"""Pauses this short are turns without standing still: the next stroke begins while the last one brakes."""
_SHORTEST_TURN_S = 0.2
_SLOWEST_MPS = 0.05
"""Mean speed of the slowest stroke anybody performs; below it, moving could not be told from standing."""


@dataclass(frozen=True, slots=True)
class RepTargets:
    range_m: float
    eccentric_s: float
    bottom_s: float
    concentric_s: float
    top_s: float
    bounced: bool
    hard_lockout: bool
    sticking: float


@dataclass(frozen=True, slots=True)
class _Descent:
    """rebound_mps: the velocity upwards after it."""

    stroke: Stroke
    depth_m: float
    rebound_mps: float = 0.0
    bounce_cause: BounceCause | None = None


class Lifter:
    """Performs one set, writing into the script from `time_s` on."""

    def __init__(self, act: SetAct, script: Script, time_s: float, rng: np.random.Generator) -> None:
        self._act, self._script, self._rng = act, script, rng
        self._time_s = time_s
        """Where the last stroke's visible motion, and the pause after it, ended."""
        self._turns_from: Stroke | None = None
        """The stroke before, where no pause parts it from the next one."""

    def perform(self) -> float:
        """Unrack, the reps, rack again. Returns the instant at which the sled is back at rest."""
        began_s = self._time_s
        height = self._act.unrack_m.draw(self._rng)
        if self._act.unrack:
            self._move(height, self._rng.uniform(0.35, 0.9))
        self._wait(self._act.settle_s.draw(self._rng))
        targets = self._targets()
        self._script.sets.append([self._rep(target) for target in targets])
        self._wait(self._act.settle_s.draw(self._rng))
        if self._act.unrack:
            self._move(-height, self._rng.uniform(0.4, 1.0))
            self._script.blows.append(Blow(self._time_s, self._rng.uniform(1.0, 8.0)))
        tremor = self._act.tremor_mps2.draw(self._rng)
        self._script.spells.append(Spell(SpellKind.HOLDING, began_s, self._time_s + 0.1, tremor))
        return self._time_s + 0.2

    def _targets(self) -> list[RepTargets]:
        act, rng = self._act, self._rng
        count = act.reps.draw_count(rng)
        range_m, fatigue, sticking = act.range_m.draw(rng), act.fatigue.draw(rng), act.sticking.draw(rng)
        bounced, slammed, partial, held = (
            self._chosen(which, count) for which in (act.bounced, act.hard_lockout, act.partial, act.hold_after)
        )
        tempo = [None if span is None else span.draw(rng) for span in act.tempo.phases]
        targets = []
        for number in range(1, count + 1):
            tired = (number - 1) / max(count - 1, 1)
            ratio = act.partial_ratio.draw(rng) if number in partial else 1.0
            length = range_m * ratio * min(max(1.0 + rng.normal(0.0, act.range_variation), 0.9), 1.1)
            eccentric = self._varied(tempo[0], Span(0.55, 0.9)) * ratio**0.5
            concentric = self._varied(tempo[2], Span(0.5, 0.8)) * ratio**0.5 * (1.0 + fatigue * tired**2)
            if number in bounced:
                eccentric = min(eccentric, rng.uniform(0.6, 1.1))
            if number in slammed:
                concentric = min(concentric, rng.uniform(0.55, 0.95))
            top = act.hold_s.draw(rng) if number in held else self._pause(tempo[3])
            targets.append(
                RepTargets(
                    range_m=length,
                    eccentric_s=min(eccentric, length / _SLOWEST_MPS),
                    bottom_s=self._pause(tempo[1]),
                    concentric_s=min(concentric, length / _SLOWEST_MPS),
                    top_s=top,
                    bounced=number in bounced,
                    hard_lockout=number in slammed,
                    sticking=sticking * tired,
                )
            )
        return targets

    def _chosen(self, which: Which, count: int) -> set[int]:
        if isinstance(which, list):
            return {number if number > 0 else count + 1 + number for number in which}
        return {number for number in range(1, count + 1) if self._rng.random() < which}

    def _varied(self, seconds: float | None, fast: Span) -> float:
        drawn = fast.draw(self._rng) if seconds is None else max(seconds, 0.3)
        return float(drawn * np.exp(self._rng.normal(0.0, self._act.tempo_variation)))

    def _pause(self, seconds: float | None) -> float:
        return max(0.04, (seconds or 0.0) * float(np.exp(self._rng.normal(0.0, self._act.tempo_variation))))

    def _rep(self, target: RepTargets) -> PlannedRep:
        first = len(self._script.strokes)
        if target.bounced:
            descent = self._bounced_descent(target)
        else:
            shape, seconds = self._controlled(target.range_m, target.eccentric_s, whole_s=0.3, last_s=0.13)
            descent = _Descent(self._move(-target.range_m, seconds, shape), target.range_m)
            self._wait(target.bottom_s, descent.stroke)
        concentric = self._ascent(target, descent.depth_m, descent.rebound_mps)
        self._wait(target.top_s, None if target.hard_lockout else concentric)
        made = self._script.strokes[first:]
        first_s, last_s = min(s.start_s for s in made), max(s.end_s for s in made)
        return PlannedRep(descent.stroke, concentric, first_s, last_s, descent.bounce_cause)

    def _wait(self, seconds: float, after: Stroke | None = None) -> None:
        self._time_s += seconds
        self._turns_from = after if seconds <= _FLUENT_S else None

    def _blended(self, stroke: Stroke) -> Stroke:
        """The stroke, begun while the one before it still brakes if no pause parts them and the turn is soft."""
        if self._turns_from is not None:
            for sooner_s in self._rng.uniform(0.05, 0.25) * np.array([1.0, 0.6, 0.3]):
                earlier = replace(stroke, start_s=stroke.start_s - sooner_s)
                if turning_s(self._turns_from, earlier) >= _SHORTEST_TURN_S:
                    return earlier
        return stroke

    def _bounced_descent(self, target: RepTargets) -> _Descent:
        """A fast descent and the blow that reverses it: the stop's, short and hard, or the legs', longer and soft."""
        rng, act = self._rng, self._act
        seconds = target.eccentric_s
        carried = rng.uniform(0.45, 0.75)
        speed = max(2.0 * carried * target.range_m / seconds, 0.4)
        seconds = min(seconds, 2.0 * carried * target.range_m / speed)
        stroke = Stroke(
            self._time_s,
            seconds,
            -target.range_m,
            draw_shape(rng, seconds, even=act.stroke == "even"),
            0.0,
            -speed,
        )
        stroke = replace(stroke, start_s=2.0 * self._time_s - stroke.moving_s()[0])
        bumper = rng.random() < 0.4
        touching = rng.uniform(0.03, 0.06) if bumper else rng.uniform(0.07, 0.13)
        rebound = min(speed * rng.uniform(0.3, 0.7), 0.8 * target.range_m / target.concentric_s)
        blow = contact(stroke.end_s, touching, -speed, rebound)
        self._script.strokes += [stroke, blow]
        if bumper:
            self._script.blows.append(Blow(stroke.end_s + touching / 2, speed * rng.uniform(4.0, 12.0)))
        self._time_s = blow.end_s
        cause = BounceCause.STOP if bumper else BounceCause.REBOUND
        return _Descent(stroke, target.range_m - blow.travel_m, rebound, cause)

    def _ascent(self, target: RepTargets, depth_m: float, entry_mps: float) -> Stroke:
        """The concentric from the bottom back to the top; with a rebound it begins in motion, at once."""
        if target.hard_lockout:
            return self._slammed_ascent(target, depth_m, entry_mps)
        shape, seconds = self._controlled(depth_m, target.concentric_s, whole_s=0.17, last_s=0.07, entry=entry_mps)
        if target.sticking > 0.0:
            shape = Sticking(shape, self._rng.uniform(0.3, 0.5), self._rng.uniform(0.08, 0.15), target.sticking)
        return self._move(depth_m, seconds, shape, entry_mps)

    def _slammed_ascent(self, target: RepTargets, depth_m: float, entry_mps: float) -> Stroke:
        rng = self._rng
        stopping = rng.uniform(0.014, 0.045)
        share = rng.uniform(0.3, 0.7)
        highest = 0.6 * depth_m / (target.concentric_s * share / 2.0)
        exit_mps = max(min(rng.uniform(0.4, 0.9), highest), 0.36)
        seconds = min(target.concentric_s, 1.4 * depth_m / (exit_mps * share))
        travel = depth_m - stopping * exit_mps / 2.0
        stroke = Stroke(
            self._time_s, seconds, travel, draw_shape(rng, seconds, even=False), entry_mps, exit_mps, share
        )
        if entry_mps == 0.0:
            stroke = replace(stroke, start_s=2.0 * self._time_s - stroke.moving_s()[0])
        self._script.strokes += [stroke, contact(stroke.end_s, stopping, exit_mps, 0.0)]
        self._script.blows.append(Blow(stroke.end_s + stopping / 2, exit_mps * rng.uniform(3.0, 10.0)))
        self._time_s = stroke.end_s + stopping
        return stroke

    def _controlled(
        self, travel_m: float, seconds: float, whole_s: float, last_s: float, entry: float = 0.0
    ) -> tuple[Shape, float]:
        """A shape and its time that take whole_s to lose the peak and last_s to lose the last 0.3 m/s, or more."""
        for attempt in range(40):
            shape = draw_shape(self._rng, seconds, even=self._act.stroke == "even")
            stroke = Stroke(0.0, seconds, travel_m, shape, entry)
            if stroke.braking_s() >= whole_s and stroke.braking_s(0.3) >= last_s and stroke.hump_mps > 0.0:
                return shape, seconds
            if attempt >= 8:
                seconds *= 1.04
        return Beta(2.0, 3.0), seconds

    def _move(
        self, travel_m: float, moving_s: float, shape: Shape | None = None, entry_mps: float = 0.0
    ) -> Stroke:
        """Append a stroke that visibly moves for `moving_s` from now on; the clock goes on to where it stops."""
        stroke = Stroke(self._time_s, moving_s, travel_m, shape or Beta(2.0, 2.0), entry_mps)
        for _ in range(5):
            first, last = stroke.moving_s()
            stroke = replace(stroke, duration_s=stroke.duration_s * moving_s / max(last - first, 0.3 * moving_s))
        first, last = stroke.moving_s()
        if entry_mps == 0.0:
            stroke = self._blended(replace(stroke, start_s=2.0 * self._time_s - first))
        self._script.strokes.append(stroke)
        self._time_s = stroke.moving_s()[1]
        return stroke
