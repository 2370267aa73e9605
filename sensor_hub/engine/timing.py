"""What times that are themselves uncertain make of a rep.

Where a sensor does not date its samples, the time between two of them is known to `Samples.time_sigma_s` only. That
much is added to every duration. A stroke whose time is off by a share r was integrated over a time that is off by r:
its velocities and powers are off by r, its range, integrated twice, by 2r.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sensor_hub.model import Rep, Samples

DURATIONS = ("eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s", "time_under_tension_s")
OF_CONCENTRIC = (
    "mean_velocity_mps",
    "peak_velocity_mps",
    "mean_propulsive_velocity_mps",
    "mean_power_w_per_kg",
    "peak_power_w_per_kg",
)
OF_ECCENTRIC = ("mean_eccentric_velocity_mps", "peak_eccentric_velocity_mps")
KEEP_S = 100.0
"""No rep is longer."""


class Timing:
    def __init__(self) -> None:
        self._since: deque[tuple[float, float]] = deque([(-np.inf, 0.0)])
        """From when on the uncertainty (s) was which."""

    def see(self, block: Samples) -> None:
        if block.time_sigma_s != self._since[-1][1] and len(block):
            self._since.append((float(block.time_s[0]), block.time_sigma_s))
        while len(self._since) > 1 and len(block) and self._since[1][0] < block.time_s[0] - KEEP_S:
            self._since.popleft()

    def judged(self, rep: Rep, start_s: float, end_s: float) -> Rep:
        """A rep over [start_s, end_s] with its uncertainties as large as the times' makes them."""
        ends = [*[since_s for since_s, _ in self._since][1:], np.inf]
        known = zip(self._since, ends, strict=True)
        sigma_s = max(
            (s for (since_s, s), until_s in known if since_s <= end_s and until_s > start_s), default=0.0
        )
        if not sigma_s:
            return rep
        added = _added(rep, sigma_s)
        wider = {
            name: None if sigma is None else float(np.hypot(sigma, added.get(name, 0.0)))
            for name, sigma in rep.uncertainty.items()
        }
        return replace(rep, uncertainty=wider)


def _added(rep: Rep, sigma_s: float) -> Mapping[str, float]:
    """By metric, what the uncertainty of its times makes of it."""
    concentric = sigma_s / rep.concentric_s
    eccentric = concentric if rep.eccentric_s is None else sigma_s / rep.eccentric_s
    added = dict.fromkeys(DURATIONS, sigma_s)
    added |= {name: abs(getattr(rep, name) or 0.0) * concentric for name in OF_CONCENTRIC}
    added |= {name: abs(getattr(rep, name) or 0.0) * eccentric for name in OF_ECCENTRIC}
    added["rom_m"] = 2.0 * (rep.rom_m or 0.0) * max(concentric, eccentric)
    return added
