"""Every family of sensors is paired over the virtual radio, and what it cannot know is not claimed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air
from firmware_sim.families import FAMILIES
from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from sensor_hub.app.floor.workshop import Workshop
from sensor_hub.config import Settings
from sensor_hub.pairing import Finding, Grade, MachineKind, Nearby, Step, View
from sensor_hub.sensors import DRIVERS
from tests.browser.gym import Bench

MEASURED_S = 45.0


def sled(family: str) -> Performance:
    table = {
        "name": "pair",
        "family": "pair",
        "machine": {"incline_deg": 45},
        "sensor": {"name": "s-01", "family": family},
        "act": [
            {"kind": "rest", "seconds": 6},
            {"kind": "set", "reps": 3, "tempo": "1.8-0.3-1.4-0.5", "range_m": 0.4, "settle_s": 1.0, "rest_s": 30},
        ],
    }
    return Performance(Scenario.model_validate(table), seed=4)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_every_family_is_paired(family: str, plug_in: Any, tmp_path: Path) -> None:
    async def scenario() -> tuple[Nearby, View]:
        source = sled(family)
        async with Air([source], families={source.name: family}) as air, plug_in(air) as plugged:
            workshop = Workshop(Bench(plugged.radio), Settings(), tmp_path)
            (near,) = await workshop.nearby()
            await workshop.begin(near.address, "press", MachineKind.LEG_PRESS_45, None, replacing=False)
            async with asyncio.timeout(MEASURED_S):
                while (view := workshop.view()) is None or view.progress.step is not Step.REVIEW:  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
            await workshop.cancel()
            return near, view

    near, view = virtual_time.run(scenario())
    findings: dict[str, Finding] = {one.topic: one for one in view.findings}
    assert view.grade is Grade.GOOD, view.findings
    assert findings["angle"].value == pytest.approx(45, abs=3)
    assert findings["range"].value == pytest.approx(0.4, abs=0.02)
    abilities = next(driver.abilities for driver in DRIVERS if driver.family == near.family)
    assert near.shortcomings == abilities.shortcomings
    tells_losses = abilities.sequence or abilities.device_time
    assert findings["loss"].grade is (Grade.GOOD if tells_losses else Grade.UNKNOWN)
