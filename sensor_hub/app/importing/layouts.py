"""The tables that sensors' apps write: which columns they have, and in which units.

Sources, all public:
- Polar Sensor Logger, Polar's SDK example: `Phone timestamp;sensor timestamp [ns];X [mg];Y [mg];Z [mg]`;
- phyphox, "Acceleration (with g)": `"Time (s)","Acceleration x (m/s^2)",...`;
- MetaBase of MbientLab: `epoc (ms),timestamp (-0700),elapsed (s),x-axis (g),y-axis (g),z-axis (g)`;
- WitMotion's two recorders, with tabs: `ChipTime ax(g) ...` and `Chip Time() Acceleration X(g) ...`, as the library
  telemetry-parser (MIT or Apache-2.0) reads them;
- Movesense's Android sample app: `Timestamp (ms),X: (m/s^2),Y: (m/s^2),Z: (m/s^2)`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import pi

from sensor_hub.model import STANDARD_GRAVITY_MPS2

Axes = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """One app's table. seconds: of all texts of the time column, from any zero."""

    name: str
    time: str
    accel: Axes
    mps2: float
    """One unit of acceleration."""
    seconds: Callable[[Sequence[str]], list[float]]
    gyro: Axes | None = None
    """Degrees a second."""


DEGREE_RAD = pi / 180


def _scaled(unit_s: float) -> Callable[[Sequence[str]], list[float]]:
    return lambda texts: [float(text.replace(",", ".")) * unit_s for text in texts]


def _nanoseconds(texts: Sequence[str]) -> list[float]:
    """Whole numbers too large for a double: counted from the first."""
    return [(int(text) - int(texts[0])) / 1e9 for text in texts]


def _dates(texts: Sequence[str]) -> list[float]:
    """`2023-05-04 12:30:01.123`, or with a colon before the milliseconds; a digit may be missing anywhere."""
    dates = [_date(text) for text in texts]
    return [(one - dates[0]).total_seconds() for one in dates]


def _date(text: str) -> datetime:
    day, _, time = text.strip().partition(" ")
    hours, minutes, rest = time.split(":", 2)
    seconds, _, milliseconds = rest.replace(":", ".").partition(".")
    year, month, date = (int(part) for part in day.split("-"))
    return datetime(year, month, date, int(hours), int(minutes), int(seconds), 1000 * int(milliseconds or 0))


LAYOUTS: Sequence[Layout] = (
    Layout(
        "Polar Sensor Logger",
        "sensor timestamp [ns]",
        ("X [mg]", "Y [mg]", "Z [mg]"),
        STANDARD_GRAVITY_MPS2 / 1000,
        _nanoseconds,
    ),
    Layout(
        "phyphox",
        "Time (s)",
        ("Acceleration x (m/s^2)", "Acceleration y (m/s^2)", "Acceleration z (m/s^2)"),
        1.0,
        _scaled(1.0),
    ),
    Layout(
        "MetaBase", "elapsed (s)", ("x-axis (g)", "y-axis (g)", "z-axis (g)"), STANDARD_GRAVITY_MPS2, _scaled(1.0)
    ),
    Layout(
        "WitMotion",
        "ChipTime",
        ("ax(g)", "ay(g)", "az(g)"),
        STANDARD_GRAVITY_MPS2,
        _dates,
        ("wx(deg/s)", "wy(deg/s)", "wz(deg/s)"),
    ),
    Layout(
        "WitMotion (new)",
        "Chip Time()",
        ("Acceleration X(g)", "Acceleration Y(g)", "Acceleration Z(g)"),
        STANDARD_GRAVITY_MPS2,
        _dates,
        ("Angular velocity X(°/s)", "Angular velocity Y(°/s)", "Angular velocity Z(°/s)"),
    ),
    Layout("Movesense CSV", "Timestamp (ms)", ("X: (m/s^2)", "Y: (m/s^2)", "Z: (m/s^2)"), 1.0, _scaled(0.001)),
)
