"""The minute: from opening the list of sensors to the first counted rep, over the virtual radio, with a real sled."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air
from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from sensor_hub.app.floor.enrolment import EnrolmentFile
from sensor_hub.app.floor.workshop import DESERTED_S, LEFT_S, Workshop
from sensor_hub.app.measuring.machine import LENT
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.config import Settings
from sensor_hub.engine import First
from sensor_hub.errors import ConfigError, LinkError
from sensor_hub.messages import LinkState, RepMessage
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
    (enrolled,) = session.file.read()
    assert (enrolled.machine, enrolled.kind) == ("press-1", MachineKind.LEG_PRESS_45)
    assert enrolled.serial == enrolled.address.replace(":", "")


def test_a_pairing_that_is_cancelled_changes_nothing(plug_in: Any, tmp_path: Path) -> None:
    session = Session(tmp_path)

    async def scenario() -> None:
        async with Air([sled()]) as air, plug_in(air) as plugged, session.gym.hub(plugged.radio) as hub:
            await session.gym.streams("home/sled-01", "sled-01")
            workshop = Workshop(hub, Settings(), tmp_path)
            await session.pair(workshop)
            assert session.gym.trays["home/sled-01"].last.note == LENT
            with pytest.raises(LinkError, match="Look for sensors again"):
                await workshop.begin(
                    "C0:FF:EE:00:00:09", "press-1", MachineKind.LEG_PRESS_45, None, replacing=False
                )
            await workshop.cancel()
            with pytest.raises(ConfigError, match="nothing to confirm"):
                await workshop.confirm()
            await session.gym.streams("home/sled-01", "sled-01")

    virtual_time.run(scenario())
    assert not session.file.path.exists()
    assert session.profile.read() is None


def test_a_pairing_that_nobody_looks_at_any_more_is_given_up(plug_in: Any, tmp_path: Path) -> None:
    session = Session(tmp_path)

    async def scenario() -> Step:
        async with Air([sled()]) as air, plug_in(air) as plugged, session.gym.hub(plugged.radio) as hub:
            await asyncio.sleep(1.0)
            workshop = Workshop(hub, Settings(), tmp_path)
            await session.pair(workshop)
            tray = session.gym.trays["home/sled-01"]
            await asyncio.sleep(DESERTED_S - 5)
            assert tray.last.note == LENT
            await session.gym.until(lambda: tray.last.state is not LinkState.LOST, "home/sled-01", 15)
            view = workshop.view()
            assert view is not None
            return view.progress.step

    assert virtual_time.run(scenario()) is Step.CANCELLED


def test_the_last_page_that_closes_gives_the_sensor_back_soon(plug_in: Any, tmp_path: Path) -> None:
    session = Session(tmp_path)

    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        async with Air([sled()]) as air, plug_in(air) as plugged, session.gym.hub(plugged.radio) as hub:
            await asyncio.sleep(1.0)
            workshop = Workshop(hub, Settings(), tmp_path)
            with workshop.attended():
                await session.pair(workshop)
                with workshop.attended():
                    await asyncio.sleep(1.0)
                await asyncio.sleep(2 * LEFT_S)
                assert session.gym.trays["home/sled-01"].last.note == LENT
            left_s = loop.time()
            with workshop.attended():
                await asyncio.sleep(LEFT_S / 2)
            assert workshop.under_way
            await session.gym.until(lambda: not workshop.under_way, "home/sled-01", 2 * LEFT_S)
            gone_s = loop.time()
            await session.gym.streams("home/sled-01", "sled-01")
            return gone_s - left_s

    assert virtual_time.run(scenario()) == pytest.approx(1.5 * LEFT_S, abs=1.5)


def test_a_paired_sensor_moves_with_one_command_and_its_pairing_is_undone(plug_in: Any, tmp_path: Path) -> None:
    session = Session(tmp_path)

    async def scenario() -> None:
        async with Air([sled()]) as air, plug_in(air) as plugged, session.gym.hub(plugged.radio) as hub:
            await asyncio.sleep(1.0)
            workshop = Workshop(hub, Settings(), tmp_path)
            await session.pair(workshop)
            assert await workshop.confirm() == "sled-01 put on press-1."
            await session.gym.streams("home/press-1", "sled-01")
            assert workshop.undo() == "sled-01 put on press-1."
            await session.gym.streams("home/sled-01", "sled-01")

    virtual_time.run(scenario())
    assert session.profile.read() is None
