"""Between Bluetooth's callback and the decoder: nothing without bound, nothing lost unseen."""

import asyncio
from typing import Any

import numpy as np

from firmware_sim import virtual_time
from sensor_hub import wire
from sensor_hub.link import LinkEvent, Missing, Received
from sensor_hub.link.inbox import CAPACITY
from sensor_hub.link.intake import Intake
from sensor_hub.sensors import SLED, Step, Write

SAMPLES = 4


def packet(number: int) -> bytes:
    first = number * SAMPLES
    counts = np.full((SAMPLES, 3), 4096, np.int16)
    return wire.DataPacket(first, first * 10_000, 10_000, 8, wire.Flags(0), counts).encode()


def taken(packets: int, broken: int | None = None) -> tuple[Intake, list[LinkEvent], list[Step]]:
    """An intake to which so many packets came at once, before anything could be decoded; what the stream asked for."""
    events: list[LinkEvent] = []
    asked: list[Step] = []

    async def scenario() -> Intake:
        intake = Intake("sled-01", SLED.stream(), events.append, lambda: None, None)
        intake.put(wire.DATA_UUID, packet(0))
        running = asyncio.create_task(intake.run(asked.extend))
        await asyncio.sleep(0.1)
        for number in range(1, packets):
            intake.put(wire.DATA_UUID, b"\xff" if number == broken else packet(number))
        await asyncio.sleep(10.0)
        running.cancel()
        intake.interrupted()
        intake.finish()
        return intake

    return virtual_time.run(scenario()), events, asked


def numbers(events: list[LinkEvent]) -> list[int]:
    return [round(float(t) * 100) for event in events if isinstance(event, Received) for t in event.samples.time_s]


def test_what_fits_is_decoded_in_order() -> None:
    intake, events, asked = taken(CAPACITY)
    assert numbers(events) == list(range(CAPACITY * SAMPLES))
    assert intake.inbox.dropped == 0
    assert asked == []


def test_when_it_is_full_the_oldest_goes_counted_and_seen_as_one_gap() -> None:
    intake, events, asked = taken(CAPACITY + 101)
    assert intake.inbox.dropped == 100
    assert [event.gap.lost for event in events if isinstance(event, Missing)] == [100 * SAMPLES]
    resend = wire.Request(wire.Opcode.RESEND, (SAMPLES, 100 * SAMPLES)).encode()
    assert Write(wire.CONTROL_UUID, resend) in asked, "and the sensor is asked for it"
    assert numbers(events)[-1] == (CAPACITY + 101) * SAMPLES - 1


def test_bytes_without_sense_are_left_out_and_told_once(caplog: Any) -> None:
    _, events, _ = taken(20, broken=7)
    assert [event.gap.lost for event in events if isinstance(event, Missing)] == [SAMPLES]
    assert len(caplog.records) == 1
    assert "sends bytes that are left out" in caplog.text
