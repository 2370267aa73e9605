"""The kinds of machine a sensor is clipped on: what a lifter calls them, and what follows for the engine."""

from dataclasses import dataclass
from enum import StrEnum

from sensor_hub.engine import First


class MachineKind(StrEnum):
    LEG_PRESS_45 = "leg-press-45"
    VERTICAL = "vertical-press"
    HORIZONTAL = "horizontal-press"
    WEIGHT_STACK = "weight-stack"


@dataclass(frozen=True, slots=True)
class KindOfMachine:
    """first: which phase a rep starts with; steepest_deg, flattest_deg: the rails this kind is built with."""

    title: str
    clip_on: str
    """Where the sensor goes."""
    first: First
    flattest_deg: float
    steepest_deg: float

    def allows(self, incline_deg: float, sigma_deg: float) -> bool:
        """Whether a rail measured so may belong to this kind."""
        return self.flattest_deg - sigma_deg <= abs(incline_deg) <= self.steepest_deg + sigma_deg


KINDS: dict[MachineKind, KindOfMachine] = {
    MachineKind.LEG_PRESS_45: KindOfMachine("Leg press, 45°", "the sled", First.ECCENTRIC, 25, 65),
    MachineKind.VERTICAL: KindOfMachine("Vertical leg press", "the platform", First.ECCENTRIC, 75, 90),
    MachineKind.HORIZONTAL: KindOfMachine("Horizontal leg press", "the seat or sled", First.CONCENTRIC, 0, 25),
    MachineKind.WEIGHT_STACK: KindOfMachine("Weight stack", "the top plate", First.CONCENTRIC, 75, 90),
}
"""Inclines: 45° sleds are sold from about 30° to 58°, and the sled's own floor may slope; a stack's guide rods and a
vertical press stand upright. A horizontal press with a stack is measured best on the stack."""
