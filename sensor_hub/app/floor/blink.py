"""Lets a sensor be seen: a short connection in which it blinks."""

import asyncio
from collections.abc import Sequence

from bleak import BleakClient
from bleak.exc import BleakError

from sensor_hub.errors import LinkError
from sensor_hub.link import Found, Hearing, Radio
from sensor_hub.sensors import Query, Step, Subscribe, Write

BLINK_S = 10.0
REACH_S = 15.0
"""How long it may take to hear and connect it."""


async def blink(found: Found, radio: Radio, seconds: float = BLINK_S) -> None:
    """The sensor blinks, or does what else it can to be noticed, for so long. Raises LinkError."""
    steps = found.driver.identify(seconds)
    if not steps:
        raise LinkError(
            f"A sensor of the family {found.family} cannot blink. Switch it off and see which one is gone."
        )
    try:
        async with asyncio.timeout(REACH_S + seconds), radio.reach(found) as hearing:
            await _blink(hearing, steps, seconds)
    except (BleakError, TimeoutError, OSError, EOFError) as error:
        raise LinkError(
            f"{found.name} did not answer. Bring it nearer, and stop whatever else holds it."
        ) from error


async def _blink(hearing: Hearing, steps: Sequence[Step], seconds: float) -> None:
    found, adapter = hearing.found, hearing.adapter
    client = adapter.client(found.device, [*found.driver.service_uuids], lambda: None)
    try:
        async with adapter.connect_lock:
            await client.connect()
        for step in steps:
            await _carry_out(step, client)
        await asyncio.sleep(seconds)
    finally:
        await client.disconnect()


async def _carry_out(step: Step, client: BleakClient) -> None:
    match step:
        case Subscribe(uuid):
            await client.start_notify(uuid, lambda sender, data: None)
        case Query(uuid):
            await client.read_gatt_char(uuid)
        case Write(uuid, data, response):
            await client.write_gatt_char(uuid, data, response=response)
