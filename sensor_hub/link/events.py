"""What a link tells its owner, in order, from within the event loop."""

from dataclasses import dataclass

from sensor_hub.messages import LinkState
from sensor_hub.model import Gap, Samples


@dataclass(frozen=True, slots=True)
class Received:
    """arrival_s: when the block arrived, in the event loop's time. bookmark: with it another link goes on after this
    block and all before it; None where the family cannot, or another event comes first."""

    samples: Samples
    arrival_s: float
    bookmark: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Between two blocks. After a gap with the reason RESTARTED the sensor's clock is a new one: map it anew."""

    gap: Gap


@dataclass(frozen=True, slots=True)
class StateChanged:
    """note: what a person should know, as a sentence; behind_s: how much is still to come while catching up."""

    state: LinkState
    note: str | None = None
    behind_s: float | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Every few seconds while connected; None where nothing is known.

    rate_hz: measured by the sensor's own clock; loss_ratio: missing / (missing + received) samples, 0 to 1. Both
    over about the last minute. packet_interval_s: mean time between the last notifications; dropped_notifications:
    how many the hub was too slow to take, since it met the sensor; adapter: the one that carries it.
    """

    battery_percent: int | None
    rssi_dbm: int | None
    rate_hz: float | None
    loss_ratio: float | None
    firmware: str | None
    packet_interval_s: float | None = None
    dropped_notifications: int = 0
    adapter: str | None = None


LinkEvent = Received | Missing | StateChanged | Health
