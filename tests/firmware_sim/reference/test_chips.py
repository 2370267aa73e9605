"""The chips' drivers against simulated chips that know what their registers mean."""

from collections.abc import Callable
from typing import Any

import pytest

OnBoard = Callable[..., list[Any]]

HEAD = """
import chips
from rig import World
world = World()
def lsm6ds3(error=0.0):
    from lsm6ds3 import Lsm6ds3
    sim = chips.SimLsm6ds3(world.now_us, error)
    return sim, Lsm6ds3(chips.Bus({0x6A: sim}), sleep_ms=world.sleep_ms)
def mpu6050(error=0.0):
    from mpu6050 import Mpu6050
    sim = chips.SimMpu6050(world.now_us, error)
    return sim, Mpu6050(chips.Bus({0x68: sim}), sleep_ms=world.sleep_ms)
def samples(chip, count):
    import struct
    data = bytearray(6 * count)
    chip.read_into(memoryview(data))
    return [struct.unpack_from("<hhh", data, 6 * k) for k in range(count)]
"""


def test_lsm6ds3_registers(on_board: OnBoard) -> None:
    told = on_board(HEAD + "sim, chip = lsm6ds3()\nchip.start(104000, 8)\ntell(sim.written)\ntell(sim.rate_hz())")
    written, rate_hz = told
    assert written == [[0x12, 0x01], [0x12, 0x44], [0x08, 0x01], [0x10, 0x4C], [0x0A, 0x00], [0x0A, 0x26]]
    assert rate_hz == 104


def test_mpu6050_registers(on_board: OnBoard) -> None:
    told = on_board(HEAD + "sim, chip = mpu6050()\nchip.start(100000, 8)\ntell(sim.written)\ntell(sim.rate_hz())")
    written, rate_hz = told
    assert written[:3] == [[0x6B, 0x80], [0x6B, 0x00], [0x6C, 0x07]]
    assert [0x1A, 3] in written, "44 Hz, below half the rate"
    assert [0x1C, 0x10] in written
    assert written[-3:] == [[0x6A, 0x00], [0x6A, 0x04], [0x6A, 0x40]]
    assert rate_hz == 100


@pytest.mark.parametrize("chip", ["lsm6ds3", "mpu6050"])
@pytest.mark.parametrize("range_g", [2, 4, 8, 16])
def test_ranges(on_board: OnBoard, chip: str, range_g: int) -> None:
    program = f"sim, chip = {chip}()\nchip.start(chip.rate_near(50000), {range_g})\ntell(sim.range_g())"
    assert on_board(HEAD + program) == [range_g]


@pytest.mark.parametrize(
    ("chip", "asked_mhz", "rates_mhz"),
    [
        ("lsm6ds3", [12500, 25000, 50000, 100000, 200000, 400000], [12500, 26000, 52000, 104000, 208000, 416000]),
        ("mpu6050", [12500, 26000, 50000, 100000, 200000, 400000], [12500, 26316, 50000, 100000, 200000, 500000]),
    ],
)
def test_rates(on_board: OnBoard, chip: str, asked_mhz: list[int], rates_mhz: list[int]) -> None:
    program = f"""
sim, chip = {chip}()
for asked in given:
    rate = chip.rate_near(asked)
    chip.start(rate, 8)
    tell([rate, sim.rate_hz()])
"""
    told = on_board(HEAD + program, asked_mhz)
    assert [rate for rate, _ in told] == rates_mhz
    assert [hz for _, hz in told] == pytest.approx([mhz / 1000 for mhz in rates_mhz], rel=1e-4)


@pytest.mark.parametrize("chip", ["lsm6ds3", "mpu6050"])
def test_samples_come_whole_and_in_order(on_board: OnBoard, chip: str) -> None:
    program = f"""
sim, chip = {chip}()
sim.counts = lambda number: (number, -number, 256 * number)
chip.start(chip.rate_near(100000), 8)
tell(chip.level())
world.wait_us(105_000)
tell(chip.level())
tell(samples(chip, 4))
tell(samples(chip, 6))
tell(chip.level())
"""
    none, level, first, rest, left = on_board(HEAD + program)
    assert (none, level, left) == (0, 10, 0)
    assert first + rest == [[k, -k, 256 * k] for k in range(10)]


@pytest.mark.parametrize(("chip", "holds_s"), [("lsm6ds3", 6.5), ("mpu6050", 1.69)])
def test_an_overflow_is_told_and_the_fifo_starts_anew(on_board: OnBoard, chip: str, holds_s: float) -> None:
    program = f"""
sim, chip = {chip}()
sim.counts = lambda number: (number, 1, 2)
chip.start(chip.rate_near(100000), 8)
world.wait_us(given)
tell(chip.level())
world.wait_us(200_000)
tell(chip.level())
chip.restart()
tell(chip.level())
world.wait_us(45_000)
tell(chip.level())
tell(samples(chip, 4))
"""
    before, during, after, level, again = on_board(HEAD + program, round(holds_s * 1e6))
    assert before >= 100 * holds_s - 1
    assert during is None
    assert after == 0
    assert level in (4, 5)
    assert [row[1:] for row in again] == [[1, 2]] * 4, "the axes are in step again"
    assert [row[0] for row in again] == list(range(again[0][0], again[0][0] + 4))


@pytest.mark.parametrize(("chip", "register", "right"), [("lsm6ds3", 0x0F, "6a"), ("mpu6050", 0x75, "68")])
def test_another_chip_at_the_address_is_refused(on_board: OnBoard, chip: str, register: int, right: str) -> None:
    program = f"""
sim, _ = {chip}()
sim.registers[{register}] = 0x33
try:
    type(_)(chips.Bus({{0x68: sim, 0x6A: sim}}))
except OSError as error:
    tell(str(error))
"""
    (sentence,) = on_board(HEAD + program)
    assert "0x33" in sentence
    assert right in sentence
