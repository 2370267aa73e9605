"""Bounce beside controlled turn, hard lockout beside controlled end: how fast the last 0.3 m/s vanish."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from drawings import NOTE, WIDTH_IN
from drawings.played import Played, play
from sensor_hub.app.picture.colours import ACCENT, BAND, LINE, SOFT, WARN
from sensor_hub.engine.params import Params
from sensor_hub.engine.turnaround import vanishing_s
from sensor_hub.model import MOVING_MPS, Phase

BEFORE_S, AFTER_S = 0.5, 0.2
SHOWN = 14
"""Lines of a kind; the times are those of all reps."""


def draw() -> Figure:
    params = Params()
    figure = Figure(figsize=(WIDTH_IN, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_stops(left, (play("bounce"), play("fast_controlled")), "bottom_s", "bounce", -1, params.bounce_s)
    _draw_stops(right, (play("explosive"), play("slam")), "end_s", "lockout_slam", 1, params.lockout_s)
    left.set_title("The bottom: bounced, and turned with control")
    right.set_title("The top: hard lockouts, and controlled ends")
    left.set_ylabel("velocity, m/s")
    return figure


def _draw_stops(axes: Any, shown: Iterable[Played], instant: str, flag: str, sign: int, limit_s: float) -> None:
    """sign: of the velocity before the stop. limit_s: under which the stop is flagged."""
    brisk = Params().brisk_mps
    axes.axhspan(-MOVING_MPS, MOVING_MPS, color=LINE, linewidth=0)
    axes.axhline(sign * brisk, color=SOFT, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.axvspan(-limit_s, 0, color=BAND[Phase.BOTTOM], linewidth=0)
    times: dict[bool, list[float]] = {True: [], False: []}
    for played in shown:
        for rep in played.reps:
            t, _, v = played.cut(rep[instant] - BEFORE_S, rep[instant] + AFTER_S, every=8)
            end = int(np.searchsorted(played.time_s, rep[instant]))
            vanished_s = vanishing_s(played.time_s, sign * played.velocity_mps, end, brisk)
            if rep[flag] is None or vanished_s > BEFORE_S:
                continue
            times[rep[flag]].append(vanished_s)
            if len(times[rep[flag]]) <= SHOWN:
                axes.plot(t - rep[instant], v, color=WARN if rep[flag] else ACCENT, linewidth=0.9, alpha=0.6)
    _say_times(axes, times, sign)
    above = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    axes.annotate(f"{1e3 * limit_s:.0f} ms", (0, 0.95), (4, 0), **above, **NOTE)
    axes.annotate("0.3 m/s", (-BEFORE_S, sign * brisk), (0, 3), textcoords="offset points", **NOTE)
    axes.set_xlabel("s from the stop")


def _say_times(axes: Any, times: dict[bool, list[float]], sign: int) -> None:
    """At the left, or at the right where the sled has stopped."""
    place = {"x": 0.02, "ha": "left"} if sign < 0 else {"x": 0.99, "ha": "right"}
    for row, (flagged, colour) in enumerate(((True, WARN), (False, ACCENT))):
        found = 1e3 * np.array(times[flagged])
        text = f"{len(found)} reps:\n{found.min():.0f} to {found.max():.0f} ms"
        axes.text(
            y=0.97 - 0.13 * row - 0.15 * (sign > 0),
            s=text,
            va="top",
            color=colour,
            transform=axes.transAxes,
            **place,
        )
