"""How long a sensor's battery will last, from how fast it has been falling in use.

1. Time counts while the sensor reports. A sensor that lies in a drawer overnight says nothing about an hour of use.
2. Only steps of the gauge are kept, each with the hours of use at which it was first seen; where in its step the
   gauge was when it was first read nobody knows, so that reading only counts as a level. A rise of more than a
   flicker is a charge, or another cell: what was known of the old one is forgotten.
3. The straight line of least squares through the last steps gives the speed. Gauges are not straight from full to
   empty; over `RECENT_PERCENT` they nearly are. With less than `LEAST_PERCENT` of fall, or less than `LEAST_H` of
   use while it fell, nothing is foretold.
"""

import json
import logging
from pathlib import Path

import numpy as np

LOW_PERCENT = 15
LOW_H = 2.0
"""Less than a long evening's training: told before the next set."""
FLICKER_PERCENT = 3
LEAST_PERCENT = 3
LEAST_H = 1 / 60
RECENT_PERCENT = 20
LONGEST_SILENCE_S = 60.0
"""Between two reports that belong to the same use."""

log = logging.getLogger(__name__)


class Battery:
    """One sensor's battery. path: where it is remembered; None forgets it with the process."""

    def __init__(self, path: Path | None = None) -> None:
        self.percent: int | None = None
        self._path = path
        self._used_h = 0.0
        self._steps: list[tuple[float, int]] = []
        self._heard_s: float | None = None
        if path is not None:
            self._remember(path)

    def observe(self, percent: int, host_s: float) -> None:
        """A report, at a time of the hub's monotonic clock."""
        if self._heard_s is not None and 0.0 < host_s - self._heard_s <= LONGEST_SILENCE_S:
            self._used_h += (host_s - self._heard_s) / 3600.0
        self._heard_s = host_s
        self.percent = percent
        newest = self._steps[-1][1] if self._steps else None
        if newest is None or percent > newest + FLICKER_PERCENT:
            self._steps = [(self._used_h, percent)]
        elif percent < newest:
            self._steps.append((self._used_h, percent))
            self._steps = [step for step in self._steps if step[1] <= percent + RECENT_PERCENT]
        else:
            return
        self._write()

    @property
    def hours_left(self) -> float | None:
        """Hours of use until it is empty; None until that can be told."""
        steps = self._steps[1:]
        if not steps or steps[0][1] - steps[-1][1] < LEAST_PERCENT:
            return None
        used_h, percent = np.array(steps).T
        if used_h[-1] - used_h[0] < LEAST_H:
            return None
        percent_per_h, intercept = np.polyfit(used_h, percent, 1)
        if percent_per_h >= 0.0:
            return None
        return max(0.0, float(-intercept / percent_per_h) - self._used_h)

    @property
    def warning(self) -> str | None:
        """What to do about it, where something should be done before the next set."""
        left_h = self.hours_left
        if self.percent is None or (self.percent > LOW_PERCENT and (left_h is None or left_h > LOW_H)):
            return None
        left = f"{self.percent} %" if left_h is None else f"{self.percent} %, about {_spoken(left_h)}"
        return f"The sensor's battery is low ({left}). Charge it before the next set."

    def _remember(self, path: Path) -> None:
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            self._used_h = float(known["used_h"])
            self._steps = [(float(used_h), int(percent)) for used_h, percent in known["steps"]]
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("What was known of a battery (%s) cannot be read (%s) and is learned anew.", path, error)

    def _write(self) -> None:
        """Whole or not at all: written beside, then moved."""
        if self._path is None:
            return
        beside = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps({"used_h": self._used_h, "steps": self._steps}), encoding="utf-8")
            beside.replace(self._path)
        except OSError as error:
            log.warning("The battery's course cannot be kept in %s: %s.", self._path, error.strerror)


def _spoken(hours: float) -> str:
    return f"{hours * 60:.0f} min" if hours < 1.0 else f"{hours:.0f} h"
