"""One scene on paper: names of the reps, position, phases, velocity, acceleration, and what was rejected and why."""

import textwrap
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from sensor_hub.app.picture import words
from sensor_hub.app.picture.collect import DrawnRep, Picture, Rejected, Span
from sensor_hub.app.picture.colours import (
    ACCENT,
    BAND,
    INK,
    LINE,
    LOST,
    PROVISIONAL,
    SHAKEN,
    SOFT,
    STRIP,
    WARN,
    WARN_TINT,
)
from sensor_hub.app.picture.scenes import Scene
from sensor_hub.app.telling.refusal_words import why_not
from sensor_hub.model import MOVING_MPS, FloatArray

TITLE_IN, LABELS_IN, GAP_IN, TICKS_IN, NOTE_IN = 0.75, 0.92, 0.12, 0.5, 0.2
PANEL_IN = 14.85
"""Width of a panel."""
POSITION_IN, PHASES_IN, VELOCITY_IN, ACCELERATION_IN = 2.1, 0.34, 1.5, 1.2
NOTE_LETTERS = 190
NARROW_IN = 1.0
"""A rep with less room than this has its tempo in two lines."""
SIGMAS = 2
"""Error bars reach this many standard uncertainties."""
PROVISIONAL_LINE = {"color": PROVISIONAL, "linewidth": 1.0}
SETTLED_LINE = {"color": ACCENT, "linewidth": 1.9}


class Page(Protocol):
    def skip(self, height_in: float) -> None: ...
    def axes(self, height_in: float, share: Any = None) -> Any: ...
    def text(self, down_in: float, text: str, **look: Any) -> None: ...


def height_in(scene: Scene) -> float:
    panels = POSITION_IN + PHASES_IN + VELOCITY_IN + ACCELERATION_IN + 3 * GAP_IN + TICKS_IN
    return (
        TITLE_IN
        + _labels_in(scene)
        + panels
        + NOTE_IN * sum(len(_note_lines(rejected)) for rejected in scene.rejected)
    )


def _labels_in(scene: Scene) -> float:
    return LABELS_IN if scene.reps else 0.0


def paint(page: Page, picture: Picture, scene: Scene) -> None:
    """Fill the page downwards with this scene."""
    page.text(TITLE_IN - 0.12, scene.title, fontsize=13, fontweight="bold")
    page.skip(TITLE_IN)
    labels = page.axes(_labels_in(scene))
    position = page.axes(POSITION_IN, labels)
    page.skip(GAP_IN)
    phases = page.axes(PHASES_IN, labels)
    page.skip(GAP_IN)
    velocity = page.axes(VELOCITY_IN, labels)
    page.skip(GAP_IN)
    acceleration = page.axes(ACCELERATION_IN, labels)
    labels.set_xlim(scene.start_s, scene.end_s)
    for axes in (position, velocity, acceleration):
        _background(axes, picture, scene)
    _labels(labels, scene)
    _position(position, picture, scene)
    _phases(phases, picture, scene)
    _velocity(velocity, picture, scene)
    _acceleration(acceleration, picture, scene)
    for axes in (labels, position, phases, velocity):
        axes.tick_params(labelbottom=False, bottom=False)
    acceleration.set_xlabel("device time, s", loc="left")
    page.skip(TICKS_IN)
    for rejected in scene.rejected:
        _note(page, rejected)


def _note(page: Page, rejected: Rejected) -> None:
    for i, line in enumerate(_note_lines(rejected)):
        page.skip(NOTE_IN)
        if i == 0:
            page.text(0.0, rejected.letter, color=WARN, fontweight="bold")
        page.text(0.0, f"      {line}", color=INK if i == 0 else SOFT, fontsize=8.5)


def _note_lines(rejected: Rejected) -> list[str]:
    one = rejected.candidate
    first = f"rejected, {one.start_s:.1f} s to {one.end_s:.1f} s: {why_not(one.reason, one.gates)}"
    return [first, *textwrap.wrap(words.gate_line(one.gates), NOTE_LETTERS)]


def _background(axes: Any, picture: Picture, scene: Scene) -> None:
    spans = [span for drawn in scene.reps for span in drawn.spans]
    whole = {"transform": axes.get_xaxis_transform(), "linewidth": 0, "zorder": 0}
    axes.broken_barh(_widths(spans), (0, 1), facecolors=[BAND[span.phase] for span in spans], **whole)
    for rejected in scene.rejected:
        one = rejected.candidate
        axes.axvspan(one.start_s, one.end_s, color=WARN_TINT, alpha=0.7, linewidth=0, zorder=0.5)
    for gap in _inside(picture.gaps, scene):
        axes.axvspan(
            gap.start_s, gap.end_s, facecolor="white", edgecolor=LOST, hatch="////", linewidth=0.5, zorder=0.6
        )
    for notice in picture.notices:
        if scene.start_s <= notice.at_s <= scene.end_s:
            axes.axvline(notice.at_s, color=SOFT, linewidth=1, linestyle=(0, (2, 2)))
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)


def _labels(axes: Any, scene: Scene) -> None:
    axes.set_axis_off()
    axes.set_ylim(0, 1)
    room_in = PANEL_IN / (scene.end_s - scene.start_s)
    starts = [drawn.start_s for drawn in scene.reps]
    narrow = bool(starts[1:]) and room_in * float(np.min(np.diff(starts))) < NARROW_IN
    for drawn in scene.reps:
        flags = words.flags_of(drawn)
        middle, colour = 0.5 * (drawn.start_s + drawn.end_s), WARN if flags else INK
        name = {"ha": "center", "va": "baseline", "color": colour, "clip_on": True}
        axes.text(middle, 0.91, "\n".join(flags), fontsize=7.5, linespacing=1.0, **name)
        axes.text(middle, 0.62, str(drawn.rep.number), fontsize=13, fontweight="bold", **name)
        for i, line in enumerate(_tempo_lines(drawn, narrow)):
            axes.text(middle, 0.44 - 0.16 * i, line, fontsize=8.5, **name)
        axes.text(
            middle,
            0.10 if narrow else 0.27,
            words.range_of(drawn, brief=narrow),
            fontsize=7.5,
            **name | {"color": SOFT},
        )


def _tempo_lines(drawn: DrawnRep, narrow: bool) -> list[str]:
    eccentric, bottom, concentric, top = words.tempo_of(drawn).split("-")
    down, up = f"{eccentric}-{bottom}", f"{concentric}-{top}"
    return [f"{down}-", up] if narrow else [f"{down}-{up}"]


def _position(axes: Any, picture: Picture, scene: Scene) -> None:
    _line(axes, picture.provisional.time_s, 100 * picture.provisional.position_m, scene, **PROVISIONAL_LINE)
    for drawn in scene.reps:
        axes.plot(drawn.track.time_s, 100 * drawn.track.position_m, **SETTLED_LINE)
        if (end := words.ends(drawn)) is not None:
            _bar(axes, end, WARN if drawn.rep.partial else INK)
    for start_s, end_s in picture.untracked:
        _untracked(axes, max(start_s, scene.start_s), min(end_s, scene.end_s), scene)
    for notice in picture.notices:
        if scene.start_s <= notice.at_s <= scene.end_s:
            late = notice.at_s > 0.5 * (scene.start_s + scene.end_s)
            look = {"color": SOFT, "fontsize": 8, "va": "bottom", "ha": "right" if late else "left"}
            axes.text(notice.at_s, 0.03, f" {notice.text} ", transform=axes.get_xaxis_transform(), **look)
    for rejected in scene.rejected:
        middle = 0.5 * (rejected.candidate.start_s + rejected.candidate.end_s)
        look = {"color": WARN, "fontsize": 11, "fontweight": "bold", "ha": "center", "va": "top"}
        axes.text(middle, 0.97, rejected.letter, transform=axes.get_xaxis_transform(), **look)
    tracks = [100 * drawn.track.position_m for drawn in scene.reps]
    _scale(axes, [*tracks, _within(picture.provisional.time_s, 100 * picture.provisional.position_m, scene)], 3.0)
    axes.set_ylabel("position, cm")


def _untracked(axes: Any, start_s: float, end_s: float, scene: Scene) -> None:
    if end_s <= start_s:
        return
    axes.plot([start_s, end_s], [0, 0], color=PROVISIONAL, linewidth=1.2, linestyle=(0, (1, 2.5)))
    if (end_s - start_s) / (scene.end_s - scene.start_s) * PANEL_IN > 0.7:
        look = {"color": SOFT, "fontsize": 8, "ha": "center", "textcoords": "offset points"}
        axes.annotate("no track", (0.5 * (start_s + end_s), 0), xytext=(0, 4), **look)


def _phases(axes: Any, picture: Picture, scene: Scene) -> None:
    """Above the settled phases, below the provisional ones as they were told."""
    _strip(axes, [span for drawn in scene.reps for span in drawn.spans], (0.52, 0.48), 1.0)
    live = [span for span in picture.live_phases if span.end_s > scene.start_s and span.start_s < scene.end_s]
    _strip(axes, live, (0.1, 0.3), 0.45)
    for rejected in scene.rejected:
        one = rejected.candidate
        box = [(one.start_s, one.end_s - one.start_s)]
        axes.broken_barh(box, (0.52, 0.48), facecolor=WARN_TINT, edgecolor=WARN, hatch="/////", linewidth=0.6)
    axes.set_ylim(0, 1)
    axes.set_yticks([0.25, 0.76], ["live", "settled"], fontsize=7.5)
    axes.spines[["left", "bottom"]].set_visible(False)


def _strip(axes: Any, spans: Sequence[Span], base_and_height: tuple[float, float], alpha: float) -> None:
    look = {"facecolors": [STRIP[span.phase] for span in spans], "edgecolor": "white", "linewidth": 0.5}
    axes.broken_barh(_widths(spans), base_and_height, alpha=alpha, **look)


def _widths(spans: Sequence[Span]) -> list[tuple[float, float]]:
    return [(span.start_s, span.end_s - span.start_s) for span in spans]


def _velocity(axes: Any, picture: Picture, scene: Scene) -> None:
    axes.axhspan(-MOVING_MPS, MOVING_MPS, color=LINE, alpha=0.8, linewidth=0)
    _line(axes, picture.provisional.time_s, picture.provisional.velocity_mps, scene, **PROVISIONAL_LINE)
    for drawn in scene.reps:
        axes.plot(drawn.track.time_s, drawn.track.velocity_mps, **SETTLED_LINE)
        _peaks(axes, drawn)
        _marks(axes, drawn)
    tracks = [drawn.track.velocity_mps for drawn in scene.reps]
    _scale(axes, [*tracks, _within(picture.provisional.time_s, picture.provisional.velocity_mps, scene)], 0.1)
    axes.set_ylabel("velocity, m/s")


def _peaks(axes: Any, drawn: DrawnRep) -> None:
    for peak in words.peaks(drawn):
        _bar(axes, peak, INK)
    rep = drawn.rep
    if rep.mean_velocity_mps is not None:
        look = {"color": INK, "linewidth": 0.9, "linestyle": (0, (3, 2))}
        axes.plot([rep.turn_s, rep.end_s], [rep.mean_velocity_mps] * 2, **look)


def _marks(axes: Any, drawn: DrawnRep) -> None:
    """A bounce where the sled turned, a hard lockout where it stopped, a sticking point where it was slowest."""
    if (stuck := words.sticking(drawn)) is not None:
        axes.plot(*stuck, marker="v", markersize=6, color=INK, markerfacecolor="white", zorder=5)
    marks = ((drawn.rep.bounced, drawn.rep.turn_s, "^"), (drawn.rep.hard_lockout, drawn.rep.end_s, "s"))
    for flagged, at_s, shape in marks:
        if flagged:
            axes.plot([at_s], [0.0], marker=shape, markersize=7, color=WARN, markeredgecolor="white", zorder=5)


def _acceleration(axes: Any, picture: Picture, scene: Scene) -> None:
    _line(axes, picture.time_s, picture.acceleration_mps2, scene, color=SHAKEN, linewidth=0.6)
    _line(axes, picture.time_s, picture.smooth_mps2, scene, color=INK, linewidth=1.0)
    smooth = _within(picture.time_s, picture.smooth_mps2, scene)
    _scale(axes, [1.15 * smooth], 0.5)
    axes.set_ylabel("acceleration, m/s²" if picture.incline_deg is not None else "force, m/s²")


def _bar(axes: Any, bar: words.Bar, colour: str) -> None:
    at_s, value, sigma = bar
    look = {"markersize": 1.6, "capsize": 2.5, "linewidth": 1.1, "zorder": 4}
    axes.errorbar([at_s], [value], yerr=[SIGMAS * sigma], fmt="o", color=colour, **look)


def _line(axes: Any, time_s: FloatArray, values: FloatArray, scene: Scene, **look: Any) -> None:
    i, j = np.searchsorted(time_s, [scene.start_s, scene.end_s])
    axes.plot(time_s[max(0, i - 1) : j + 1], values[max(0, i - 1) : j + 1], **look)


def _within(time_s: FloatArray, values: FloatArray, scene: Scene) -> FloatArray:
    i, j = np.searchsorted(time_s, [scene.start_s, scene.end_s])
    return values[i:j]


def _scale(axes: Any, drawn: list[FloatArray], least: float) -> None:
    """Fit what is drawn; a lone spike may leave the panel."""
    values = np.concatenate(drawn)
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, [0.05, 99.95]) if len(values) else (0.0, 0.0)
    room = 0.08 * max(high - low, least)
    axes.set_ylim(min(low, -least) - room, max(high, least) + room)


def _inside(gaps: tuple[Any, ...], scene: Scene) -> list[Any]:
    return [gap for gap in gaps if gap.end_s > scene.start_s and gap.start_s < scene.end_s]
