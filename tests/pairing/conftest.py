"""Simulated sleds that press what the lifter was asked to press, with what is wrong with them."""

from collections.abc import Callable
from typing import Any

import pytest

from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from sensor_hub.model import Gap, Samples
from sensor_hub.pairing import MachineKind, Procedure, Step

REST = {"kind": "rest", "seconds": 5}
REPS = {"kind": "set", "reps": 3, "tempo": "2-0.3-1.6-0.6", "range_m": 0.4, "rest_s": 12}

Press = Callable[..., Performance]


@pytest.fixture
def press() -> Press:
    """A performance: rest, three slow reps, back on the stops; seed, machine={...}, sensor={...}, acts=[...]."""

    def performance(seed: int = 1, acts: list[Any] | None = None, **tables: Any) -> Performance:
        table = {"name": "pair", "family": "pair", "act": acts or [REST, REPS], **tables}
        table["sensor"] = {"chip": "bmi270", **tables.get("sensor", {})}
        return Performance(Scenario.model_validate(table), seed)

    return performance


Paired = Callable[..., Procedure]


@pytest.fixture
def paired() -> Paired:
    """The procedure at the end of a performance, or as soon as it asks to be confirmed."""

    def run(
        performance: Performance, kind: MachineKind = MachineKind.LEG_PRESS_45, asked_rate_hz: float = 100.0
    ) -> Procedure:
        procedure = Procedure(kind, asked_rate_hz)
        procedure.rssi_dbm, procedure.battery_percent = -60, 80
        for item in items(performance):
            procedure.feed(item)
            if procedure.step is Step.REVIEW:
                break
        return procedure

    return run


def items(performance: Performance) -> list[Samples | Gap]:
    """Its samples in blocks, and the gaps between them, as a driver of a numbered sensor gives them."""
    step = performance.chip.count_mps2
    given: list[Samples | Gap] = []
    last_s, period_s = None, 1.0 / performance.rate_hz
    for time_s, counts in performance.blocks():
        breaks = [i for i in range(1, len(time_s)) if time_s[i] - time_s[i - 1] > 1.5 * period_s]
        for begin, end in zip([0, *breaks], [*breaks, len(time_s)], strict=True):
            first_s = float(time_s[begin])
            if last_s is not None and first_s - last_s > 1.5 * period_s:
                given.append(Gap(last_s, first_s, round((first_s - last_s) / period_s) - 1))
            given.append(Samples(time_s[begin:end], counts[begin:end] * step, None, step))
            last_s = float(time_s[end - 1])
    return given
