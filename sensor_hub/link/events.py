"""What a link tells its owner, in order, from within the event loop."""

from dataclasses import dataclass

from sensor_hub.messages import LinkState
from sensor_hub.model import Gap, Samples


@dataclass(frozen=True, slots=True)
class Received:
    """arrival_s: when the block arrived, in the event loop's time."""

    samples: Samples
    arrival_s: float
    bookmark: str | None = None
    """Where the stream is after it, for another process to go on from."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Between two blocks. After a gap with the reason RESTARTED the sensor's clock is a new one: map it anew."""

    gap: Gap


@dataclass(frozen=True, slots=True)
class StateChanged:
    """note: what a person should know, as a sentence."""

    state: LinkState
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Every few seconds while connected; None where nothing is known.

    rate_hz: measured by the sensor's own clock; loss_ratio: missing / (missing + received) samples, 0 to 1. Both
    over about the last minute.
    """

    battery_percent: int | None
    rssi_dbm: int | None
    rate_hz: float | None
    loss_ratio: float | None
    firmware: str | None


LinkEvent = Received | Missing | StateChanged | Health
