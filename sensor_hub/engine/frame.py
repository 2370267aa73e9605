"""From the sensor's frame to the rail: where gravity points at rest, and along which line the sled moves.

Steps
1. Rest: over `rest_window_s` the step means of the specific force stay together. Their mean is gravity plus the
   chip's offset; no more is needed, because a rail never turns the sensor.
2. Axis: away from rest, force minus gravity has one direction only, the rail's. Its integral is a velocity, in which
   rattle and rollers count for little; the axis is the principal direction of that velocity's scatter.
3. Sign: up the rail has a positive component along gravity's reaction. On a flat rail the first stroke decides.
4. A later rest whose gravity has turned means that the clip has moved: back to 2. Velocity across the rail while
   gravity turns means that a hand is on the sensor (handling.py): nothing counts until the next rest.

Data requirements: one rest of half a second before or between the strokes; without one (a recording that starts in
motion) gravity is taken as the mean of the first seconds, with an uncertainty to match.
"""

from collections import deque
from dataclasses import replace

import numpy as np

from sensor_hub.engine.handling import Handling
from sensor_hub.engine.params import First, Params
from sensor_hub.engine.rail import AT_REST_MPS, IN_MOTION_MPS, NO_REST_S, Rail
from sensor_hub.engine.rest import RestDetector
from sensor_hub.engine.scatter import UNSCATTERED, line_of, share_along, total
from sensor_hub.engine.steps import COARSE_S, Step
from sensor_hub.engine.vectors import Vector, angle_deg, size, squared_cosine, turned_by
from sensor_hub.model import FloatArray

LINEAR_SHARE = 0.85
"""Share of the scatter that one direction must hold to be a rail."""
LAUNCH_MPS = 0.05
LAUNCH_SIGMAS = 5.0
"""Velocity that a motion must reach, and by how much it must exceed what a rattle may have hidden."""
SCATTER_S = 10.0
"""Memory of the scatter: what a hand did before the first set is forgotten by then."""
GLIDE_MPS = 0.03
GLIDE_S = 8.0
"""A rest this slow after a start this recent is doubted; a later one is believed."""
LOOK_BACK_S = 8.0
"""How much of a rest is read again once the rail is known."""
PUSH_S = 0.6
LONG_PUSH_S = 3.0
"""How long gravity must have turned to be believed, and how long if its size has changed as well."""
FADE_S = 0.7
"""Memory of the velocity across the rail: longer than a ring, shorter than a stroke."""
AIM_DEG = 5.0
"""Strokes that lead off the rail by this: the clip has turned about gravity (direction.py)."""
RENEW_DEG = 0.4
"""Gravity that has turned by this and by less than `moved_deg` is followed."""
RENEWED = squared_cosine(RENEW_DEG)
ASTRAY_MOTIONS = 2
ASTRAY_SHARE = 0.95
ASTRAY_MPS = 0.1
"""So many motions in a row, this fast and this straight, off the rail: the clip sits another way."""
MORE = 2.0
"""So much more motion shows the rail better than what showed it first."""
QUIET_SHARE = 0.1
"""Of a step at rest in what is known of the noise."""
STANDING: Vector = (0.0, 0.0, 0.0)


class FrameFinder:
    """Finds the rail, notices when it is lost. `rail` is None until it is known."""

    def __init__(self, params: Params) -> None:
        self._p = params
        self._rest = RestDetector(params)
        self.rail: Rail | None = None
        self.resting = False
        self.disturbed = False
        """A hand has turned the sensor since the last rest."""
        self._handling = Handling(params)
        self._turned_s = 0.0
        self._moved = squared_cosine(params.moved_deg)
        self.confirmed = False
        """A rep has been seen along the rail."""
        self._holed = False
        """Samples are missing in the running motion."""
        self._astray = 0
        """Motions in a row along another line than the rail's."""
        self._lifted_on: Rail | None = None
        """The rail of the newest rep."""
        self.read_from_s = float("-inf")
        """From when on there may be motion to read once the rail is known: a slow, even lowering looks like a rest's
        end."""
        self.motion_start_s = float("-inf")
        """Since when the sled has not rested: what must be read again once the rail is known."""
        self._gravity: Vector | None = None
        self._gravity_sigma = params.bias_prior_mps2
        self._start_speed = AT_REST_MPS
        self._rest_s = 0.0
        self._still_s = 0.0
        """Length of the running rest."""
        self._gravity_now: Vector | None = None
        self._rested: deque[tuple[float, float, Vector]] = deque()
        self._velocity = STANDING
        """Since the last rest, fading."""
        self._scatter = UNSCATTERED
        self._quiet_variance = self._noise_variance = self._noise_scatter = 0.0
        """Of the velocity, on three axes: what noise at rest adds in a step, has left in it, and in its scatter."""
        self._hidden_variance = 0.0
        self._fastest_mps = 0.0
        self._shown = 0.0
        """How much motion showed the rail."""
        self._steps: deque[Step] = deque()
        self._next_try_s = 0.0

    @property
    def along_share(self) -> float:
        """Share of the recent motion that was along the rail: near one for a sled, a third for rattle and hands. Where
        samples are far apart, without what the noise of a rest adds."""
        if self.rail is None:
            return 0.0
        return share_along(self._scatter, self.rail.axis, self._noise_scatter)

    def advance(self, step: Step) -> bool:
        """Take one step; True when `rail` has changed (found, replaced or given up)."""
        rest = self._rest.advance(step)
        self.resting = rest is not None
        if rest is not None and not self._may_be_gliding(step):
            turned = self._has_turned(rest)
            if not self._may_be_pushed(rest, turned, step):
                return self._at_rest(rest, turned, step)
        self._rested.clear()
        self._still_s = 0.0
        if self._gravity is None:
            return self._moving_from_the_start(step)
        self._holed = self._holed or step.blind
        self._integrate(step)
        return self._watch_axis()

    def confirm(self) -> None:
        """A rep was seen along the rail."""
        assert self.rail is not None
        self.confirmed, self._lifted_on = True, self.rail

    @property
    def turned_deg(self) -> float | None:
        """How far the clip has turned since the newest rep; None where it has not, or nothing was lifted before."""
        if self.rail is None or self._lifted_on is None:
            return None
        turned = angle_deg(self._lifted_on.gravity, self.rail.gravity)
        if turned > self._p.moved_deg:
            return turned
        between = angle_deg(self._lifted_on.axis, self.rail.axis)
        about = min(between, 180.0 - between)
        return about if about > AIM_DEG else None

    def renew(self) -> bool:
        """Gravity as it is felt now, after a long rest in which it is not quite the rail's any more: the clip has
        slipped a little, or the chip has warmed up. The line stays. True when `rail` has changed."""
        if self.rail is None or self._still_s < LONG_PUSH_S or self._gravity_now is None:
            return False
        if not turned_by(self._gravity_now, self.rail.gravity, RENEWED):
            return False
        self._gravity = self._gravity_now
        self.rail = replace(self.rail, gravity=self._gravity_now, offset_mps2=0.0, start_speed_mps=AT_REST_MPS)
        return True

    def _may_be_gliding(self, step: Step) -> bool:
        """Before the rail is known: a rest that the integrated velocity contradicts may be a slow, even lowering."""
        if self.rail is not None or step.end_s - self.motion_start_s > GLIDE_S:
            return False
        return GLIDE_MPS < size(self._velocity) < 1.0

    def _has_turned(self, mean: Vector) -> bool:
        """Whether gravity at rest has another direction than before."""
        return self._gravity is not None and turned_by(mean, self._gravity, self._moved)

    def _may_be_pushed(self, mean: Vector, turned: bool, step: Step) -> bool:
        """An even push along the rail looks like gravity that has turned. It does not last, and it changes its size."""
        if self._gravity is None or not turned:
            self._turned_s = 0.0
            return False
        self._turned_s += step.duration_s
        size_changed = abs(size(mean) - size(self._gravity)) > self._p.rest_swing_mps2
        return self._turned_s < PUSH_S or (size_changed and self._turned_s < LONG_PUSH_S)

    def _at_rest(self, mean: Vector, turned: bool, step: Step) -> bool:
        doubted = self._doubts_rail()
        if self._velocity is not STANDING:
            self._forget_motion()
        self.motion_start_s = step.end_s - 6 * self._p.rest_window_s
        self.read_from_s = min(self.motion_start_s, step.end_s - min(self._still_s, LOOK_BACK_S))
        self.disturbed = False
        self._rest_s += step.duration_s
        if step.duration_s >= COARSE_S:
            self._quiet_variance += QUIET_SHARE * (step.rough_mps**2 - self._quiet_variance)
        if self._gravity is None:
            self._gravity = mean
            self._rest_s = 0.0
            self._steps.clear()
            return False
        if not turned and not doubted:
            self._still_s += step.duration_s
            self._refine_gravity(mean, step)
            return False
        had_rail, self.rail = self.rail is not None, None
        self._gravity, self._rest_s = mean, 0.0
        return had_rail

    def _doubts_rail(self) -> bool:
        """A motion that did not follow the rail: without a rep on it yet, the rail was a rattle's. With reps, the
        motion was a hand's; but two in a row, each along a line, are a sled's whose clip sits another way. Where
        samples are missing it cannot be told."""
        if self.rail is None or self._fastest_mps < LAUNCH_MPS or self._holed:
            return False
        if self.along_share >= LINEAR_SHARE:
            self._astray = 0
            return False
        if not self.confirmed:
            return True
        self._astray = (
            self._astray + 1 if self._fastest_mps > ASTRAY_MPS and line_of(self._scatter)[1] > ASTRAY_SHARE else 0
        )
        return self._astray >= ASTRAY_MOTIONS

    def _refine_gravity(self, mean: Vector, step: Step) -> None:
        """Follow a warming chip, two windows late: the newest rest may already be the slow start of a motion."""
        self._rested.append((step.end_s, step.duration_s, mean))
        while self._rested and step.end_s - self._rested[0][0] > 2 * self._p.rest_window_s:
            _, dt, past = self._rested.popleft()
            self._gravity_now = past
            if self.rail is None and self._gravity is not None:
                averaged = self._p.bias_prior_mps2 * self._p.rest_window_s / self._rest_s
                self._gravity_sigma = max(self._p.flex_mps2, averaged)
                g, w = self._gravity, min(1.0, dt / self._p.rest_window_s)
                self._gravity = (
                    g[0] + w * (past[0] - g[0]),
                    g[1] + w * (past[1] - g[1]),
                    g[2] + w * (past[2] - g[2]),
                )

    def _moving_from_the_start(self, step: Step) -> bool:
        """No rest yet: once a second, try the mean of the last seconds for gravity and look for a rail in them."""
        self._steps.append(step)
        if step.end_s - self._steps[0].end_s < NO_REST_S:
            return False
        while step.end_s - self._steps[0].end_s > NO_REST_S:
            self._steps.popleft()
        if step.end_s < self._next_try_s:
            return False
        self._next_try_s = step.end_s + 1.0
        g = np.array([s.mean_mps2 for s in self._steps]).mean(axis=0)
        trial = FrameFinder(self._p)
        trial._gravity = (float(g[0]), float(g[1]), float(g[2]))
        trial._gravity_sigma, trial._start_speed = IN_MOTION_MPS / NO_REST_S, IN_MOTION_MPS
        for past in self._steps:
            trial._integrate(past)
        if not trial._watch_axis():
            return False
        self.rail, self._gravity, self._gravity_sigma = trial.rail, trial._gravity, trial._gravity_sigma
        self._shown = trial._shown
        self.motion_start_s = self.read_from_s = self._steps[0].end_s
        self._steps.clear()
        return True

    def _integrate(self, step: Step) -> None:
        assert self._gravity is not None
        (gx, gy, gz), (mx, my, mz), dt = self._gravity, step.mean_mps2, step.duration_s
        vx, vy, vz = self._velocity
        fade = max(0.0, 1.0 - dt / FADE_S)
        vx, vy, vz = vx * fade + (mx - gx) * dt, vy * fade + (my - gy) * dt, vz * fade + (mz - gz) * dt
        self._velocity = (vx, vy, vz)
        self._handling.advance(step, self._gravity)
        hidden = self._p.vibration_share * step.rough_mps
        self._hidden_variance = self._hidden_variance * fade * fade + hidden * hidden
        xx, xy, xz, yy, yz, zz = self._scatter
        keep = 1 - dt / SCATTER_S
        self._noise_variance = self._noise_variance * fade * fade + self._quiet_variance
        self._noise_scatter = self._noise_scatter * keep + self._noise_variance * dt
        self._scatter = (
            xx * keep + vx * vx * dt,
            xy * keep + vx * vy * dt,
            xz * keep + vx * vz * dt,
            yy * keep + vy * vy * dt,
            yz * keep + vy * vz * dt,
            zz * keep + vz * vz * dt,
        )

    def _watch_axis(self) -> bool:
        speed = size(self._velocity)
        self._fastest_mps = max(self._fastest_mps, speed)
        if self.rail is not None:
            handled = self._handling.handled(self._velocity, self.rail.axis, self.rail.gravity)
            self.disturbed = self.disturbed or handled
            return False
        if speed < max(LAUNCH_MPS, LAUNCH_SIGMAS * self._hidden_variance**0.5):
            return False
        line, share = line_of(self._scatter)
        if share < LINEAR_SHARE:
            return False
        axis = self._signed(line)
        assert self._gravity is not None
        self.rail, self.confirmed = Rail(axis, self._gravity, self._gravity_sigma, self._start_speed), False
        self._shown = total(self._scatter)
        return True

    def aim(self) -> bool:
        """Point a rail that no rep has confirmed along what has moved since, if that is more: the first motion may have
        been little beyond noise. True when `rail` has changed."""
        moved = total(self._scatter)
        if self.rail is None or self.confirmed or moved < MORE * self._shown:
            return False
        line, share = line_of(self._scatter)
        x, y, z = line.tolist()
        axis: Vector = (x, y, z) if float(line @ self.rail.axis) > 0 else (-x, -y, -z)
        if share < LINEAR_SHARE or angle_deg(axis, self.rail.axis) < AIM_DEG:
            return False
        self.rail, self._shown = replace(self.rail, axis=axis), moved
        return True

    def _signed(self, axis: FloatArray) -> Vector:
        g = np.asarray(self._gravity)
        up = float(axis @ g) / float(np.linalg.norm(g))
        if abs(up) < np.sin(np.radians(self._p.flat_deg)):
            out = float(axis @ np.asarray(self._velocity))
            up = out if self._p.first is First.CONCENTRIC else -out
        a = axis if up > 0 else -axis
        return (float(a[0]), float(a[1]), float(a[2]))

    def _forget_motion(self) -> None:
        self._velocity, self._scatter, self._holed = STANDING, UNSCATTERED, False
        self._hidden_variance = self._fastest_mps = self._noise_variance = self._noise_scatter = 0.0
        self._handling.rest()
