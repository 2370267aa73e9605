"""A rep with its instants, phases and figures."""

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from drawings import NOTE, WIDTH_IN
from drawings.played import play
from firmware_sim.truth import RepTruth
from sensor_hub.app.picture.colours import ACCENT, BAND, INK, LINE, SOFT, STRIP
from sensor_hub.model import MOVING_MPS

PHASES = ("eccentric", "bottom pause", "concentric", "top pause")
INSTANTS = ("start_s", "bottom_s", "turn_s", "end_s")
ARROW = {"arrowstyle": "<->", "shrinkA": 0, "shrinkB": 0}


def draw() -> Figure:
    played = play("controlled")
    rep = next(rep for rep in played.reps if rep["bottom_pause_s"] > 0.5 and rep["top_pause_s"])
    zero_s = rep["start_s"]
    instants = [rep[name] - zero_s for name in INSTANTS] + [rep["end_s"] + rep["top_pause_s"] - zero_s]
    t, position, velocity = played.cut(zero_s - 0.5, zero_s + instants[-1] + 0.4)
    figure = Figure(figsize=(WIDTH_IN, 4.6), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1.25, 1])
    for axes in (top, bottom):
        _mark_phases(axes, instants, named=axes is top)
    top.axhspan(-MOVING_MPS, MOVING_MPS, color=LINE, linewidth=0)
    top.plot(t - zero_s, velocity, color=ACCENT, linewidth=1.8)
    _mark_velocities(top, rep, zero_s)
    top.set_ylabel("velocity, m/s")
    bottom.plot(t - zero_s, 100 * (position - np.interp(zero_s, t, position)), color=ACCENT, linewidth=1.8)
    _mark_range(bottom, instants, -100 * rep["rom_m"])
    bottom.set_ylabel("position, cm")
    bottom.set_xlabel("s")
    return figure


def _mark_phases(axes: Any, instants: list[float], named: bool) -> None:
    for phase, name, (a, b) in zip(BAND, PHASES, pairwise(instants), strict=True):
        axes.axvspan(a, b, color=BAND[phase], linewidth=0)
        if named:
            above = {"xycoords": ("data", "axes fraction")}
            axes.annotate("", (b, 1.05), (a, 1.05), arrowprops={**ARROW, "color": STRIP[phase]}, **above)
            axes.annotate(name, ((a + b) / 2, 1.08), ha="center", va="bottom", **above)


def _mark_velocities(axes: Any, rep: RepTruth, zero_s: float) -> None:
    a, b = rep["turn_s"] - zero_s, rep["end_s"] - zero_s
    mean, peak = rep["mean_concentric_velocity"], rep["peak_concentric_velocity"]
    for name, value, dashes in (("mean", mean, (3, 2)), ("peak", peak, (1, 2))):
        axes.plot([a, b], [value, value], color=INK, linewidth=0.9, linestyle=(0, dashes))
        axes.annotate(f"{name} {value:.2f} m/s", (b, value), (5, 0), textcoords="offset points", va="center")
    text = "the sled moves while |v| ≥ 0.02 m/s: outside this band"
    axes.annotate(text, (0, MOVING_MPS), (4, 4), textcoords="offset points", **NOTE)


def _mark_range(axes: Any, instants: list[float], lowest_cm: float) -> None:
    middle = 0.5 * (instants[1] + instants[2])
    axes.axhline(0, color=SOFT, linewidth=0.7, linestyle=(0, (2, 2)))
    axes.annotate("", (middle, lowest_cm), (middle, 0), arrowprops={**ARROW, "color": INK})
    axes.annotate(
        f"range {-lowest_cm:.0f} cm", (middle, lowest_cm / 2), (-5, 0), textcoords="offset points", ha="right"
    )
    for name, at_s in zip((*INSTANTS, "next start_s"), instants, strict=True):
        axes.axvline(at_s, color=SOFT, linewidth=0.7)
        above = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "ha": "center"}
        axes.annotate(name, (at_s, 1), (0, 3), **above, **NOTE)
