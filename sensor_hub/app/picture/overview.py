"""The whole recording in a strip: where the sets are, what was rejected, what is missing."""

from typing import Any

import numpy as np

from sensor_hub.app.picture.collect import Picture
from sensor_hub.app.picture.colours import ACCENT, BAND, INK, PROVISIONAL, SOFT, WARN
from sensor_hub.model import FloatArray, Phase

COLUMNS = 1500
"""About how many columns a strip has; in each, the samples' extremes are drawn."""


def paint(axes: Any, picture: Picture) -> None:
    t, low, high = extremes(picture)
    axes.fill_between(t, low, high, color=PROVISIONAL, linewidth=0.5)
    reach = float(np.nanpercentile(np.abs([low, high]), 99)) * 1.2 + 0.1
    axes.set_ylim(-reach, reach * 1.35)
    axes.set_xlim(picture.time_s[0], picture.time_s[-1])
    top = axes.get_xaxis_transform()
    for one in picture.sets:
        axes.axvspan(one.start_s, one.reps[-1].end_s, color=BAND[Phase.CONCENTRIC], zorder=0, linewidth=0)
        label = f"{one.number}"
        middle = 0.5 * (one.start_s + one.reps[-1].end_s)
        axes.text(middle, 0.97, label, transform=top, ha="center", va="top", fontweight="bold", color=ACCENT)
        for drawn in one.reps:
            axes.plot([drawn.rep.turn_s] * 2, [0.02, 0.1], transform=top, color=ACCENT, linewidth=1.4)
    for rejected in picture.rejected:
        at_s = rejected.candidate.start_s
        axes.text(at_s, 0.97, rejected.letter, transform=top, ha="center", va="top", color=WARN, fontsize=8)
        axes.plot([at_s] * 2, [0.02, 0.1], transform=top, color=WARN, linewidth=1.4)
    for gap in picture.gaps:
        axes.plot(
            [gap.start_s, gap.end_s], [0.0, 0.0], transform=top, color=INK, linewidth=4, solid_capstyle="butt"
        )
    for notice in picture.notices:
        axes.axvline(notice.at_s, color=PROVISIONAL, linewidth=1, linestyle=(0, (2, 2)))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(
        "whole recording, device seconds: sets and reps, letters for what was rejected", color=SOFT, loc="left"
    )


def extremes(picture: Picture) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lowest and highest acceleration in each column, and its start."""
    values, t = picture.acceleration_mps2, picture.time_s
    edges = np.unique(np.searchsorted(t, np.linspace(t[0], t[-1], min(COLUMNS, len(t)) + 1)[:-1]))
    return t[edges], np.fmin.reduceat(values, edges), np.fmax.reduceat(values, edges)
