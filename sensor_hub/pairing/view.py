"""What a screen shows of a pairing, and of the sensors one may pair."""

from dataclasses import dataclass

from sensor_hub.messages import LinkState
from sensor_hub.pairing.findings import Finding, Grade
from sensor_hub.pairing.kinds import MachineKind
from sensor_hub.pairing.procedure import Progress


@dataclass(frozen=True, slots=True)
class Nearby:
    """A sensor that could be paired. machine: the one it is on, and site; None for a stranger's."""

    address: str
    name: str
    family: str
    rssi_dbm: int | None
    battery_percent: int | None
    connected: bool
    """Whether this hub is using it now."""
    identifies: bool
    site: str | None
    machine: str | None
    shortcomings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The running pairing. grade: the worst of the findings, None before there are any."""

    address: str
    name: str
    family: str
    site: str
    machine: str
    kind: MachineKind
    link: LinkState
    note: str | None
    """What the link wants to be known, as a sentence."""
    progress: Progress
    findings: tuple[Finding, ...]
    grade: Grade | None
    stored: str | None
    """What was stored, as a sentence."""
