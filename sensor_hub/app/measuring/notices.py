"""What the engine noticed of sensor and machine, as a sentence for the people beside it."""

from dataclasses import dataclass

from sensor_hub.engine import RailContradicts
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Calibrated, Event, Saturated

NOTICE_S = 60.0
"""How long a notice stands, in device time."""


@dataclass(slots=True)
class Notice:
    """The newest one; text is None where there is nothing to say any more."""

    text: str | None = None
    _end_s: float = 0.0

    def hear(self, event: Event) -> None:
        if (text := notice_of(event)) is not None:
            self.text, self._end_s = text, event.at_s + NOTICE_S
        elif event.at_s >= self._end_s:
            self.text = None


def notice_of(event: Event) -> str | None:
    """None for what nobody needs to be told."""
    match event:
        case Calibrated(turned_deg=float(turned_deg)):
            return f"The clip has moved by {_degrees(turned_deg)}. It was measured anew."
        case RailContradicts(incline_deg=rail, profile_incline_deg=known):
            return f"This rail rises {_degrees(rail)}, the profile says {known:.0f}: is the sensor on another machine?"
        case Saturated(limit_mps2=limit):
            size = round(limit / STANDARD_GRAVITY_MPS2)
            return f"The sensor's range of {size} g was exceeded: this set's numbers are less certain."
    return None


def _degrees(angle_deg: float) -> str:
    return f"{angle_deg:.0f} degrees"
