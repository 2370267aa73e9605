"""A controller that is frozen for a while answers late, all at once: the adapter works on as if nothing had been."""

import asyncio
from typing import Any

import pytest
from bumble import hci

from firmware_sim import virtual_time
from firmware_sim.air import Air
from sensor_hub.link import Radio, scan
from sensor_hub.link.adapter import adapter_on


@pytest.mark.parametrize("given_up", [1, 3])
def test_late_answers_are_nobodys(source: Any, given_up: int) -> None:
    faults: list[object] = []

    async def scenario() -> tuple[int, list[str]]:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.append(context))
        async with Air([source("sled-01")]) as air:
            dongle = air.dongle()
            adapter = await adapter_on(dongle, dongle, "virtual")
            answer, held = dongle.send_hci_packet, []
            dongle.send_hci_packet = held.append
            assert adapter.central is not None
            device = adapter.central.device
            for _ in range(given_up):
                for command in (hci.HCI_LE_Rand_Command(), hci.HCI_Read_BD_ADDR_Command()):
                    with pytest.raises(TimeoutError):
                        await asyncio.wait_for(device.host.send_sync_command(command), 1.0)
            waiting = asyncio.create_task(device.start_scanning())
            await asyncio.sleep(1.0)
            dongle.send_hci_packet = answer
            for packet in held:
                answer(packet)
            await asyncio.wait_for(waiting, 5.0)
            await device.stop_scanning()
            return len(held), [found.name for found in await scan(Radio([adapter]), 3.0)]

    late, names = virtual_time.run(scenario())
    assert late > given_up
    assert names == ["sled-01"]
    assert faults == []
