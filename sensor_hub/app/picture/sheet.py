"""The picture on paper: an overview of the whole recording, then one row of panels per scene."""

from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from sensor_hub.app.picture import legend, overview, panels
from sensor_hub.app.picture.collect import Picture
from sensor_hub.app.picture.colours import INK, LINE, PAPER, SOFT
from sensor_hub.app.picture.scenes import scenes
from sensor_hub.app.picture.words import headline

LEFT_IN, RIGHT_IN = 0.8, 0.35
WIDTH_IN = LEFT_IN + panels.PANEL_IN + RIGHT_IN
HEAD_IN, TAIL_IN = 1.0, 0.25
OVERVIEW_IN, LEGEND_IN = 1.0, 0.85
DPI = 110
TALLEST_PX = 32_000
"""What viewers still open."""
LOOK = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.linewidth": 0.8,
    "axes.facecolor": "none",
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "svg.fonttype": "none",
    "svg.hashsalt": "sensor-hub",
}


class Sheet:
    """A page that is filled from the top; places and sizes are in inches."""

    def __init__(self, height_in: float) -> None:
        self.figure = Figure(figsize=(WIDTH_IN, height_in), facecolor=PAPER)
        self._height_in = height_in
        self._top_in = 0.0

    def skip(self, height_in: float) -> None:
        self._top_in += height_in

    def axes(self, height_in: float, share: Any = None) -> Any:
        """Axes over the whole width, below what is there."""
        self.skip(height_in)
        width = WIDTH_IN - LEFT_IN - RIGHT_IN
        place = (LEFT_IN / WIDTH_IN, self._up(0), width / WIDTH_IN, height_in / self._height_in)
        axes = self.figure.add_axes(place, sharex=share)
        axes.spines[["top", "right"]].set_visible(False)
        return axes

    def text(self, down_in: float, text: str, **look: Any) -> None:
        """A line whose base is this far below what is there."""
        self.figure.text((LEFT_IN - 0.5) / WIDTH_IN, self._up(down_in), text, **look)

    def _up(self, down_in: float) -> float:
        return 1.0 - (self._top_in + down_in) / self._height_in


def save(picture: Picture, path: Path) -> None:
    """Write PNG, SVG or PDF, as the ending says. Raises OSError."""
    with rc_context(LOOK):
        figure = compose(picture)
        dpi = min(DPI, TALLEST_PX / figure.get_figheight())
        undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
        ending = path.suffix.lower()[1:]
        figure.savefig(path, format=ending, dpi=dpi, metadata=undated.get(ending))


def compose(picture: Picture) -> Figure:
    rows = scenes(picture)
    sheet = Sheet(HEAD_IN + OVERVIEW_IN + LEGEND_IN + sum(panels.height_in(row) for row in rows) + TAIL_IN)
    _head(sheet, picture)
    overview.paint(sheet.axes(OVERVIEW_IN), picture)
    sheet.skip(LEGEND_IN)
    legend.paint(sheet)
    for row in rows:
        panels.paint(sheet, picture, row)
    return sheet.figure


def _head(sheet: Sheet, picture: Picture) -> None:
    sheet.text(0.42, picture.file, fontsize=17, fontweight="bold")
    sheet.text(0.68, headline(picture), fontsize=10.5, color=SOFT)
    sheet.skip(HEAD_IN)
