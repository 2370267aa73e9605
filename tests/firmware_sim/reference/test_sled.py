"""The firmware without its radio: what it answers, keeps, sends and sends again."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sensor_hub import wire
from sensor_hub.wire import Flags, Mode, Opcode, Request, Result
from tests.firmware_sim.reference.reading import HEAD, assert_right, numbers, packets, result

OnBoard = Callable[..., list[Any]]


@pytest.mark.parametrize(("chip", "rate_mhz", "per_packet"), [("lsm6ds3", 104000, 4), ("mpu6050", 200000, 7)])
def test_it_streams_in_packets_of_forty_milliseconds(
    on_board: OnBoard, chip: str, rate_mhz: int, per_packet: int
) -> None:
    program = f'rig = Rig("{chip}", rate_mhz={rate_mhz})\nrig.hear = tell\nrig.run(2)\nrig.ask(1)\nrig.run(5)'
    heard = packets(on_board(HEAD + program))
    assert_right(heard)
    assert np.diff(numbers(heard)).tolist() == [1] * (len(numbers(heard)) - 1)
    sizes = [len(packet.counts) for packet in heard]
    assert min(sizes) >= 1
    assert per_packet <= np.median(sizes) <= per_packet + 1
    assert max(sizes) * heard[-1].period_us < 55_000, "a late poll costs what it is late"
    assert [Flags.RESTARTED in packet.flags for packet in heard] == [True] + [False] * (len(heard) - 1)
    assert {packet.range_g for packet in heard} == {8}


def test_nothing_is_sent_before_start_nor_kept_after_stop(on_board: OnBoard) -> None:
    program = """
rig = Rig("mpu6050")
rig.hear = lambda packet: tell(packet)
rig.run(2)
tell("start")
rig.ask(1)
rig.run(1)
rig.ask(2)
rig.run(0.5)
tell("stopped")
rig.run(2)
rig.ask(1)
rig.run(1)
"""
    told = on_board(HEAD + program)
    assert told[0] == "start"
    stopped = told.index("stopped")
    before, after = packets(told[1:stopped]), packets(told[stopped + 1 :])
    assert_right(before + after)
    assert 95 <= len(numbers(before)) <= 105
    hole = after[0].sequence - numbers(before)[-1] - 1
    assert 240 <= hole <= 260, "the sequence goes on while nothing is kept"
    lasted_us = after[0].time_us - before[-1].time_us
    assert lasted_us == pytest.approx(10_000 * (hole + len(before[-1].counts)), rel=0.01)


def test_an_outage_is_bridged_in_full_packets_oldest_first(on_board: OnBoard) -> None:
    program = """
rig = Rig("lsm6ds3", capacity=6300)
rig.hear = tell
rig.run(2)
rig.ask(1)
rig.run(1)
rig.sled.disconnected()
rig.run(60)
tell("back")
rig.ask(1)
rig.run(1)
"""
    told = on_board(HEAD + program)
    back = told.index("back")
    before, after = packets(told[:back]), packets(told[back + 1 :])
    assert_right(before + after)
    assert np.diff(numbers(before + after)).max() == 1
    assert len(numbers(after)) > 6200
    caught_up = [len(packet.counts) for packet in after[:200]]
    assert np.mean(caught_up) > 25, "a little under 38: a packet ends where the line of dates moves"
    assert not any(packet.flags for packet in after)


def test_an_outage_beyond_the_memory_costs_the_oldest_and_says_so(on_board: OnBoard) -> None:
    program = """
rig = Rig("mpu6050", capacity=500)
rig.hear = tell
rig.run(2)
rig.ask(1)
rig.run(1)
rig.sled.disconnected()
rig.run(8)
tell(rig.sled.state().hex())
rig.ask(1)
rig.run(0.2)
"""
    told = on_board(HEAD + program)
    at = next(index for index, text in enumerate(told) if len(text) == 40)
    state = wire.State.decode(bytes.fromhex(told[at]))
    before, after = packets(told[:at]), packets(told[at + 1 :])
    assert_right(before + after)
    assert state.mode is Mode.STREAMING
    assert 496 <= state.next_sequence - state.oldest_sequence <= 504
    assert 0 <= after[0].sequence - state.oldest_sequence <= 8, "a packet came in between"
    assert state.oldest_sequence > numbers(before)[-1] + 200
    assert [Flags.DROPPED in packet.flags for packet in after] == [True] + [False] * (len(after) - 1)


def test_what_was_sent_is_sent_again_on_request_before_the_rest(on_board: OnBoard) -> None:
    program = """
rig = Rig("mpu6050")
rig.run(2)
rig.ask(1)
rig.run(20)
now = rig.sampler.next_sequence
tell(now)
tell(resend(now - 1000, 100))
tell(resend(now - 500, 3))
rig.hear = tell
rig.run(0.3)
"""
    now, first, second, *told = on_board(HEAD + program)
    heard = packets(told)
    assert_right(heard)
    assert {result(first), result(second)} == {Result.OK}
    again = [packet for packet in heard if Flags.RESENT in packet.flags]
    assert heard[: len(again)] == again
    assert numbers(again) == [*range(now - 1000, now - 900), *range(now - 500, now - 497)]
    assert numbers(heard[len(again) :])[0] >= now - 4


def test_what_is_not_held_is_refused_and_a_disconnection_forgets_requests(on_board: OnBoard) -> None:
    program = """
rig = Rig("mpu6050", capacity=1000)
rig.run(2)
tell(resend(0, 10))
rig.ask(1)
rig.run(20)
now = rig.sampler.next_sequence
tell(resend(0, 10))
tell(resend(now + 10, 10))
tell(resend(now - 2000, 1500))
rig.sled.disconnected()
rig.hear = tell
rig.ask(1)
rig.run(0.2)
"""
    empty, gone, future, partly, *told = on_board(HEAD + program)
    assert [result(text) for text in (empty, gone, future)] == [Result.NOT_NOW] * 3
    assert result(partly) is Result.OK
    assert not any(packet.flags & Flags.RESENT for packet in packets(told))


def test_a_fifo_that_overflowed_leaves_a_hole_of_the_right_size(on_board: OnBoard) -> None:
    program = """
rig = Rig("mpu6050")
rig.hear = tell
rig.run(2)
rig.ask(1)
rig.run(10)
rig.world.wait_us(5_000_000)
rig.run(3)
"""
    heard = packets(on_board(HEAD + program))
    step = np.diff(numbers(heard))
    assert (step > 1).sum() == 1
    lost = int(step.max()) - 1
    assert 480 <= lost <= 510
    at = next(k for k, packet in enumerate(heard) if packet.sequence == numbers(heard)[int(step.argmax()) + 1])
    counted = heard[at].counts[0, 0] + 30000 * heard[at].counts[0, 1]
    assert abs(int(counted) - heard[at].sequence) <= 1
    silent_us = heard[at].time_us - heard[at - 1].time_us
    assert silent_us == pytest.approx((lost + len(heard[at - 1].counts)) * 10_000, abs=4_000)


def test_saturation_is_flagged_where_it_is(on_board: OnBoard) -> None:
    program = """
rig = Rig("mpu6050")
rig.hear = tell
rig.sim.counts = lambda number: (0, -32768 if number % 100 == 50 else 5, 4096)
rig.run(2)
rig.ask(1)
rig.run(5)
"""
    heard = packets(on_board(HEAD + program))
    flagged = [Flags.SATURATED in packet.flags for packet in heard]
    assert flagged == [bool((packet.counts == -32768).any()) for packet in heard]
    assert 4 <= sum(flagged) <= 6


def test_requests_are_answered(on_board: OnBoard) -> None:
    asked = [
        (Request(Opcode.SET_RATE, (100_000,)).encode(), Result.OK),
        (Request(Opcode.SET_RATE, (70_000,)).encode(), Result.BAD_PARAMETER),
        (Request(Opcode.SET_RATE, (0,)).encode(), Result.BAD_PARAMETER),
        (Request(Opcode.SET_RANGE, (3,)).encode(), Result.BAD_PARAMETER),
        (Request(Opcode.SET_RANGE, (16,)).encode(), Result.OK),
        (Request(Opcode.SET_RATE, (208_000,)).encode(), Result.OK),
        (Request(Opcode.IDENTIFY, (5,)).encode(), Result.OK),
        (b"", Result.UNKNOWN_OPCODE),
        (b"\x40", Result.UNKNOWN_OPCODE),
        (b"\x05", Result.BAD_PARAMETER),
        (b"\x01\x00", Result.BAD_PARAMETER),
    ]
    program = """
rig = Rig("lsm6ds3")
rig.run(1)
for text in given:
    tell(rig.sled.answer(bytes.fromhex(text)).hex())
tell(rig.sled.state().hex())
tell(rig.sled.identify_until_us - rig.clock.now_us())
"""
    *answers, state, blinks_us = on_board(HEAD + program, [request.hex() for request, _ in asked])
    assert [result(text) for text in answers] == [wanted for _, wanted in asked]
    now = wire.State.decode(bytes.fromhex(state))
    assert (now.mode, now.range_g, now.bits, now.rate_hz) == (Mode.IDLE, 16, 16, 208.0)
    assert now.boot_id == 0xDEADBEEF
    assert now.oldest_sequence == now.next_sequence
    assert blinks_us == pytest.approx(5e6, abs=1e5)


def test_another_rate_or_range_begins_the_memory_anew(on_board: OnBoard) -> None:
    program = """
rig = Rig("lsm6ds3")
rig.hear = tell
rig.run(2)
rig.ask(1)
rig.run(1)
rig.ask(4, 2)
rig.run(2)
rig.ask(4, 2)
rig.ask(3, 0x20, 0xcb, 0, 0)
rig.run(4)
"""
    heard = packets(on_board(HEAD + program))
    assert [packet.range_g for packet in heard] == sorted((packet.range_g for packet in heard), reverse=True)
    assert {packet.range_g for packet in heard} == {2, 8}
    assert (np.diff([packet.time_us for packet in heard]) > 0).all()
    assert (np.diff(numbers(heard)) > 0).all()
    assert heard[-1].period_us == pytest.approx(1e6 / 52, rel=0.01)


def test_clear_forgets_what_was_not_sent(on_board: OnBoard) -> None:
    program = """
rig = Rig("mpu6050")
rig.run(2)
rig.ask(1)
rig.run(10, radio=False)
now = rig.sampler.next_sequence
tell(now)
tell(rig.ask(6))
rig.hear = tell
rig.run(0.2)
tell(resend(now - 500, 10))
"""
    now, cleared, *told, again = on_board(HEAD + program)
    assert result(cleared) is Result.OK
    assert numbers(packets(told))[0] >= now
    assert result(again) is Result.OK, "it is held all the same"


def test_a_battery_that_is_nearly_empty_is_said_in_every_packet(on_board: OnBoard) -> None:
    program = """
rig = Rig("mpu6050")
rig.hear = tell
rig.sled.battery_low = True
rig.run(2)
rig.ask(1)
rig.run(0.5)
"""
    heard = packets(on_board(HEAD + program))
    assert heard
    assert all(packet.flags & Flags.BATTERY_LOW for packet in heard)
