"""Errors in units of the stated standard uncertainty, metric by metric, beside the normal curve."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from drawings import NOTE, WIDTH_IN
from drawings.played import SEED, Played, play
from firmware_sim.scoring import METRICS, SAME_TURN_S
from sensor_hub.app.picture.colours import BAND, INK, PROVISIONAL
from sensor_hub.model import Phase

NAMES = ("eccentric time", "concentric time", "bottom pause", "range", "mean velocity", "peak velocity")
STEP = 0.5
REACH = 5.0

Scores = defaultdict[str, list[float]]


def draw(families: Sequence[str], seeds: int) -> Figure:
    scores: Scores = defaultdict(list)
    for family in families:
        for seed in range(SEED, SEED + seeds):
            _score(play(family, seed), scores)
    figure = Figure(figsize=(WIDTH_IN, 4.2), layout="constrained")
    edges, z = np.arange(-REACH, REACH + STEP, STEP), np.linspace(-REACH, REACH, 101)
    panels = figure.subplots(2, 3, sharex=True, sharey=True).flat
    for axes, name, metric in zip(panels, NAMES, METRICS, strict=True):
        values = np.array(scores[metric])
        shares, _ = np.histogram(
            np.clip(values, -REACH, REACH), edges, weights=np.full(len(values), 1 / len(values))
        )
        axes.axvspan(-2, 2, color=BAND[Phase.CONCENTRIC], linewidth=0)
        axes.stairs(shares / STEP, edges, fill=True, color=PROVISIONAL)
        axes.plot(z, np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi), color=INK, linewidth=1)
        axes.set_title(name)
        inside = float(np.mean(np.abs(values) <= 2))
        axes.text(0.98, 0.95, f"{inside:.0%} within ± 2", transform=axes.transAxes, ha="right", va="top", **NOTE)
        axes.set_yticks([])
    most = max(len(values) for values in scores.values())
    figure.supxlabel(
        f"error in stated standard uncertainties, {most} reps; further ones in the outermost columns", **NOTE
    )
    return figure


def _score(played: Played, scores: Scores) -> None:
    settled = [event.rep for event in played.settled]
    for true in played.reps:
        found = min(settled, key=lambda rep: abs(rep.turn_s - true["turn_s"]), default=None)
        if found is None or abs(found.turn_s - true["turn_s"]) > SAME_TURN_S:
            continue
        for name, true_name in METRICS.items():
            value, sigma = getattr(found, name), found.uncertainty.get(name)
            if value is not None and sigma:
                scores[name].append((value - true[true_name]) / sigma)
