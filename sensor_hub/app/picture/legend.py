"""What the marks on paper mean."""

from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sensor_hub.app.picture.colours import ACCENT, BAND, INK, LINE, LOST, PROVISIONAL, SOFT, WARN, WARN_TINT


def paint(page: Any) -> None:
    """A line of marks with their meaning, above what follows."""
    axes = page.axes(0.0)
    axes.set_axis_off()
    axes.legend(
        handles=_handles(), loc="lower left", bbox_to_anchor=(-0.005, 0.0), ncols=20, frameon=False, fontsize=8.5,
        handlelength=1.6, columnspacing=1.4, handletextpad=0.5, labelcolor=SOFT, borderpad=0,
    )  # fmt: skip


def _handles() -> list[Any]:
    phases = [Patch(facecolor=colour, edgecolor=LINE, label=phase.value) for phase, colour in BAND.items()]
    return [
        Line2D([], [], color=ACCENT, linewidth=1.9, label="settled"),
        Line2D([], [], color=PROVISIONAL, linewidth=1.0, label="live, provisional"),
        *phases,
        Line2D([], [], color=INK, marker="_", linestyle="none", label="± 2 standard uncertainties"),
        Line2D([], [], color=INK, linewidth=0.9, linestyle=(0, (3, 2)), label="mean"),
        Line2D([], [], color=WARN, marker="^", linestyle="none", label="bounce"),
        Line2D([], [], color=WARN, marker="s", linestyle="none", label="hard lockout"),
        Line2D([], [], color=INK, marker="v", linestyle="none", markerfacecolor="white", label="sticking point"),
        Patch(facecolor=WARN_TINT, edgecolor=WARN, hatch="/////", label="rejected"),
        Patch(facecolor="white", edgecolor=LOST, hatch="////", label="samples lost"),
    ]
