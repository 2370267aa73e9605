"""Every kind of machine, lifted as it is lifted: up first or down first, on its own rail, at its own angle."""

import pytest

from sensor_hub.engine import First
from sensor_hub.model import Samples
from sensor_hub.pairing import KINDS, Grade, MachineKind, Procedure, Step, worst
from tests.engine.synthetic import journey

DOWN_FIRST = [(-0.4, 1.8), (0.0, 0.3), (0.4, 1.4), (0.0, 0.6)]
UP_FIRST = [(0.4, 1.4), (0.0, 0.6), (-0.4, 1.8), (0.0, 0.6)]


@pytest.mark.parametrize(
    ("kind", "incline_deg"),
    [
        (MachineKind.LEG_PRESS_45, 45.0),
        (MachineKind.VERTICAL, 88.0),
        (MachineKind.HORIZONTAL, 4.0),
        (MachineKind.HORIZONTAL, 15.0),
        (MachineKind.WEIGHT_STACK, 88.0),
    ],
)
def test_three_reps_on_each_kind_are_good(kind: MachineKind, incline_deg: float) -> None:
    rep = DOWN_FIRST if KINDS[kind].first is First.ECCENTRIC else UP_FIRST
    felt = journey([(0.0, 5.0), *rep * 3, (0.0, 20.0)]).felt(incline_deg, noise_mps2=0.02)
    procedure = Procedure(kind, 100.0)
    procedure.rssi_dbm, procedure.battery_percent = -60, 80
    for begin in range(0, len(felt), 8):
        part = slice(begin, begin + 8)
        procedure.feed(Samples(felt.time_s[part], felt.accel_mps2[part]))
    assert procedure.step is Step.REVIEW
    assert worst(procedure.findings) is Grade.GOOD, procedure.findings
    measured = procedure.measured
    assert measured is not None
    assert measured.profile.first is KINDS[kind].first
    assert measured.profile.full_range_m == pytest.approx(0.4, abs=0.01)
    assert abs(measured.profile.incline_deg or 0.0) == pytest.approx(incline_deg, abs=3)
