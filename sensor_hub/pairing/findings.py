"""What was measured, judged in words a lifter understands. Every verdict has its figure, its limit and the reason.

| topic | good | poor | bad | why these limits |
|---|---|---|---|---|
| signal | from -75 dBm | from -85 | below | receivers hear down to about -95 dBm; a person between costs 10 to 20 dB |
| loss | up to 1 % | up to 5 % | above | docs/signal.md: with 5 % lost, turns start to fall into holes |
| rate | within 10 % of what was asked | less | under 41.7 Hz | a hard lockout needs samples 24 ms apart or closer |
| noise | up to 0.05 m/s² | up to 0.07 | above | from 0.07 on step means of a sled at rest swing by the engine's 0.12 |
| clip | no resonance | one | strong one | simulated tight clips: gain under 4; from 0.5 m/s² times off by 50 ms |
| angle | as the kind is built | | another | the sensor is on another machine, or not on the sled |
| range | three reps alike | they differ by 20 % | | in simulation three full reps read up to 17 % apart |
| battery | from 20 % | from 10 | below | a low battery ends in a set |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sensor_hub.engine import Profile
from sensor_hub.pairing.kinds import KINDS, MachineKind
from sensor_hub.pairing.ringing import Ring


class Grade(StrEnum):
    GOOD = "good"
    POOR = "poor"
    """It works; the numbers are less certain than they could be."""
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """sentence: the verdict, with what to do where something is wrong. limit: where the next better grade begins."""

    topic: str
    grade: Grade
    sentence: str
    value: float | None = None
    unit: str = ""
    limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything a pairing has found out; None where it could not."""

    kind: MachineKind
    profile: Profile
    """As learned from the reps; range None where they were not sure enough."""
    ranges_m: tuple[float, ...]
    """Of each rep that is known well."""
    incline_deg: float | None
    axis: tuple[float, float, float] | None
    rate_hz: float | None
    asked_rate_hz: float
    noise_mps2: float | None
    loss_ratio: float | None
    rssi_dbm: int | None
    battery_percent: int | None
    ring: Ring | None
    turned_deg: float | None
    """How far the clip has turned meanwhile."""


SIGNAL_DBM = (-75.0, -85.0)
LOSS_RATIO = (0.01, 0.05)
RATE_SHARE = 0.9
LOCKOUT_HZ = 1 / 0.024
NOISE_MPS2 = (0.05, 0.07)
RING_GAIN = 4.0
RING_MPS2 = (0.1, 0.5)
RANGE_SPREAD = 0.2
BATTERY_PERCENT = (20.0, 10.0)
INCLINE_SIGMA_DEG = 2.0
"""What the floor, the clip's offset and the sled's flex leave open, beyond the measurement's own uncertainty."""
ALONG = 0.7


def judge(measured: Measured) -> list[Finding]:
    """All findings, in the order in which a person would ask."""
    return [
        *judge_link(measured.rssi_dbm, measured.loss_ratio, measured.rate_hz, measured.asked_rate_hz),
        _noise(measured.noise_mps2),
        _clip(measured),
        _angle(measured),
        _range(measured),
        *_stops(measured),
        judge_battery(measured.battery_percent),
    ]


def judge_link(
    rssi_dbm: int | None, loss_ratio: float | None, rate_hz: float | None, asked_rate_hz: float
) -> list[Finding]:
    """Signal, losses and rate of a sensor, paired or at work."""
    return [_signal(rssi_dbm), _loss(loss_ratio), _rate(rate_hz, asked_rate_hz)]


def judge_battery(percent: int | None) -> Finding:
    if percent is None:
        return Finding("battery", Grade.UNKNOWN, "This sensor does not tell how full its battery is.", unit="%")
    grade, limit = _graded(percent, BATTERY_PERCENT)
    advice = {Grade.GOOD: "", Grade.POOR: ": charge it today", Grade.BAD: ": charge it before the first set"}[
        grade
    ]
    return Finding("battery", grade, f"Battery {percent} %{advice}.", percent, "%", limit)


def worst(findings: Sequence[Finding]) -> Grade:
    """Of all that is known."""
    order = (Grade.BAD, Grade.POOR)
    return next((grade for grade in order if any(one.grade is grade for one in findings)), Grade.GOOD)


def _graded(value: float, limits: tuple[float, float]) -> tuple[Grade, float]:
    """Grade of a value whose limits for good and poor are given, and the limit to the next better grade."""
    good, poor = limits
    sign = 1.0 if good > poor else -1.0
    if sign * value >= sign * good:
        return Grade.GOOD, good
    return (Grade.POOR, good) if sign * value >= sign * poor else (Grade.BAD, poor)


def _signal(rssi_dbm: int | None) -> Finding:
    if rssi_dbm is None:
        return Finding(
            "signal", Grade.UNKNOWN, "This computer does not tell how strong the signal is.", unit="dBm"
        )
    grade, limit = _graded(rssi_dbm, SIGNAL_DBM)
    sentence = {
        Grade.GOOD: f"Signal good ({rssi_dbm} dBm).",
        Grade.POOR: f"Signal fair ({rssi_dbm} dBm): somebody in between may break it. Move the hub nearer if you can.",
        Grade.BAD: f"Signal weak ({rssi_dbm} dBm): move the hub nearer, or higher.",
    }[grade]
    return Finding("signal", grade, sentence, rssi_dbm, "dBm", limit)


def _loss(ratio: float | None) -> Finding:
    if ratio is None:
        return Finding(
            "loss", Grade.UNKNOWN, "This sensor does not number its samples: losses cannot be counted.", unit="%"
        )
    grade, limit = _graded(ratio, LOSS_RATIO)
    percent = 100 * ratio
    sentence = {
        Grade.GOOD: "Nothing gets lost." if not ratio else f"Loses {percent:.1f} % of its samples: no harm.",
        Grade.POOR: f"Loses {percent:.1f} % of its samples: numbers get less certain. Move the hub nearer.",
        Grade.BAD: f"Loses {percent:.0f} % of its samples: reps will be cut. Move the hub nearer, or out of the crowd.",
    }[grade]
    return Finding("loss", grade, sentence, round(percent, 2), "%", 100 * limit)


def _rate(rate_hz: float | None, asked_hz: float) -> Finding:
    if rate_hz is None:
        return Finding("rate", Grade.UNKNOWN, "Too few samples to tell the rate.", unit="Hz")
    least_hz = RATE_SHARE * asked_hz
    if rate_hz < LOCKOUT_HZ:
        sentence = f"The sensor runs at {rate_hz:.0f} Hz: counts and tempo, but hard lockouts cannot be seen."
        return Finding(
            "rate", Grade.BAD if asked_hz >= LOCKOUT_HZ else Grade.POOR, sentence, rate_hz, "Hz", LOCKOUT_HZ
        )
    if rate_hz < least_hz:
        sentence = f"The sensor runs at {rate_hz:.0f} Hz, expected {asked_hz:.0f}: turns are seen less sharply."
        return Finding("rate", Grade.POOR, sentence, rate_hz, "Hz", least_hz)
    return Finding("rate", Grade.GOOD, f"Measures {rate_hz:.0f} times a second.", rate_hz, "Hz", least_hz)


def _noise(noise_mps2: float | None) -> Finding:
    if noise_mps2 is None:
        return Finding("noise", Grade.UNKNOWN, "The sled was never seen at rest.", unit="m/s²")
    grade, limit = _graded(noise_mps2, NOISE_MPS2)
    sentence = {
        Grade.GOOD: f"Quiet at rest ({noise_mps2:.3f} m/s²).",
        Grade.POOR: f"Noisy at rest ({noise_mps2:.2f} m/s²): short pauses are seen less well.",
        Grade.BAD: f"Too noisy at rest ({noise_mps2:.2f} m/s²): a resting sled will be missed. Is a fan on the frame?",
    }[grade]
    return Finding("noise", grade, sentence, noise_mps2, "m/s²", limit)


def _clip(measured: Measured) -> Finding:
    if measured.turned_deg is not None:
        sentence = f"The clip turned by {measured.turned_deg:.0f}° during the reps: fasten it, then do this again."
        return Finding("clip", Grade.BAD, sentence, measured.turned_deg, "deg", 0.0)
    ring = measured.ring
    if ring is None:
        return Finding("clip", Grade.UNKNOWN, "Too little motion to tell whether the clip is tight.", unit="m/s²")
    good_mps2, poor_mps2 = RING_MPS2
    if ring.gain < RING_GAIN or ring.rms_mps2 < good_mps2:
        return Finding("clip", Grade.GOOD, "The clip sits tight.", round(ring.rms_mps2, 3), "m/s²", good_mps2)
    sentence = f"The clip is loose: it rings at {ring.hz:.0f} Hz, {_direction(ring, measured.axis)}. Tighten it."
    strong = ring.rms_mps2 > poor_mps2
    grade, limit = (Grade.BAD, poor_mps2) if strong else (Grade.POOR, good_mps2)
    return Finding("clip", grade, sentence, round(ring.rms_mps2, 3), "m/s²", limit)


def _direction(ring: Ring, axis: tuple[float, float, float] | None) -> str:
    if axis is None:
        return "along an unknown direction"
    along = abs(sum(abs(a) * b for a, b in zip(axis, ring.direction, strict=True)))
    return "along the rail" if along > ALONG else "across the rail"


def contradiction(kind: MachineKind, incline_deg: float, sigma_deg: float) -> str | None:
    """That a rail of this angle is not one of this kind's, as a sentence; None where it may be."""
    of_kind, steep = KINDS[kind], abs(incline_deg)
    if of_kind.allows(steep, sigma_deg):
        return None
    return (
        f"The rail rises {steep:.0f}°, a {of_kind.title.lower()} has {of_kind.flattest_deg:.0f}° to "
        f"{of_kind.steepest_deg:.0f}°: is this the right machine, and the sensor on {of_kind.clip_on}?"
    )


def _angle(measured: Measured) -> Finding:
    kind, profile = KINDS[measured.kind], measured.profile
    incline_deg = profile.incline_deg if profile.incline_deg is not None else measured.incline_deg
    if incline_deg is None:
        return Finding("angle", Grade.UNKNOWN, "The rail's angle could not be measured: press again.", unit="deg")
    steep = abs(incline_deg)
    sigma_deg = INCLINE_SIGMA_DEG + (profile.incline_sigma_deg or 0.0)
    sentence = contradiction(measured.kind, steep, sigma_deg)
    if sentence is None:
        return Finding(
            "angle", Grade.GOOD, f"The rail rises {steep:.0f}°.", round(steep, 1), "deg", kind.flattest_deg
        )
    limit = kind.flattest_deg if steep < kind.flattest_deg else kind.steepest_deg
    return Finding("angle", Grade.BAD, sentence, round(steep, 1), "deg", limit)


def _range(measured: Measured) -> Finding:
    range_m = measured.profile.full_range_m
    if range_m is None:
        sentence = "The range could not be measured surely: press three full, slow reps again."
        return Finding("range", Grade.POOR, sentence, unit="m")
    spread = (max(measured.ranges_m) - min(measured.ranges_m)) / range_m
    if spread > RANGE_SPREAD:
        told = ", ".join(f"{100 * one:.0f}" for one in measured.ranges_m)
        sentence = f"The reps differ ({told} cm): press three full ones again, or let the range be learned later."
        return Finding("range", Grade.POOR, sentence, round(range_m, 3), "m", RANGE_SPREAD)
    return Finding(
        "range", Grade.GOOD, f"Full range {100 * range_m:.0f} cm.", round(range_m, 3), "m", RANGE_SPREAD
    )


def _stops(measured: Measured) -> list[Finding]:
    stops_m = measured.profile.stops_m
    if stops_m is None:
        return []
    sentence = f"Its stops are {100 * stops_m:.0f} cm below the top."
    return [Finding("stops", Grade.GOOD, sentence, round(stops_m, 3), "m")]
