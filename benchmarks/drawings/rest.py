"""A lowering that looks like rest: its scatter is that of rest, its velocity is not."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from drawings import TRUTH, WIDTH_IN
from drawings.played import Played, blocks, play
from sensor_hub.app.picture.colours import ACCENT, BAND, INK, PROVISIONAL, SHAKEN, SOFT
from sensor_hub.engine.frame import FrameFinder
from sensor_hub.engine.motion import MotionFilter, Track
from sensor_hub.engine.params import Params
from sensor_hub.engine.roughness import Roughness
from sensor_hub.engine.steps import Stepper
from sensor_hub.model import MOVING_MPS, FloatArray, Phase, Samples

EVERY = 3
"""Lines are thinned to every third sample."""


def draw() -> Figure:
    played, params = play("glass"), Params()
    rep = max(played.reps[1:-1], key=lambda rep: float(rep["eccentric_s"]))
    from_s, to_s = rep["start_s"] - 1.1, rep["end_s"] + 1.4
    t, along, tracks = _tracked(played.samples, params)
    seen = slice(*(int(n) for n in np.searchsorted(t, [from_s, to_s])), EVERY)
    figure = Figure(figsize=(WIDTH_IN, 5.2), layout="constrained")
    scatter, speed, strip = figure.subplots(3, 1, sharex=True, height_ratios=[1, 1.2, 0.45])
    for axes in (scatter, speed, strip):
        axes.axvspan(rep["start_s"], rep["bottom_s"], color=BAND[Phase.ECCENTRIC], linewidth=0)
        axes.axvspan(rep["turn_s"], rep["end_s"], color=BAND[Phase.CONCENTRIC], linewidth=0)
    windows = _windows(along, t, params)
    scatter.semilogy(t[seen], windows.std(axis=1)[seen], color=INK, linewidth=1)
    at_rest = float(np.median(windows.std(axis=1)[t < played.reps[0]["start_s"] - 3]))
    scatter.axhline(at_rest, color=SOFT, linewidth=0.8, linestyle=(0, (2, 2)), label="median at rest")
    scatter.legend(loc="upper center")
    scatter.set_ylabel("scatter of acceleration\nover 0.2 s, m/s²")
    _draw_speed(speed, played, [track for track in tracks if from_s <= track.time_s <= to_s], params)
    interval_s = float(np.median(np.diff(t)))
    even = np.ptp(np.cumsum(windows, axis=1) * interval_s, axis=1) < params.hold_swing_mps
    held = np.interp(t, [track.time_s for track in tracks], [float(track.held) for track in tracks]) > 0.5
    truly = np.abs(np.interp(t, played.time_s, played.velocity_mps)) < MOVING_MPS
    _draw_verdicts(
        strip,
        t[seen],
        {
            "velocity even for 0.2 s": even[seen],
            "taken for a standstill": held[seen],
            "truth: it stands": truly[seen],
        },
    )
    strip.set_xlabel("device time, s")
    return figure


def _draw_speed(axes: Any, played: Played, tracks: list[Track], params: Params) -> None:
    t, v, sigma = np.array([(track.time_s, track.velocity_mps, track.velocity_sigma_mps) for track in tracks]).T
    gate = params.hold_gate_sigma * sigma
    axes.fill_between(t, -gate, gate, color=SHAKEN, linewidth=0, label="what the filter could take for zero")
    axes.plot(*played.cut(t[0], t[-1], 40)[::2], label="truth", **TRUTH)
    axes.plot(t, v, color=ACCENT, linewidth=1.5, label="the filter's velocity")
    axes.set_ylim(1.4 * float(v.min()), 0.6 * float(v.max()))
    axes.set_ylabel("velocity, m/s")
    axes.legend(loc="upper center")


def _draw_verdicts(axes: Any, t: FloatArray, verdicts: dict[str, FloatArray]) -> None:
    """A row each, dark where it stands."""
    for row, (stands, colour) in enumerate(zip(verdicts.values(), (PROVISIONAL, ACCENT, INK), strict=True)):
        edges = np.flatnonzero(np.diff(stands.astype(int), prepend=0, append=0)).reshape(-1, 2)
        runs = [(t[a], t[min(b, len(t) - 1)] - t[a]) for a, b in edges]
        axes.broken_barh(runs, (-row - 0.35, 0.7), color=colour, linewidth=0)
    axes.set_yticks([0, -1, -2], list(verdicts))
    axes.set_ylim(-2.6, 0.6)
    axes.spines["left"].set_visible(False)
    axes.tick_params(length=0)


def _tracked(samples: Samples, params: Params) -> tuple[FloatArray, FloatArray, list[Track]]:
    """Samples along the rail with the filter's offset taken off: time, acceleration; and the filter's track."""
    stepper, frame = Stepper(params.step_s), FrameFinder(params)
    tracks: list[Track] = []
    motion: MotionFilter | None = None
    for block in blocks(samples):
        for step in stepper.feed(block):
            if frame.advance(step) and frame.rail is not None:
                motion = MotionFilter(params, frame.rail, Roughness(params))
            if motion is not None and frame.rail is not None:
                tracks.append(motion.advance(step, frame.rail.along(step.mean_mps2)))
    assert frame.rail is not None
    offset = np.interp(samples.time_s, [k.time_s for k in tracks], [k.offset_mps2 for k in tracks])
    return samples.time_s, frame.rail.along_all(samples.accel_mps2) - offset, tracks


def _windows(values: FloatArray, time_s: FloatArray, params: Params) -> FloatArray:
    """(n, m): for each sample the m values of the hold window up to it; the first ones begin with the first value."""
    size = round(params.hold_window_s / float(np.median(np.diff(time_s))))
    return np.lib.stride_tricks.sliding_window_view(
        np.concatenate([np.repeat(values[:1], size - 1), values]), size
    )
