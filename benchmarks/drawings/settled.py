"""Provisional and settled beside the truth."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from drawings import NOTE, TRUTH, WIDTH_IN
from drawings.played import Played, play
from sensor_hub.app.picture.colours import ACCENT, LINE, PROVISIONAL, SOFT
from sensor_hub.model import FloatArray, Motion, RepSettled

LIVE = {"color": PROVISIONAL, "linewidth": 1.2}
SETTLED = {"color": ACCENT, "linewidth": 1.9}


def draw() -> Figure:
    played = play("bounce")
    settled = played.settled[3:6]
    from_s, to_s = played.settled[2].rep.end_s + 0.1, settled[-1].rep.end_s + 1.2
    told = [event for event in played.events if isinstance(event, Motion) and from_s < event.at_s < to_s]
    t, live = np.array([(event.at_s, event.position_m) for event in told]).T
    zero_m = float(np.interp(from_s, played.time_s, played.position_m))
    figure = Figure(figsize=(WIDTH_IN, 4.6), layout="constrained")
    position, error = figure.subplots(2, 1, sharex=True, height_ratios=[1.3, 1])
    true_t, true, _ = played.cut(from_s, to_s, 20)
    position.plot(true_t, 100 * (true - zero_m), label="truth", zorder=5, **TRUTH)
    position.plot(t, 100 * (live - live[0]), label="live, provisional", **LIVE)
    error.plot(t, 1e3 * (live - live[0] + zero_m - _true(played, t)), **LIVE)
    for i, event in enumerate(settled):
        _draw_settled(position, error, played, event, zero_m, named=i == 0)
    error.axhline(0, color=LINE, linewidth=0.8, zorder=0)
    position.set_ylabel("position, cm")
    position.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3)
    error.set_ylabel("error of position, mm")
    error.set_xlabel("device time, s")
    return figure


def _draw_settled(
    position: Any, error: Any, played: Played, event: RepSettled, zero_m: float, named: bool
) -> None:
    start_s = event.rep.turn_s if event.rep.start_s is None else event.rep.start_s
    t, p = start_s + np.array(event.trace.offset_s), np.array(event.trace.position_m)
    begin_m = float(_true(played, t[:1])[0])
    position.plot(t, 100 * (p + begin_m - zero_m), label="settled" if named else None, **SETTLED)
    error.plot(t, 1e3 * (p + begin_m - _true(played, t)), **SETTLED)
    for axes in (position, error):
        axes.axvline(event.at_s, color=SOFT, linewidth=0.8, linestyle=(0, (2, 2)))
    if named:
        place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
        error.annotate("settled here", (event.at_s, 0.04), (4, 0), **place, **NOTE)


def _true(played: Played, at_s: FloatArray) -> FloatArray:
    return np.asarray(np.interp(at_s, played.time_s, played.position_m))
