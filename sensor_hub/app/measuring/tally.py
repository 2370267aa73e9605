"""What one machine's sensor has sent, and how it does, since the hub runs."""

from dataclasses import dataclass
from datetime import datetime

from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.link import Health, LinkEvent, Missing, Received, StateChanged
from sensor_hub.messages import LinkState


@dataclass(slots=True)
class Tally:
    samples: int = 0
    gaps: int = 0
    lost: int = 0
    """Samples that are missing, where their number is known."""
    dropped: int = 0
    """Notifications that the hub was too slow to take."""
    faults: int = 0
    failed: datetime | None = None
    """The last of the faults."""
    link: StateChanged | None = None
    """None while no sensor is at work on the machine."""
    health: Health | None = None
    clock_error_ppm: float | None = None
    battery_h: float | None = None
    """Hours of use that are left; None until that can be told."""
    sensor: SensorIdentity | None = None
    """The last one on the machine."""
    heard: datetime | None = None
    """When its samples came last."""

    @property
    def streams(self) -> bool:
        return self.link is not None and self.link.state in (LinkState.STREAMING, LinkState.CATCHING_UP)

    def hear(self, event: LinkEvent, at: datetime) -> None:
        match event:
            case Received(samples):
                self.samples += len(samples)
                self.heard = at
            case Missing(gap):
                self.gaps += 1
                self.lost += gap.lost or 0
            case StateChanged():
                self.link = event
            case Health():
                before = 0 if self.health is None else self.health.dropped_notifications
                self.dropped += max(0, event.dropped_notifications - before)
                self.health = event

    def fail(self, at: datetime) -> None:
        self.faults += 1
        self.failed = at

    def leave(self) -> None:
        """The sensor is not on the machine any more."""
        self.link = self.health = self.clock_error_ppm = None
