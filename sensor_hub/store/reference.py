"""Writes the table of points into docs/timeseries.md.

`python -m sensor_hub.store.reference` in a checkout brings it up to date; a test says when it is not.
"""

from collections.abc import Iterable
from pathlib import Path

from sensor_hub.store.points import MEASUREMENTS, UNCERTAIN, FieldType, Measurement

PAGE = Path(__file__).parents[2] / "docs" / "timeseries.md"
_BEGIN = "<!-- made by `python -m sensor_hub.store.reference` -->\n"
_END = "<!-- until here -->\n"


def table() -> str:
    """A row a measurement, in Markdown."""
    head = "| measurement | one point | its time | tags | floats | integers | strings |\n"
    return head + "|---|---|---|---|---|---|---|\n" + "".join(_row(one) for one in MEASUREMENTS)


def renewed(page: str) -> str:
    """A page with today's table between its two marks."""
    before, _, rest = page.partition(_BEGIN)
    return before + _BEGIN + table() + _END + rest.partition(_END)[2]


def _row(one: Measurement) -> str:
    fields = " | ".join(_fields(one, kind) for kind in FieldType)
    return f"| `{one.name}` | {one.point} | {one.time} | {_names(one.tags)} | {fields} |\n"


def _fields(one: Measurement, kind: FieldType) -> str:
    names = [name for name, found in one.fields.items() if found is kind]
    plain = _names(name for name in names if name not in UNCERTAIN)
    return f"{plain}, and `<name>_uncertainty` of each" if UNCERTAIN.keys() & names else plain


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
