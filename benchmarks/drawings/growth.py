"""A chain's centre before ten to ten thousand machines: what it stores, and what a message costs. growth.json is
written by `python -m benchmarks.growth --keep`."""

import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from drawings import NOTE, TRUTH, WIDTH_IN
from sensor_hub.app.picture.colours import ACCENT, INK, STRIP
from sensor_hub.model import Phase

MEASURED = Path(__file__).with_name("growth.json")
PARTS = ("nodes", "workers", "PostgreSQL")
COLOURS = (ACCENT, STRIP[Phase.ECCENTRIC], STRIP[Phase.BOTTOM])


def draw() -> Figure:
    rows: list[dict[str, Any]] = json.loads(MEASURED.read_text(encoding="utf-8"))
    machines = [row["machines"] for row in rows]
    figure = Figure(figsize=(WIDTH_IN, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(machines, [row["due_per_s"] for row in rows], **TRUTH, label="told by the machines")
    left.plot(machines, [row["stored_per_s"] for row in rows], color=ACCENT, marker="o", label="stored")
    left.set_title("Messages a second")
    for number, (name, colour) in enumerate(zip(PARTS, COLOURS, strict=True)):
        costs = [row["per_1000_s"][number] for row in rows]
        right.plot(machines, costs, color=colour, marker="o", label=name)
    right.set_title("Seconds of a core for 1000 messages")
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.legend()
        axes.set_xticks(machines, [f"{count:,}".replace(",", " ") for count in machines])
        axes.tick_params(which="minor", length=0)
        axes.grid(color=INK, alpha=0.08, linewidth=0.6)
    figure.supxlabel("machines, 40 % of them in use", **NOTE)
    return figure
