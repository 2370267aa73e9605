"""What is to be done over one connection: whose failure is whose."""

import asyncio

import pytest

from firmware_sim import virtual_time
from sensor_hub.errors import LinkError
from sensor_hub.link.line import Line


async def refused() -> None:
    raise LinkError("The sensor refuses to show itself.")


def test_what_one_asked_for_in_vain_does_not_end_the_connection() -> None:
    done: list[str] = []

    async def later() -> None:
        done.append("later")

    async def scenario() -> bool:
        line = Line()
        running = asyncio.create_task(line.run())
        with pytest.raises(LinkError, match="refuses to show itself"):
            await line.do(refused)
        line.add(later)
        await asyncio.sleep(1)
        goes_on = not running.done()
        running.cancel()
        await asyncio.wait({running})
        return goes_on

    assert virtual_time.run(scenario())
    assert done == ["later"]
