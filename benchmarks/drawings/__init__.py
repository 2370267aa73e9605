"""The figures of docs/signal.md and docs/scale.md, one a file; benchmarks/figures.py writes them."""

from typing import Any

from sensor_hub.app.picture.colours import INK, LINE, SOFT

WIDTH_IN = 8.6
LOOK: dict[str, Any] = {
    "font.sans-serif": ["DejaVu Sans", "Helvetica", "Arial"],
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "path.simplify_threshold": 0.3,
    "svg.fonttype": "none",
    "svg.hashsalt": "figures",
}
NOTE: dict[str, Any] = {"fontsize": 8, "color": SOFT}
TRUTH: dict[str, Any] = {"color": INK, "linewidth": 0.9, "linestyle": (0, (3, 2))}
"""How the truth's lines look in every figure."""
