"""Each verdict, against what was simulated: its grade, its figure, and what it says."""

from dataclasses import replace
from typing import Any

import pytest

from sensor_hub.engine import First, Profile
from sensor_hub.pairing import KINDS, Finding, Grade, MachineKind, Measured, Step, judge, worst
from sensor_hub.pairing.findings import LOSS_RATIO, NOISE_MPS2
from sensor_hub.pairing.ringing import Ring

FINE = Measured(
    kind=MachineKind.LEG_PRESS_45,
    profile=Profile(First.ECCENTRIC, 45.0, 1.0, 0.4, 0.015, 0.05),
    ranges_m=(0.39, 0.4, 0.41),
    incline_deg=45.0,
    axis=(1.0, 0.0, 0.0),
    rate_hz=104.0,
    asked_rate_hz=100.0,
    noise_mps2=0.006,
    loss_ratio=0.0,
    rssi_dbm=-60,
    battery_percent=80,
    ring=Ring(20.0, 1.5, 0.03, (1.0, 0.0, 0.0)),
    turned_deg=None,
)


def of(topic: str, findings: list[Finding]) -> Finding:
    return next(one for one in findings if one.topic == topic)


@pytest.mark.parametrize(
    ("topic", "changes", "grade", "words"),
    [
        ("signal", {"rssi_dbm": -75}, Grade.GOOD, "Signal good"),
        ("signal", {"rssi_dbm": -76}, Grade.POOR, "Move the hub nearer"),
        ("signal", {"rssi_dbm": -86}, Grade.BAD, "Signal weak (-86 dBm): move the hub"),
        ("signal", {"rssi_dbm": None}, Grade.UNKNOWN, "does not tell"),
        ("loss", {"loss_ratio": 0.01}, Grade.GOOD, "no harm"),
        ("loss", {"loss_ratio": 0.03}, Grade.POOR, "Loses 3.0 %"),
        ("loss", {"loss_ratio": 0.08}, Grade.BAD, "Loses 8 % of its samples"),
        ("loss", {"loss_ratio": None}, Grade.UNKNOWN, "cannot be counted"),
        ("rate", {"rate_hz": 50.0}, Grade.POOR, "The sensor runs at 50 Hz, expected 100"),
        ("rate", {"rate_hz": 25.0}, Grade.BAD, "hard lockouts cannot be seen"),
        ("rate", {"rate_hz": 25.0, "asked_rate_hz": 25.0}, Grade.POOR, "hard lockouts cannot be seen"),
        ("rate", {"rate_hz": None}, Grade.UNKNOWN, "Too few samples"),
        ("noise", {"noise_mps2": 0.06}, Grade.POOR, "Noisy at rest (0.06"),
        ("noise", {"noise_mps2": 0.08}, Grade.BAD, "Too noisy"),
        ("clip", {"ring": Ring(28.3, 9.0, 0.3, (0.1, 0.9, 0.1))}, Grade.POOR, "rings at 28 Hz, across the rail"),
        ("clip", {"ring": Ring(28.3, 9.0, 0.7, (0.9, 0.1, 0.1))}, Grade.BAD, "rings at 28 Hz, along the rail"),
        ("clip", {"ring": None}, Grade.UNKNOWN, "Too little motion"),
        ("clip", {"turned_deg": 12.0}, Grade.BAD, "The clip turned by 12°"),
        (
            "angle",
            {"kind": MachineKind.WEIGHT_STACK},
            Grade.BAD,
            "The rail rises 45°, a weight stack has 75° to 90°",
        ),
        ("range", {"ranges_m": (0.3, 0.4, 0.4)}, Grade.POOR, "The reps differ (30, 40, 40 cm)"),
        ("battery", {"battery_percent": 19}, Grade.POOR, "charge it today"),
        ("battery", {"battery_percent": 9}, Grade.BAD, "before the first set"),
        ("battery", {"battery_percent": None}, Grade.UNKNOWN, "does not tell"),
    ],
)
def test_what_is_wrong_is_said(topic: str, changes: dict[str, Any], grade: Grade, words: str) -> None:
    finding = of(topic, judge(replace(FINE, **changes)))
    assert finding.grade is grade
    assert words in finding.sentence
    assert finding.unit


def test_a_sensor_without_fault_is_good() -> None:
    assert {one.grade for one in judge(FINE)} == {Grade.GOOD}
    assert worst(judge(FINE)) is Grade.GOOD


def test_the_worst_finding_decides_and_the_unknown_does_not() -> None:
    assert worst(judge(replace(FINE, rssi_dbm=None))) is Grade.GOOD
    assert worst(judge(replace(FINE, rssi_dbm=-80))) is Grade.POOR
    assert worst(judge(replace(FINE, rssi_dbm=-80, loss_ratio=0.2))) is Grade.BAD


@pytest.mark.parametrize("kind", list(MachineKind))
def test_every_kind_says_what_it_is(kind: MachineKind) -> None:
    assert KINDS[kind].title
    assert 0 <= KINDS[kind].flattest_deg < KINDS[kind].steepest_deg <= 90


@pytest.mark.parametrize("seed", range(6))
def test_a_simulated_sled_is_measured_as_it_is(press: Any, paired: Any, seed: int) -> None:
    performance = press(seed)
    procedure = paired(performance)
    assert procedure.step is Step.REVIEW
    assert worst(procedure.findings) is Grade.GOOD, procedure.findings
    measured = procedure.measured
    truth = performance.truth()
    assert measured.profile.incline_deg == pytest.approx(
        truth["incline_deg"], abs=4 * measured.profile.incline_sigma_deg
    )
    true_range_m = sorted(rep["rom_m"] for rep in truth["sets"][0]["reps"])[1]
    assert measured.profile.full_range_m == pytest.approx(
        true_range_m, abs=3 * measured.profile.full_range_sigma_m
    )
    assert measured.rate_hz == pytest.approx(performance.chip.true_rate_hz, rel=2e-3)
    assert measured.noise_mps2 == pytest.approx(performance.chip.noise_mps2, rel=0.25)


@pytest.mark.parametrize("ratio", [0.03, 0.12])
def test_losses_are_those_that_were_simulated(press: Any, paired: Any, ratio: float) -> None:
    performance = press(2, radio={"loss_ratio": ratio, "burst_packets": 1})
    measured = paired(performance).measured
    assert measured.loss_ratio == pytest.approx(ratio, rel=0.4)
    assert of("loss", judge(measured)).grade is (Grade.POOR if ratio < LOSS_RATIO[1] else Grade.BAD)


def test_a_slow_sensor_is_told(press: Any, paired: Any) -> None:
    finding = of("rate", paired(press(sensor={"chip": "cheap14"})).findings)
    assert (finding.grade, finding.value) == (Grade.POOR, pytest.approx(50, rel=0.03))


def test_a_noisy_sensor_is_told(press: Any, paired: Any) -> None:
    finding = of("noise", paired(press(sensor={"noise_ug_per_rthz": 1200})).findings)
    assert finding.grade is Grade.BAD
    assert finding.value > NOISE_MPS2[1]


def test_a_ringing_clip_is_told_with_its_frequency(press: Any, paired: Any) -> None:
    finding = of("clip", paired(press(sensor={"clip_ring_hz": 28, "clip_ring_decay_s": 0.3})).findings)
    assert finding.grade in (Grade.POOR, Grade.BAD)
    assert "The clip is loose: it rings at 28 Hz" in finding.sentence or "at 29 Hz" in finding.sentence


@pytest.mark.parametrize(
    ("incline_deg", "kind", "grade"),
    [
        (45, MachineKind.LEG_PRESS_45, Grade.GOOD),
        (88, MachineKind.VERTICAL, Grade.GOOD),
        (88, MachineKind.LEG_PRESS_45, Grade.BAD),
        (45, MachineKind.VERTICAL, Grade.BAD),
        (12, MachineKind.LEG_PRESS_45, Grade.BAD),
    ],
)
def test_the_rail_is_held_against_the_kind(
    press: Any, paired: Any, incline_deg: float, kind: MachineKind, grade: Grade
) -> None:
    finding = of("angle", paired(press(machine={"incline_deg": incline_deg}), kind).findings)
    assert finding.grade is grade
    assert finding.value == pytest.approx(incline_deg, abs=4)


def test_a_sled_put_back_on_its_stops_shows_where_they_are(press: Any, paired: Any) -> None:
    acts = [{"kind": "rest", "seconds": 5}, {"kind": "set", "reps": 3, "tempo": "2-0.3-1.6-0.6", "unrack_m": 0.04}]
    finding = of("stops", paired(press(acts=acts)).findings)
    assert finding.value == pytest.approx(0.04, abs=0.02)
    assert "cm below the top" in finding.sentence
