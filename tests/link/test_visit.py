"""The doctor without a hub: a short connection to each enrolled sensor, over the virtual radio."""

from typing import Any

import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions
from sensor_hub.app.floor.enrolment import EnrolledSensor, Enrolment
from sensor_hub.app.running.doctor import Vitals, visit
from sensor_hub.messages import LinkState


def enrolled(air: Air, number: int, **changes: str) -> EnrolledSensor:
    on_air = air.sensors[number]
    given = {"address": on_air.address, "family": "sled", "site": "gym", "machine": f"press-{number}"}
    return EnrolledSensor.model_validate(given | changes)


def test_each_enrolled_sensor_tells_its_figures_and_no_other_is_touched(source: Any, plug_in: Any) -> None:
    async def scenario() -> tuple[list[Vitals], list[bool]]:
        sources = [source("sled-01"), source("sled-02"), source("stranger")]
        async with Air(sources, conditions=Conditions(rssi_dbm=-80)) as air, plug_in(air) as hub:
            enrolment = Enrolment((enrolled(air, 0), enrolled(air, 1, serial="another")))
            vitals = await visit(hub.radio, enrolment, None)
            started = [peripheral.sampler.next_sequence > 0 for peripheral in air.peripherals]
            return [vitals[one.address] for one in enrolment], started

    (well, imitation), started = virtual_time.run(scenario())
    assert started == [True, False, False]
    assert well.state is LinkState.STREAMING
    assert well.rate_hz == pytest.approx(100, rel=0.01)
    assert well.rssi_dbm == pytest.approx(-80, abs=8)
    assert (well.loss_ratio, well.battery_percent) == (0.0, 86)
    assert well.packet_interval_s is not None
    assert imitation.state is LinkState.LOST
    assert "instead of another" in (imitation.note or "")


def test_a_sensor_that_is_not_heard_has_nothing_to_tell(source: Any, plug_in: Any) -> None:
    async def scenario() -> dict[str, Vitals]:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            away = EnrolledSensor(address="C0:FF:EE:00:00:09", family="sled", site="gym", machine="press-9")
            return await visit(hub.radio, Enrolment((away,)), None)

    assert virtual_time.run(scenario()) == {}
