"""Samples are dated by measurement: whatever the chip's true rate, dates follow it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sensor_hub import wire

OnBoard = Callable[..., list[Any]]


@pytest.mark.parametrize("rate_error", [-0.03, 0.0003, 0.03])
@pytest.mark.parametrize("chip", ["lsm6ds3", "mpu6050"])
def test_dates_follow_the_chips_true_rate(on_board: OnBoard, chip: str, rate_error: float) -> None:
    program = f"""
        from rig import Rig, START
        rig = Rig("{chip}", rate_error={rate_error}, wraps_after_s=20.0)
        rig.hear = tell
        rig.run(2.0)
        rig.sled.answer(START)
        rig.run(120.0, late_ms=15)
        tell(rig.sim._since_us - rig.began_us)
        """
    *heard, since_us = on_board(program)
    packets = [wire.DataPacket.decode(bytes.fromhex(text)) for text in heard]
    number, time_us = [], []
    for packet in packets:
        steps = np.arange(len(packet.counts))
        assert (packet.counts[:, 0].astype(int) + 30000 * packet.counts[:, 1] == packet.sequence + steps).all()
        number.extend(packet.sequence + steps)
        time_us.extend(packet.time_us + steps * packet.period_us)
    assert (np.diff(number) == 1).all()
    assert (np.diff(time_us) > 0).all()
    nominal_us = 1e6 / (104 if chip == "lsm6ds3" else 100)
    true_us = since_us + (np.array(number) + 1) * nominal_us / (1 + rate_error)
    errors_us = np.array(time_us) - true_us
    later = errors_us[500:]
    assert np.abs(errors_us).max() < 0.6 * nominal_us
    assert np.abs(later).max() < 2000
    assert later.std() < 300
    slope = np.polyfit(number[500:], time_us[500:], 1)[0]
    assert slope * (1 + rate_error) / nominal_us == pytest.approx(1.0, abs=1e-5)


def test_the_first_look_after_a_long_stall_does_not_turn_dates_back(on_board: OnBoard) -> None:
    program = """
        from dating import Line
        line = Line(9_600)
        for newest in range(0, 80, 4):
            line.look(newest, 9_600 * newest + 4_000, 9_600 * newest + 4_100)
        before_us = line.date_us(76)
        line.look(760, 10_500 * 760, 10_500 * 760 + 100)
        tell([before_us, line.date_us(77), line.date_us(760)])
        """
    ((before_us, next_us, newest_us),) = on_board(program)
    assert next_us > before_us
    assert 10_500 * 759 < newest_us <= 10_500 * 760 + 100
