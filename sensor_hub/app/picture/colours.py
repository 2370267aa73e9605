"""The pages' light palette, for paper."""

from sensor_hub.model import Phase

INK, SOFT, LINE, PAPER = "#14181a", "#596167", "#e2e0d9", "#ffffff"
ACCENT, WARN, WARN_TINT = "#00766c", "#9a3a00", "#fdeadb"
PROVISIONAL = "#9aa1a6"
LOST = "#b9bdbf"
SHAKEN = "#c9cdd0"
"""Acceleration with all its shaking."""
BAND = {Phase.ECCENTRIC: "#e4eaf4", Phase.BOTTOM: "#f6ecd6", Phase.CONCENTRIC: "#d3ebe6", Phase.TOP: "#f4f4f1"}
STRIP = {Phase.ECCENTRIC: "#6f88b3", Phase.BOTTOM: "#c79a4b", Phase.CONCENTRIC: "#1d8f82", Phase.TOP: "#c3c8c6"}
