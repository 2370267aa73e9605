"""The firmware without its radio over longer times: nothing that happens mixes up samples, little garbage is left."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sensor_hub.wire import Flags
from tests.firmware_sim.reference.reading import HEAD, assert_right, numbers, packets

OnBoard = Callable[..., list[Any]]


@pytest.mark.parametrize("chip", ["lsm6ds3", "mpu6050"])
@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_a_number_is_one_sample_with_one_date(on_board: OnBoard, chip: str, seed: int) -> None:
    program = f"""
import random
rig = Rig("{chip}", rate_error=0.02, capacity=700)
rig.hear = tell
dice = random.Random({seed}) if hasattr(random, "Random") else random
dice.seed({seed})
rig.run(2)
rig.ask(1)
for step in range(60):
    what = dice.randrange(8)
    now = rig.sampler.next_sequence
    if what == 0:
        rig.sled.disconnected()
        rig.run(dice.randrange(12))
        rig.ask(1)
    elif what == 1:
        rig.ask(2)
        rig.run(dice.randrange(3))
        rig.ask(1)
    elif what == 2:
        rig.ask(6)
    elif what == 3:
        rig.world.wait_us(dice.randrange(1_500_000))
    elif what == 4:
        rig.run(0.5, late_ms=60)
    else:
        resend(now - dice.randrange(1000), dice.randrange(1, 300))
    rig.run(dice.randrange(100) / 100, limit=dice.randrange(1, 39))
"""
    heard = packets(on_board(HEAD + program))
    assert_right(heard)
    live = [packet for packet in heard if Flags.RESENT not in packet.flags]
    assert len(live) < len(heard)
    assert (np.diff(numbers(live)) > 0).all()
    dated: dict[int, float] = {}
    for packet in heard:
        for place, number in enumerate(numbers([packet])):
            date_us = packet.time_us + place * packet.period_us
            assert abs(dated.setdefault(number, date_us) - date_us) < 40, "the period is told in whole µs"
    assert (np.diff([dated[number] for number in sorted(dated)]) > 0).all()


def test_the_loop_leaves_little_garbage(on_board: OnBoard) -> None:
    """MicroPython stops everything while it collects garbage; the FIFO bridges that, but it must not be often."""
    program = """
import gc
class Steady:
    def __init__(self):
        self.waiting = 0
    def level(self):
        return self.waiting
    def read_into(self, samples):
        pass
rig = Rig("mpu6050")
rig.run(2)
rig.ask(1)
rig.run(5)
chip = rig.sampler._chip = Steady()
def left_by(pass_once, times=200):
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for _ in range(times):
        pass_once()
    tell((gc.mem_alloc() - before) / times)
    gc.enable()
def send():
    rig.world.us += 40_000
    chip.waiting = 4
    rig.sampler.poll()
    rig.sled.packet(38)
    rig.sled.sent()
    rig.sled.state()
send()
left_by(send)
chip.waiting = 0
left_by(rig.sampler.poll)
"""
    packet_bytes, idle_bytes = on_board(HEAD + program)
    assert packet_bytes < 1000, "on a 64-bit machine; half of that on a board"
    assert idle_bytes < 100
