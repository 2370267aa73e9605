"""A set in a few figures: tempo, time under tension, velocity loss, power."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Protocol

from sensor_hub.coach.adherence import TimedRep
from sensor_hub.coach.fatigue import velocity_loss, velocity_losses
from sensor_hub.coach.power import power
from sensor_hub.coach.stretch import stretch_shortening_retained
from sensor_hub.coach.tempo import Tempo, time_under_tension, typical
from sensor_hub.engine.metrics import UNKNOWN, Figure


class SettledRep(TimedRep, Protocol):
    """What a summary needs of a rep: a sensor_hub.model.Rep, or its message."""

    @property
    def start_s(self) -> float | None: ...
    @property
    def mean_velocity_mps(self) -> float | None: ...
    @property
    def mean_power_w_per_kg(self) -> float | None: ...
    @property
    def peak_power_w_per_kg(self) -> float | None: ...
    @property
    def time_under_tension_s(self) -> float | None: ...
    @property
    def partial(self) -> bool | None: ...


@dataclass(frozen=True, slots=True)
class RepSummary:
    """What the set or the load adds to a rep."""

    velocity_loss: float | None
    stretch_shortening_retained: float | None
    mean_power_w: float | None
    peak_power_w: float | None
    uncertainty: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class SetSummary:
    """Median tempo, measured and as a prescription is written; shares are 0 to 1. None for what cannot be known."""

    tempo: str
    tempo_notation: str
    time_under_tension_s: float | None
    velocity_loss: float | None
    mean_power_w: float | None
    """Mean over the reps of their mean concentric power, without friction; None where no load is known."""
    reps: tuple[RepSummary, ...]
    uncertainty: Mapping[str, float | None]


def summarise(reps: Sequence[SettledRep], load_kg: float | None = None) -> SetSummary:
    """load_kg: all that moves."""
    tempo = typical(Tempo(rep.eccentric_s, rep.bottom_pause_s, rep.concentric_s, rep.top_pause_s) for rep in reps)
    speeds = [_comparable_velocity(rep) for rep in reps]
    mean_w = [power(_figure(rep, "mean_power_w_per_kg"), load_kg) for rep in reps]
    peak_w = [power(_figure(rep, "peak_power_w_per_kg"), load_kg) for rep in reps]
    tension = time_under_tension([_figure(rep, "time_under_tension_s") for rep in reps])
    loss, set_power = velocity_loss(speeds), _mean_of(mean_w)
    return SetSummary(
        tempo=tempo.measured,
        tempo_notation=tempo.notation,
        time_under_tension_s=tension.value,
        velocity_loss=loss.value,
        mean_power_w=set_power.value,
        reps=tuple(map(_rep_summary, reps, velocity_losses(speeds), mean_w, peak_w)),
        uncertainty={
            "time_under_tension_s": tension.sigma,
            "velocity_loss": loss.sigma,
            "mean_power_w": set_power.sigma,
        },
    )


def _rep_summary(rep: SettledRep, loss: Figure, mean_w: Figure, peak_w: Figure) -> RepSummary:
    stretched_first = rep.start_s is not None
    retained = stretch_shortening_retained(_figure(rep, "bottom_pause_s") if stretched_first else UNKNOWN)
    return RepSummary(
        velocity_loss=loss.value,
        stretch_shortening_retained=retained.value,
        mean_power_w=mean_w.value,
        peak_power_w=peak_w.value,
        uncertainty={
            "velocity_loss": loss.sigma,
            "stretch_shortening_retained": retained.sigma,
            "mean_power_w": mean_w.sigma,
            "peak_power_w": peak_w.sigma,
        },
    )


def _comparable_velocity(rep: SettledRep) -> Figure:
    """A partial rep's mean velocity says nothing of fatigue: over less way it is another movement."""
    return UNKNOWN if rep.partial else _figure(rep, "mean_velocity_mps")


def _figure(rep: SettledRep, name: str) -> Figure:
    return Figure(getattr(rep, name), rep.uncertainty.get(name))


def _mean_of(figures: Sequence[Figure]) -> Figure:
    """Of those that are known. Their errors are mostly the incline's, the same for all: they do not average out."""
    known = [(f.value, f.sigma) for f in figures if f.value is not None and f.sigma is not None]
    return Figure(mean(v for v, _ in known), mean(s for _, s in known)) if known else UNKNOWN
