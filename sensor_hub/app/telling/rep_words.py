"""A rep in words: its tempo, its figures and its flags, as every report shows them; and a set in a line.

A rep comes as a mapping with the fields of sensor_hub.model.Rep.
"""

from collections.abc import Mapping
from typing import Any

from sensor_hub.coach.summary import SetSummary
from sensor_hub.messages import RepMessage
from sensor_hub.model import BounceCause

UNSURE_S = 0.25
"""A time known no better than this is shown with a ~."""
DIGITS = ("eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s")
CAUSES = {BounceCause.STOP: "hit the stop", BounceCause.REBOUND: "rebound", None: ""}
FLAGS = {"bounced": "bounced", "hard_lockout": "hard lockout", "partial": "partial"}


def in_words(rep: RepMessage) -> str:
    """A rep in words: `3.1 s down, 0.4 s hold, 1.2 s up, 41 cm, bounced`."""
    parts = [
        "" if rep.eccentric_s is None else f"{rep.eccentric_s:.1f} s down",
        f"{rep.bottom_pause_s:.1f} s hold" if rep.bottom_pause_s else "",
        f"{rep.concentric_s:.1f} s up",
        "" if rep.rom_m is None else f"{rep.rom_m * 100:.0f} cm",
        "bounced" if rep.bounced else "",
        CAUSES[rep.bounce_cause],
        "hard lockout" if rep.hard_lockout else "",
        "partial" if rep.partial else "",
    ]
    return ", ".join(part for part in parts if part)


def tempo(rep: Mapping[str, Any]) -> str:
    """Eccentric-bottom-concentric-top in seconds; ? for what cannot be known, ~ before what is known roughly."""
    return "-".join(_roughly(rep, name) + figure(rep[name], 1) for name in DIGITS)


def figure(value: float | None, digits: int) -> str:
    return "?" if value is None else f"{value:.{digits}f}"


def flags(rep: Mapping[str, Any]) -> list[str]:
    return [name for key, name in FLAGS.items() if rep[key]]


def set_line(summary: SetSummary) -> str:
    """What is known of a set, typical tempo first: "3.1-0.4-1.2-0.8, 47.2 s under tension, velocity loss 21 %"."""
    loss, watts = summary.velocity_loss, summary.mean_power_w
    parts = [
        summary.tempo,
        summary.time_under_tension_s is not None and f"{summary.time_under_tension_s:.1f} s under tension",
        loss is not None and f"velocity loss {100 * loss:.0f} %",
        watts is not None and f"mean power {watts:.0f} W",
    ]
    return ", ".join(part for part in parts if part)


def _roughly(rep: Mapping[str, Any], name: str) -> str:
    return "~" if (rep["uncertainty"].get(name) or 0.0) > UNSURE_S else ""
