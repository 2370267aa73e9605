"""Boards: each finds its chip on its bus; what a battery's voltage means; a boot is never taken for another."""

from collections.abc import Callable
from typing import Any

import pytest

OnBoard = Callable[..., list[Any]]


@pytest.mark.parametrize(
    ("board", "chip", "battery"),
    [
        ("esp32", "MPU-6050", None),
        ("xiao_esp32s3", "LSM6DS3TR-C", 50),
        ("xiao_nrf52840_sense", "LSM6DS3TR-C", None),
    ],
)
def test_a_board_knows_its_chip_and_keeps_a_minute(
    on_board: OnBoard, board: str, chip: str, battery: int | None
) -> None:
    program = f"""
        import boards
        board = boards.{board}()
        tell([board.chip.name, board.battery_percent(), board.ring_samples * 1000 / board.chip.rate_near(100000)])
        tell([board.boot_id, boards.{board}().boot_id, boards.{board}().boot_id])
        """
    (name, percent, ring_s), boots = on_board(program)
    assert (name, percent) == (chip, battery)
    assert ring_s >= 60.0
    assert len(set(boots)) == 3
    assert all(0 <= boot < 1 << 32 for boot in boots)


def test_a_battery_is_read_by_its_voltage(on_board: OnBoard) -> None:
    told = on_board(
        "import boards\nfor mv in given:\n    tell(boards.percent_full(mv))", list(range(2500, 4400, 10))
    )
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 100)
    assert told[(3700 - 2500) // 10] == 25
    assert told[(3600 - 2500) // 10] == 10
