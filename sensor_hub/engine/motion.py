"""Velocity and position of the sled on its rail, live: one Kalman filter over (position, velocity, offset).

Steps
1. Predict: the step's mean force along the rail, less the offset, drives velocity and position. Process noise is what
   sampling may have missed: chip noise, a share of the curvature (impacts), and everything under a gap.
2. Hold: where the integrated velocity has stood still over `hold_window_s`, velocity zero is a hypothesis. It is
   refused when the filter's own velocity contradicts it or the sled sounds as if it rolled (roughness.py), and a
   measurement otherwise. Thus a lowering too smooth to be told from rest by its noise is never taken for rest.
3. Closure: a rep that turns at home without a stop ends near where it began, and a sled that never stands stays
   within reach: weak measurements of position, which keep the offset known through sets that never pause.
"""

import math
from collections import deque
from dataclasses import dataclass

from sensor_hub.engine.params import Params
from sensor_hub.engine.rail import Rail
from sensor_hub.engine.roughness import ROLLING, STANDING, Roughness, Sound
from sensor_hub.engine.steps import Step
from sensor_hub.model import MOVING_MPS

HOLD_STEPS = 5
"""A standstill is read off at least so many steps, however long they are."""
EVEN_ENOUGH_S = 0.1
"""A standstill this old no longer holds the end of a stroke: what it sounds like may be learned."""
FIRST_S = 0.2
"""The first standstill of a track is one only once it has lasted so long: the slow lifting of the sled off its stops is
even for a moment, too."""
REACH_MEMORY_S = 8.0
"""Over which the middle of the travel is averaged."""


@dataclass(slots=True)
class Track:
    """The filter after one step. Velocity variance q is what the step added."""

    time_s: float
    position_m: float
    velocity_mps: float
    offset_mps2: float
    velocity_sigma_mps: float
    offset_variance: float
    cross_variance: float
    """Of velocity and offset."""
    added_variance: float
    hold_sigma_mps: float | None
    """Uncertainty of the accepted hypothesis that the sled stands; None where it moves."""
    even_sigma_mps: float | None = None
    """Uncertainty of that hypothesis, accepted or not; None where the velocity is not even."""
    sound: Sound = Sound.UNKNOWN
    corrected_m: float = 0.0
    """How far measurements moved the position, which motion had not."""
    blind: bool = False
    force_mps2: float = 0.0
    """Mean specific force along the rail over the step, gravity taken off."""

    @property
    def held(self) -> bool:
        return self.hold_sigma_mps is not None


class MotionFilter:
    def __init__(self, params: Params, rail: Rail, roughness: Roughness) -> None:
        self._p = params
        self._noise, self._bias_walk = params.noise_mps2**2, params.bias_walk_mps2**2
        self._accel_walk = params.accel_walk
        self.blind_mps2 = params.blind_mps2
        """What a gap may hide."""
        self.roughness = roughness
        self.position_m = self.velocity_mps = 0.0
        self.offset_mps2 = rail.offset_mps2
        self._pp, self._pv, self._pb = 1e-6, 0.0, 0.0
        self._vv, self._vb, self._bb = rail.start_speed_mps**2, 0.0, rail.offset_sigma_mps2**2
        self._even_times: list[float] = []
        self._sums: list[float] = []
        self._sum = 0.0
        self._speeds: deque[tuple[float, float]] = deque()
        self._even_s = 0.0
        self._stood = False
        self._unheld_s = 0.0
        self._centre_m = 0.0
        self._last_force = 0.0

    @property
    def position_sigma_m(self) -> float:
        return math.sqrt(self._pp) if self._pp > 1e-12 else 1e-6

    @property
    def offset_sigma_mps2(self) -> float:
        return math.sqrt(max(self._bb, 1e-12))

    def advance(self, step: Step, force_mps2: float) -> Track:
        """force_mps2: mean specific force along the rail over the step, gravity taken off."""
        p, end_s, dt = self._p, step.end_s, step.duration_s
        q = self._predict(step, force_mps2)
        predicted_m = self.position_m
        self._listen(step)
        swing = self._swing(step, force_mps2)
        speeds = self._speeds
        speeds.append((end_s, abs(self.velocity_mps)))
        while end_s - speeds[0][0] > p.stalled_memory_s:
            speeds.popleft()
        sound = self.roughness.sound()
        even = hold = None
        if swing < p.hold_swing_mps:
            self._even_s += dt
            sigma = p.hold_noise_mps + p.hold_swing_share * swing
            even = sigma * math.sqrt(p.hold_window_s / dt) if dt < p.hold_window_s else sigma
            if self._stands(sigma, sound):
                hold = even
                self._stood = True
                self._update(-self.velocity_mps, hold * hold, (self._pv, self._vv, self._vb), self._vv)
        else:
            self._even_s = 0.0
        self._stay_in_reach(step, hold is not None)
        return Track(
            end_s,
            self.position_m,
            self.velocity_mps,
            self.offset_mps2,
            math.sqrt(self._vv) if self._vv > 1e-12 else 1e-6,
            self._bb,
            self._vb,
            q,
            hold,
            even,
            sound,
            self.position_m - predicted_m,
            step.blind,
            force_mps2,
        )

    def resume(self, track: Track, position_variance: float) -> None:
        """Go on from this track instead."""
        self.position_m, self.velocity_mps = track.position_m, track.velocity_mps
        self._pp, self._pv, self._pb = position_variance, 0.0, 0.0
        self._vv, self._vb, self._bb = track.velocity_sigma_mps**2, 0.0, track.offset_variance
        self.offset_mps2 = track.offset_mps2

    def close(self, expected_m: float, sigma_m: float) -> None:
        """Measurement of position: the sled is back at `expected_m`."""
        self._update(expected_m - self.position_m, sigma_m * sigma_m, (self._pp, self._pv, self._pb), self._pp)

    def _listen(self, step: Step) -> None:
        if step.blind:
            self.roughness.clear()
            return
        self.roughness.advance(step.rough_mps)
        beyond = abs(self.velocity_mps) - self._p.rolling_mps
        if beyond > 0 and beyond > 4 * math.sqrt(self._vv):
            self.roughness.learn(standing=False)

    def _stay_in_reach(self, step: Step, held: bool) -> None:
        dt = step.duration_s
        self._unheld_s = 0.0 if held else self._unheld_s + dt
        self._centre_m += (dt / REACH_MEMORY_S if dt < REACH_MEMORY_S else 1.0) * (
            self.position_m - self._centre_m
        )
        if self._unheld_s > self._p.reach_after_s:
            self.close(self._centre_m, (self._p.blind_reach_m if step.blind else self._p.reach_m) / math.sqrt(dt))

    def _predict(self, step: Step, force: float) -> float:
        dt, offset, velocity = step.duration_s, self.offset_mps2, self.velocity_mps
        a = force - offset
        previous = self._last_force - offset
        self.position_m += velocity * dt + (a / 3 + previous / 6) * dt * dt
        self.velocity_mps = velocity + a * dt
        self._last_force = force
        if step.blind:
            q = (self.blind_mps2 * dt * min(1.0, dt / 0.25)) ** 2
        else:
            hidden = step.rough_mps * self._p.vibration_share
            q = hidden * hidden + self._noise * dt
        pv, pb, vv, vb, bb = self._pv, self._pb, self._vv, self._vb, self._bb
        h = 0.5 * dt * dt
        new_vb = vb - dt * bb
        new_pb = pb + dt * vb - h * bb
        self._pp += dt * (2 * pv + dt * vv) - h * (new_pb + pb + dt * vb) + q * dt * dt / 3
        self._pv = pv + dt * vv - h * vb - dt * new_pb + q * dt / 2
        self._pb = new_pb
        self._vv = vv - dt * (vb + new_vb) + q
        self._vb = new_vb
        strained = self._accel_walk * a
        self._bb = bb + (self._bias_walk + strained * strained) * dt
        return q

    def _swing(self, step: Step, force: float) -> float:
        """Swing of the integrated velocity over the window, infinite while the window is not full, or where it is no
        standstill's."""
        times, sums = self._even_times, self._sums
        if step.blind:
            times.clear()
            sums.clear()
            return math.inf
        end_s, window_s = step.end_s, self._p.hold_window_s
        self._sum += (force - self.offset_mps2) * step.duration_s
        times.append(end_s)
        sums.append(self._sum)
        start_s = end_s - window_s
        while len(times) > HOLD_STEPS and times[1] <= start_s:
            del times[0], sums[0]
        if len(times) < HOLD_STEPS or end_s - times[0] < 0.9 * window_s:
            return math.inf
        if abs(sums[-1] - sums[0]) >= self._p.hold_swing_mps:
            return math.inf
        return max(sums) - min(sums)

    def _stands(self, sigma: float, sound: Sound) -> bool:
        """Test the hypothesis that the sled stands, of this uncertainty; learn what standing sounds like."""
        if sound is ROLLING:
            return False
        speed = abs(self.velocity_mps)
        gate = self._p.hold_gate_sigma * math.sqrt(self._vv + sigma * sigma)
        if sound is STANDING and (speed < gate or self._even_s > self._p.contradicted_s):
            return True
        doubtful = speed > max(MOVING_MPS, 2 * math.sqrt(self._vv)) or self._vv > self._p.doubt_mps**2
        if not self._stood and self._even_s < FIRST_S:
            return False
        if doubtful and self._even_s < self._p.doubt_s:
            return False
        if speed > gate and not self._stalled(speed):
            return False
        if speed < MOVING_MPS and not doubtful and self._even_s > EVEN_ENOUGH_S:
            self.roughness.learn(standing=True)
        return True

    def _stalled(self, speed: float) -> bool:
        if self._even_s <= self._p.stalled_s or speed > self._p.stalled_mps:
            return False
        return speed < self._p.stalled_share * max(past for _, past in self._speeds)

    def _update(self, innovation: float, noise: float, cross: tuple[float, float, float], variance: float) -> None:
        cp, cv, cb = cross
        share = 1.0 / (variance + noise)
        kp, kv, kb = cp * share, cv * share, cb * share
        self.position_m += kp * innovation
        self.velocity_mps += kv * innovation
        self.offset_mps2 += kb * innovation
        self._pp -= kp * cp
        self._pv -= kp * cv
        self._pb -= kp * cb
        self._vv -= kv * cv
        self._vb -= kv * cb
        self._bb -= kb * cb
