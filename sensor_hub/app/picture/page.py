"""The picture as one HTML file that opens offline: everything it needs is inside, nothing is fetched."""

import base64
import html
import json
import re
from dataclasses import asdict
from importlib.resources import files
from typing import Any

import numpy as np

from sensor_hub.app.picture import words
from sensor_hub.app.picture.collect import DrawnRep, Picture, Rejected, Span
from sensor_hub.app.picture.overview import extremes
from sensor_hub.app.telling.refusal_words import why_not
from sensor_hub.app.telling.rep_words import DIGITS
from sensor_hub.model import FloatArray
from sensor_hub.web.pages import load_assets

STYLES = ("base.css", "uplot/uPlot.css")
SCRIPTS = ("view.js", "paint.js", "charts.js", "tables.js", "picture.js")
"""Parts of one module, in the order in which they build on each other."""
JOINT_S = 0.0002
"""Keeps the instants of two reps apart that touch."""


def page(picture: Picture) -> str:
    """The whole file. Uses the browser's chart library out of the package that the hub's own pages use."""
    assets = load_assets()
    own = files("sensor_hub.app.picture") / "assets"
    style = [assets[name].body.decode() for name in STYLES] + [(own / "picture.css").read_text("utf-8")]
    parts = {
        "title": html.escape(picture.file),
        "icon": base64.b64encode(assets["icon.svg"].body).decode(),
        "style": "\n".join(style),
        "library": assets["uplot/uPlot.js"].body.decode(),
        "data": _embedded(describe(picture)),
        "script": "\n".join((own / name).read_text("utf-8") for name in SCRIPTS),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], (own / "picture.html").read_text("utf-8"))


def describe(picture: Picture) -> dict[str, Any]:
    """What the page's script draws: seconds, cm, m/s, m/s²; null where a line is broken."""
    live = picture.provisional
    return {
        "file": picture.file,
        "headline": words.headline(picture),
        "on_rail": picture.incline_deg is not None,
        "span_s": [float(picture.time_s[0]), float(picture.time_s[-1])],
        "overview": [_numbers(column, 4) for column in extremes(picture)],
        "acceleration": [
            _numbers(picture.time_s, 4), _numbers(picture.acceleration_mps2, 3), _numbers(picture.smooth_mps2, 3)
        ],
        "live": [_numbers(live.time_s, 4), _numbers(100 * live.position_m, 2), _numbers(live.velocity_mps, 4)],
        "settled": _settled(picture),
        "live_phases": [_span(span) for span in picture.live_phases],
        "sets": [
            {"number": one.number, "start_s": one.start_s, "end_s": one.reps[-1].end_s, "reps": len(one.reps)}
            for one in picture.sets
        ],
        "reps": [_rep(drawn, one.number) for one in picture.sets for drawn in one.reps],
        "columns": [[label, unit] for _, label, unit, _, _ in words.COLUMNS],
        "rejected": [_rejected(one) for one in picture.rejected],
        "gates": list(dict.fromkeys(name for one in picture.rejected for name, _ in words.gates(one.candidate.gates))),
        "gaps": [[gap.start_s, gap.end_s, gap.lost] for gap in picture.gaps],
        "untracked": picture.untracked,
        "notices": [[notice.at_s, notice.text] for notice in picture.notices],
    }  # fmt: skip


def _rep(drawn: DrawnRep, set_number: int) -> dict[str, Any]:
    rep = asdict(drawn.rep)
    marks = (("bounce", rep["bounced"], rep["turn_s"]), ("lockout", rep["hard_lockout"], rep["end_s"]))
    return {
        "set": set_number,
        "number": drawn.rep.number,
        "start_s": drawn.start_s,
        "end_s": drawn.end_s,
        "spans": [_span(span) for span in drawn.spans],
        "tempo": words.tempo_of(drawn),
        "range": words.range_of(drawn),
        "flags": words.flags_of(drawn),
        "digits": [words.cell(rep, name) for name in DIGITS],
        "cells": [words.cell(rep, column[0]) for column in words.COLUMNS],
        "marks": [[name, at_s] for name, flagged, at_s in marks if flagged],
        "mean": [rep["turn_s"], rep["end_s"], rep["mean_velocity_mps"]],
        "ends": words.ends(drawn),
        "peaks": words.peaks(drawn),
        "sticking": words.sticking(drawn),
    }


def _rejected(rejected: Rejected) -> dict[str, Any]:
    one = rejected.candidate
    return {
        "letter": rejected.letter,
        "start_s": one.start_s,
        "end_s": one.end_s,
        "reason": why_not(one.reason, one.gates),
        "gates": dict(words.gates(one.gates)),
    }


def _span(span: Span) -> list[Any]:
    return [span.phase.value, round(span.start_s, 4), round(span.end_s, 4), span.told_s]


def _settled(picture: Picture) -> list[list[float | None]]:
    """All reps' own tracks as one line that is broken between them."""
    columns: list[list[float | None]] = [[], [], []]
    after_s = -np.inf
    for drawn in picture.reps:
        time_s = np.maximum(drawn.track.time_s, after_s)
        kept = np.flatnonzero(np.diff(time_s, append=np.inf) > 0)
        after_s = time_s[-1] + 2 * JOINT_S
        columns[0] += [*_numbers(time_s[kept], 4), round(float(time_s[-1]) + JOINT_S, 4)]
        columns[1] += [*_numbers(100 * drawn.track.position_m[kept], 2), None]
        columns[2] += [*_numbers(drawn.track.velocity_mps[kept], 4), None]
    return columns


def _numbers(values: FloatArray, digits: int) -> list[float | None]:
    return [None if value != value else value for value in np.round(values, digits).tolist()]


def _embedded(value: Any) -> str:
    """JSON that no HTML parser takes for the end of its script."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
