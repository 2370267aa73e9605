"""Recordings with exact truth, rendered from scenarios, and what the engine says of them. Each is made once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario, load
from sensor_hub.engine import Engine
from sensor_hub.model import Event, RepSettled, Samples

SCENARIOS = Path(__file__).parents[2] / "config" / "scenarios"
BLOCK = 32
SAME_TURN_S = 0.8

RepTruth = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Performed:
    """One performance: all its samples, and the truth about every rep, set by set."""

    samples: Samples
    sets: list[list[RepTruth]]
    incline_deg: float

    @property
    def reps(self) -> list[RepTruth]:
        return [rep for one in self.sets for rep in one]

    @cached_property
    def events(self) -> list[Event]:
        """What a fresh engine tells, fed block by block like a live one."""
        engine = Engine()
        return tell(engine, self.samples) + engine.finish()

    @cached_property
    def settled(self) -> list[RepSettled]:
        return reps_of(self.events)

    @cached_property
    def found(self) -> list[tuple[RepTruth, RepSettled]]:
        """Each true rep with the settled one whose turn is nearest, where there is one."""
        left, pairs = list(self.settled), []
        for truth in self.reps:
            near = min(left, key=lambda one: abs(one.rep.turn_s - truth["turn_s"]), default=None)
            if near is not None and abs(near.rep.turn_s - truth["turn_s"]) <= SAME_TURN_S:
                left.remove(near)
                pairs.append((truth, near))
        return pairs


def tell(engine: Engine, samples: Samples) -> list[Event]:
    """Feed samples in blocks, as a link delivers them."""
    blocks = range(0, len(samples), BLOCK)
    return [event for start in blocks for event in engine.feed(part(samples, start, start + BLOCK))]


def part(samples: Samples, start: int, stop: int | None = None) -> Samples:
    cut = slice(start, stop)
    return Samples(samples.time_s[cut], samples.accel_mps2[cut], resolution_mps2=samples.resolution_mps2)


def between(samples: Samples, start_s: float, end_s: float = float("inf")) -> Samples:
    first, last = samples.time_s.searchsorted([start_s, end_s])
    return part(samples, int(first), int(last))


def reps_of(events: list[Event]) -> list[RepSettled]:
    return [event for event in events if isinstance(event, RepSettled)]


@cache
def perform(family: str, seed: int) -> Performed:
    """The project's scenario of a family."""
    return render(load(SCENARIOS / f"{family}.toml"), seed)


def perform_acts(*acts: Mapping[str, object], seed: int = 11, **sections: object) -> Performed:
    """A scenario of a test's own."""
    return render(Scenario.model_validate({"name": "own", "family": "own", "act": acts, **sections}), seed)


def render(scenario: Scenario, seed: int) -> Performed:
    performance = Performance(scenario, seed)
    time_s, counts = performance.samples
    count_mps2 = performance.chip.count_mps2
    truth = performance.truth()
    samples = Samples(time_s, counts * count_mps2, resolution_mps2=count_mps2)
    return Performed(samples, [one["reps"] for one in truth["sets"]], truth["incline_deg"])
