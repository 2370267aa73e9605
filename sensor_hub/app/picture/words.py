"""What a picture says in words, the same in every renderer."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from sensor_hub.app.picture.collect import DrawnRep, Picture
from sensor_hub.app.telling.rep_words import figure, flags, tempo
from sensor_hub.model import Gap

UNITS = {"_mps2": "m/s²", "_mps": "m/s", "_share": "", "_deg": "°", "_hz": "Hz", "_m": "m", "_s": "s"}
"""The longer endings first."""
NAMES = {
    "rom_m": "range",
    "least_range_m": "least range",
    "returned_share": "share returned",
    "along_share": "share along the rail",
}

Bar = tuple[float, float, float]
"""Instant, value, standard uncertainty."""
COLUMNS = (
    ("rom_m", "range", "cm", 100, 1),
    ("mean_velocity_mps", "mean velocity", "m/s", 1, 3),
    ("peak_velocity_mps", "peak velocity", "m/s", 1, 3),
    ("mean_eccentric_velocity_mps", "mean lowering", "m/s", 1, 3),
    ("peak_eccentric_velocity_mps", "peak lowering", "m/s", 1, 3),
    ("turn_acceleration_mps2", "turn", "m/s²", 1, 1),
    ("mean_propulsive_velocity_mps", "mean propulsive velocity", "m/s", 1, 3),
    ("mean_power_w_per_kg", "mean power", "W/kg", 1, 2),
    ("peak_power_w_per_kg", "peak power", "W/kg", 1, 2),
    ("time_under_tension_s", "under tension", "s", 1, 2),
    ("eccentric_control", "eccentric control", "", 1, 2),
    ("sticking_point_share", "sticking point", "% of the way", 100, 0),
    ("sticking_velocity_share", "velocity there", "% of the peak", 100, 0),
)
"""A rep's figures beside its tempo: field, name, unit, factor to that unit, digits."""
SHOWN = {name: (factor, digits) for name, _, _, factor, digits in COLUMNS}


def headline(picture: Picture) -> str:
    """The recording in a line."""
    sets, reps = len(picture.sets), len(picture.reps)
    duration_s = picture.time_s[-1] - picture.time_s[0]
    incline = "rail unknown" if picture.incline_deg is None else f"incline {picture.incline_deg:.1f}°"
    return "  ·  ".join(
        [
            f"{duration_s:.0f} s at {picture.rate_hz:.1f} Hz",
            incline,
            f"{counted(sets, 'set')}, {counted(reps, 'rep')}",
            f"{len(picture.rejected)} rejected",
            lost(picture.gaps),
        ]
    )


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def lost(gaps: tuple[Gap, ...]) -> str:
    if not gaps:
        return "nothing lost"
    samples = sum(gap.lost or 0 for gap in gaps)
    return f"{counted(samples, 'sample')} lost in {counted(len(gaps), 'gap')}"


def tempo_of(drawn: DrawnRep) -> str:
    return tempo(asdict(drawn.rep))


def flags_of(drawn: DrawnRep) -> list[str]:
    return flags(asdict(drawn.rep))


def range_of(drawn: DrawnRep, brief: bool = False) -> str:
    """The range with its uncertainty, or without it in brief."""
    rep = drawn.rep
    if rep.rom_m is None:
        return "range ?"
    if brief:
        return figure(100 * rep.rom_m, 1) + " cm"
    return " ".join(cell(asdict(rep), "rom_m")).strip() + " cm"


def cell(rep: Mapping[str, Any], name: str) -> list[str]:
    """A figure in its column's unit (seconds for the tempo) and its standard uncertainty; a dash for None."""
    factor, digits = SHOWN.get(name, (1, 2))
    value, sigma = rep[name], rep["uncertainty"].get(name)
    if value is None:
        return ["–", ""]
    return [f"{factor * value:.{digits}f}", "" if sigma is None else f"± {factor * sigma:.{digits}f}"]


def ends(drawn: DrawnRep) -> Bar | None:
    """Where the range ends: instant, cm from the rep's start, standard uncertainty in cm; None where not known."""
    far = int(np.argmax(np.abs(drawn.track.position_m)))
    rom_m, sigma = drawn.rep.rom_m, drawn.rep.uncertainty.get("rom_m")
    if rom_m is None or sigma is None:
        return None
    at_cm = 100 * float(np.copysign(rom_m, drawn.track.position_m[far]))
    return float(drawn.track.time_s[far]), at_cm, 100 * sigma


def peaks(drawn: DrawnRep) -> list[Bar]:
    """Concentric and eccentric peak: instant, m/s along the rail, standard uncertainty; those that are known."""
    rep, t, v = asdict(drawn.rep), drawn.track.time_s, drawn.track.velocity_mps
    strokes = (("peak_velocity_mps", 1, int(np.argmax(v))), ("peak_eccentric_velocity_mps", -1, int(np.argmin(v))))
    found = [(t[i], sign, rep[name], rep["uncertainty"].get(name)) for name, sign, i in strokes]
    return [(float(at_s), sign * v, sigma) for at_s, sign, v, sigma in found if None not in (v, sigma)]


def sticking(drawn: DrawnRep) -> tuple[float, float] | None:
    """Where the concentric sticks: instant and m/s; None where it does not."""
    rep, t = drawn.rep, drawn.track.time_s
    way = (t >= rep.turn_s) & (t <= rep.end_s)
    if rep.sticking_point_share is None or not way.any():
        return None
    done = drawn.track.position_m[way] - drawn.track.position_m[way][0]
    at_s = float(np.interp(rep.sticking_point_share * done[-1], np.maximum.accumulate(done), t[way]))
    return at_s, float(np.interp(at_s, t, drawn.track.velocity_mps))


def gates(values: Mapping[str, float | None]) -> list[tuple[str, str]]:
    """Each gate's name and its value with the unit, as they were judged."""
    return [_gate(name, value) for name, value in values.items()]


def gate_line(values: Mapping[str, float | None]) -> str:
    return ", ".join(f"{name} {value}" for name, value in gates(values))


def _gate(name: str, value: Any) -> tuple[str, str]:
    ending = next((ending for ending in UNITS if name.endswith(ending)), "")
    words = NAMES.get(name, name.removesuffix(ending).replace("_", " "))
    if not isinstance(value, int | float):
        return words, "?" if value is None else str(value)
    return words, f"{round(value, 3) + 0.0:.3f} {UNITS[ending]}".rstrip() if ending else f"{value:.3g}"
