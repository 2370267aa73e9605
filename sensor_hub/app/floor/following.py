"""The places of sensors, as the newest enrolment has them that can be used."""

import logging
from pathlib import Path

from sensor_hub.app.floor.enrolment import EnrolmentFile
from sensor_hub.app.floor.places import Places
from sensor_hub.config import Settings
from sensor_hub.errors import ConfigError

log = logging.getLogger(__name__)


class Following:
    """Raises ConfigError where there is none to begin with. problem: why the newest cannot be used, as a sentence."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.problem: str | None = None
        self._settings = settings
        self._file = EnrolmentFile(folder)
        self.places = Places(settings, self._file.read())

    def is_new(self, again: bool) -> bool:
        """Whether to go through the places: the enrolment has changed, or it is asked again. One that cannot be used
        leaves everything as it is, and is told once."""
        try:
            if not (again or self.problem or self._file.changed()):
                return False
            self.places = Places(self._settings, self._file.read())
        except ConfigError as error:
            if str(error) != self.problem:
                log.error("The enrolment stays as it was: %s", error)
            self.problem = str(error)
            return False
        self.problem = None
        return True
