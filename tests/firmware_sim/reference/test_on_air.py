"""The firmware on the virtual air against the hub's own link: every sample arrives, each once, in order.

MicroPython keeps real time, so these run in real time, for a few seconds.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim.controller import RadioController
from firmware_sim.radio import Radio as Air
from sensor_hub.link import LinkEvent, Radio, SensorLink, scan
from sensor_hub.link.adapter import adapter_on
from sensor_hub.link.scan import Found
from sensor_hub.messages import LinkState
from sensor_hub.model import GapReason
from tests.firmware_sim.reference.bridge import Board
from tests.firmware_sim.reference.conftest import MICROPYTHON, environment
from tests.link.conftest import Heard

ADDRESS = "F0:5E:00:00:00:07"
SETTINGS = 'NAME = "sled-07"\nBOARD = "{board}"\nRATE_HZ = 100\nRANGE_G = 8\n'


class Room:
    """One board, one hub's link to it. start_board: puts a board on the air, the same one each time."""

    def __init__(self, start_board: Callable[[], Board]) -> None:
        self.board = start_board()
        self.heard = Heard()
        self._start_board = start_board
        self._news = asyncio.Event()

    async def connect(self, radio: Radio) -> SensorLink:
        found: list[Found] = []
        async with asyncio.timeout(20.0):
            while not found:
                found = await scan(radio, 0.3)
        self.found = found[0]
        self.link = SensorLink(self.found, radio, self._deliver, 100.0, rng=random.Random(1))
        return self.link

    async def power_cycle(self) -> None:
        """The battery falls out, and is put in again."""
        await self.board.switch_off()
        self.board = self._start_board()
        await self.board.switch_on()

    async def until(self, condition: Callable[[], Any]) -> None:
        """Real time: a loaded machine may take its while, but not for ever."""
        async with asyncio.timeout(30.0):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def until_heard(self, count: int) -> None:
        """So many samples."""
        await self.until(lambda: len(self.heard.numbers) >= count)

    def _deliver(self, event: LinkEvent) -> None:
        self.heard.events.append(event)
        self._news.set()


@pytest.fixture
def room(tmp_path: Path) -> Callable[[str], contextlib.AbstractAsyncContextManager[Room]]:
    @contextlib.asynccontextmanager
    async def with_board(board_name: str) -> AsyncIterator[Room]:
        (tmp_path / "settings.py").write_text(SETTINGS.format(board=board_name), encoding="utf-8")
        variables = environment()
        variables["MICROPYPATH"] = f"{tmp_path}:{variables['MICROPYPATH']}"
        air = Air(seed=1)
        here = Room(lambda: Board(air, "sled-07", ADDRESS, (*MICROPYTHON, "-c", "import main"), variables))
        dongle = RadioController("dongle", air)
        radio = Radio([await adapter_on(dongle, dongle, "virtual", bonds=tmp_path / "bonds")])
        await here.board.switch_on()
        try:
            running = asyncio.create_task((await here.connect(radio)).run())
            try:
                yield here
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await radio.close()
        finally:
            await here.board.switch_off()
        assert "Error" not in here.board.console, here.board.console

    return with_board


async def test_a_hub_learns_what_the_sensor_is_makes_it_blink_and_takes_it_without_a_bond(
    room: Any, tmp_path: Path
) -> None:
    async with room("xiao_esp32s3") as here:
        await here.until_heard(1)
        await here.link.identify(1.0)
        await here.until(lambda: here.heard.health)
        assert (here.found.name, here.found.family, here.found.battery_percent) == ("sled-07", "sled", 50)
        health = here.heard.health[0]
    assert (health.firmware, health.battery_percent) == ("reference-1", 50)
    assert health.rate_hz == pytest.approx(104 * 0.987, rel=0.01)
    assert health.loss_ratio == 0.0
    assert here.link.serial == ADDRESS.replace(":", "")
    (keys,) = json.loads((tmp_path / "bonds" / "keys.json").read_text(encoding="utf-8")).values()
    assert keys == {}
    assert here.board.console.count("pin 21 at 0") >= 3, "its lamp has blinked"


@pytest.mark.parametrize("board", ["esp32", "xiao_esp32s3"])
async def test_every_sample_arrives_across_a_lost_connection(room: Any, board: str) -> None:
    async with room(board) as here:
        heard = here.heard
        await here.until_heard(100)
        await here.board.drop_connection(taken=3)
        await here.until_heard(len(heard.numbers) + 150)
    assert here.board.lost >= 3
    assert heard.gaps == []
    assert set(np.diff(heard.numbers)) == {1}, "what was lost with the connection was asked for and came"
    assert LinkState.LOST in heard.states
    nominal_s = 1 / (100 if board == "esp32" else 104)
    spacing_s = np.polyfit(heard.numbers, heard.times_s, 1)[0]
    assert (np.diff(heard.times_s) > 0).all()
    assert spacing_s * (1 - 0.013) == pytest.approx(nominal_s, rel=2e-3), "measured, not nominal"


async def test_a_board_that_was_without_power_is_told_from_one_that_was_out_of_reach(room: Any) -> None:
    async with room("esp32") as here:
        heard = here.heard
        await here.until_heard(100)
        await here.power_cycle()
        await here.until(lambda: heard.gaps)
        await here.until_heard(len(heard.numbers) + 50)
    (gap,) = heard.gaps
    assert (gap.reason, gap.lost) == (GapReason.RESTARTED, None)
    assert (np.diff(heard.times_s) > 0).all()
