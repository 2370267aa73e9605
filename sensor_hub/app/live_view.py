"""The sled now, for a screen: at most 20 times a second, durations of the running rep included."""

import math
from collections.abc import Mapping
from typing import Any

from sensor_hub.model import Motion, Phase, PhaseBegan

INTERVAL_S = 0.05
_DURATIONS = {
    Phase.ECCENTRIC: "eccentric_s",
    Phase.BOTTOM: "bottom_pause_s",
    Phase.CONCENTRIC: "concentric_s",
    Phase.TOP: "top_pause_s",
}


class LiveView:
    def __init__(self) -> None:
        self._last_s = -math.inf
        self._rep: tuple[int, int] = (0, 0)
        """Numbers of the running set and rep."""
        self._running: PhaseBegan | None = None
        self._durations: dict[str, float] = {}
        self._range: tuple[float, float] | None = None

    def phase(self, event: PhaseBegan) -> None:
        """A phase began and ends the one before; a new rep begins with empty digits, a new set with no range."""
        before = self._running
        if before is not None and before.phase in _DURATIONS:
            self._durations[_DURATIONS[before.phase]] = max(0.0, event.start_s - before.start_s)
        if event.set_number != self._rep[0]:
            self._range = None
        rep = (event.set_number, event.rep_number)
        if rep != self._rep:
            self._rep, self._durations = rep, {}
        self._running = event

    def motion(self, motion: Motion) -> Mapping[str, Any] | None:
        """Fields of the next live message, None where it would come too soon."""
        low, high = self._range or (motion.position_m, motion.position_m)
        self._range = (min(low, motion.position_m), max(high, motion.position_m))
        if motion.at_s - self._last_s < 0.9 * INTERVAL_S:
            return None
        self._last_s = motion.at_s
        elapsed = max(0.0, motion.at_s - motion.phase_start_s)
        running = {_DURATIONS[motion.phase]: elapsed} if motion.phase in _DURATIONS else {}
        return {
            "at_s": motion.at_s,
            "calibrated": True,
            "position_m": motion.position_m,
            "velocity_mps": motion.velocity_mps,
            "phase": motion.phase,
            "phase_elapsed_s": elapsed,
            "rep_count": motion.rep_count,
            "range_low_m": self._range[0],
            "range_high_m": self._range[1],
            **self._durations,
            **running,
        }

    def uncalibrated(self, at_s: float) -> Mapping[str, Any] | None:
        """Fields of a live message while the rail is not known yet."""
        if at_s - self._last_s < 0.9 * INTERVAL_S:
            return None
        self._last_s = at_s
        still = {"position_m": 0.0, "velocity_mps": 0.0, "phase": Phase.IDLE, "phase_elapsed_s": 0.0}
        return {"at_s": at_s, "calibrated": False, "set_number": 0, "rep_count": 0, **still}
