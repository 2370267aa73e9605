"""The minute: from opening the list of sensors to the first counted rep, over the virtual radio, with a real sled."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air
from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from sensor_hub.app.enrolment import EnrolmentFile
from sensor_hub.app.profiles import MachineProfile
from sensor_hub.app.workshop import Workshop
from sensor_hub.config import Settings
from sensor_hub.engine import First
from sensor_hub.messages import RepMessage
from sensor_hub.pairing import Grade, MachineKind, Step, View
from tests.link.gym import Gym

MINUTE_S = 60.0
CHOOSING_S = 10.0
"""To look at the list, name the machine, and say what it is."""
PRESS = {"kind": "set", "tempo": "1.8-0.3-1.4-0.5", "tempo_variation": 0.02, "range_m": 0.4, "settle_s": 1.0}


def sled(name: str = "sled-01", **sensor: Any) -> Performance:
    """It rests while somebody pairs it; three slow reps, back on its stops; a first set."""
    acts = [
        {"kind": "rest", "seconds": 19},
        {**PRESS, "reps": 3, "rest_s": 9},
        {**PRESS, "reps": 4, "rest_s": 20},
    ]
    table = {
        "name": "minute",
        "family": "minute",
        "machine": {"incline_deg": 45},
        "sensor": {"name": name, "chip": "bmi270", **sensor},
        "act": acts,
    }
    return Performance(Scenario.model_validate(table), seed=4)


class Session:
    """A hub at work, and somebody who pairs a sensor on its page."""

    def __init__(self, folder: Path) -> None:
        self.gym = Gym(folder)
        self.file = EnrolmentFile(folder)
        self.profile = MachineProfile(folder, "home", "press-1")

    async def pair(self, workshop: Workshop, kind: MachineKind = MachineKind.LEG_PRESS_45) -> View:
        """Until there is something to confirm."""
        (found,) = await workshop.nearby()
        await asyncio.sleep(CHOOSING_S)
        await workshop.begin(found.address, "press-1", kind, None, replacing=False)
        return await self.reach(workshop, Step.REVIEW)

    async def reach(self, workshop: Workshop, step: Step) -> View:
        async with asyncio.timeout(MINUTE_S):
            while (view := workshop.view()) is None or view.progress.step is not step:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        return view


def test_a_sensor_is_trusted_and_counts_within_a_minute(plug_in: Any, tmp_path: Path) -> None:
    session = Session(tmp_path)
    reps = lambda: [one for one in session.gym.trays["home/press-1"].messages if isinstance(one, RepMessage)]  # noqa: E731

    async def scenario() -> tuple[View, float]:
        loop = asyncio.get_running_loop()
        async with Air([sled()]) as air, plug_in(air) as plugged, session.gym.hub(plugged.radio) as hub:
            await asyncio.sleep(1.0)
            began_s = loop.time()
            workshop = Workshop(hub, Settings(), tmp_path)
            view = await session.pair(workshop)
            await workshop.confirm()
            await session.gym.until(lambda: bool(reps()), "home/press-1", MINUTE_S)
            return view, loop.time() - began_s

    view, took_s = virtual_time.run(scenario())
    print(f"from pair to the first counted rep: {took_s:.1f} s")
    assert took_s < MINUTE_S
    assert view.grade is Grade.GOOD, view.findings
    profile = session.profile.read()
    assert profile is not None
    assert profile.first is First.ECCENTRIC
    assert profile.incline_deg == pytest.approx(45, abs=2.5)
    assert profile.full_range_m == pytest.approx(0.4, abs=0.02)
    assert [(one.machine, one.kind) for one in session.file.read()] == [("press-1", MachineKind.LEG_PRESS_45)]
