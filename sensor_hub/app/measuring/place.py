"""A machine of a gym, and the profile that the settings and the data folder give it."""

from dataclasses import dataclass
from pathlib import Path

from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.config import Settings


@dataclass(frozen=True, slots=True)
class Place:
    site: str
    machine: str


def machine_profile(place: Place, settings: Settings, folder: Path) -> MachineProfile:
    """The profile of a machine: its file in the data folder, and the settings' word above it."""
    of_place = (one for one in settings.machines if Place(one.site or settings.hub.site, one.name) == place)
    return MachineProfile(folder, place.site, place.machine, next(of_place, None))
