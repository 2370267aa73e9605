"""The supervised link end to end over the virtual radio: the hub gets every sample, or is told how many it lacks."""

import asyncio
from typing import Any

import numpy as np
import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.sled import SledPeripheral
from sensor_hub.errors import LinkError
from sensor_hub.link import LinkEvent, Received, SensorLink, scan
from sensor_hub.link.session import first_of
from sensor_hub.messages import LinkState
from sensor_hub.model import GapReason


def assert_all_accounted_for(heard: Any) -> None:
    """Samples in order, each once; every hole is told, with its exact size and between the right samples."""
    numbers = heard.numbers
    steps = np.diff(numbers)
    assert (steps >= 1).all()
    assert [gap.lost for gap in heard.gaps] == [int(step) - 1 for step in steps if step > 1]
    assert (np.diff(heard.times_s) > 0).all()


def test_two_sensors_on_an_ideal_link_lose_nothing(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with (
            Air([source("sled-01", seconds=60.0), source("sled-02", seconds=60.0)]) as air,
            plug_in(air) as hub,
        ):
            await hub.connect()
            await asyncio.sleep(63.0)
            return hub.heard

    heard = virtual_time.run(scenario())
    assert set(heard) == {"sled-01", "sled-02"}
    for one in heard.values():
        assert one.numbers == list(range(6000))
        assert one.gaps == []
        np.testing.assert_allclose(one.times_s, np.arange(6000) / 100, atol=1e-9)
        assert one.states[:3] == [LinkState.SEARCHING, LinkState.CONNECTING, LinkState.STREAMING]


def test_samples_arrive_within_a_packet_and_a_connection_interval(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(30.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    latencies_s = np.array(heard.latencies_s[400:])
    best_s = latencies_s.min()
    assert np.ptp(latencies_s) < 0.030 + 0.015 + 1e-6, "the oldest of four samples waits 30 ms, the air 15 ms"
    assert best_s <= latencies_s.min()


def test_failed_connection_events_cost_time_but_no_sample(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        conditions = Conditions(event_failure=0.3)
        async with Air([source("sled-01")], conditions=conditions, seed=3) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(60.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    assert len(heard.numbers) > 5500
    assert heard.numbers == list(range(len(heard.numbers)))
    assert np.ptp(heard.latencies_s) > 0.060


def test_the_same_seed_gives_the_same_radio(source: Any, plug_in: Any) -> None:
    async def scenario(seed: int) -> Any:
        conditions = Conditions(event_failure=0.2)
        async with Air([source("sled-01")], conditions=conditions, seed=seed) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(15.0)
            return hub.heard["sled-01"].latencies_s

    first, again, other = (virtual_time.run(scenario(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_sensor_that_restarts_comes_back_with_time_going_on(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(12.0)
            before = len(hub.heard["sled-01"].numbers)
            await air.peripherals[0].boot()
            await asyncio.sleep(20.0)
            return hub.heard["sled-01"], before

    heard, before = virtual_time.run(scenario())
    (gap,) = heard.gaps
    assert (gap.reason, gap.lost) == (GapReason.RESTARTED, None)
    assert (np.diff(heard.times_s) > 0).all()
    silent_s = gap.end_s - gap.start_s
    missing_s = (heard.numbers[before] - heard.numbers[before - 1]) / 100
    assert silent_s == pytest.approx(missing_s, abs=0.05), "the hole is as long as the world says"


def test_a_hub_that_was_killed_finds_its_sensor_again(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air:
            async with plug_in(air) as hub:
                await hub.connect()
                await asyncio.sleep(8.0)
                await hub.kill()
            async with plug_in(air) as successor:
                await successor.connect(scan_s=6.0)
                await asyncio.sleep(10.0)
                return hub.heard["sled-01"], successor.heard["sled-01"]

    before, after = virtual_time.run(scenario())
    assert after.numbers[0] > before.numbers[-1] + 1, "the sensor waits for its supervision timeout"
    assert len(after.numbers) > 900
    assert_all_accounted_for(after)


def test_the_smallest_mtu_carries_the_stream_one_sample_a_packet(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01", seconds=20.0)], max_mtu=23) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(23.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    assert heard.numbers == list(range(2000))
    assert len({len(event.samples) for event in heard.events if hasattr(event, "samples")}) == 1


@pytest.mark.parametrize("rate_hz", [7.6, 52.0, 400.0])
def test_any_rate_streams_without_loss(source: Any, plug_in: Any, rate_hz: float) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01", seconds=20.0, rate_hz=rate_hz)]) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(24.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    assert heard.numbers == list(range(round(20.0 * rate_hz)))
    assert heard.health[1].rate_hz == pytest.approx(rate_hz, rel=0.01)


def test_a_source_at_ten_times_the_speed_loses_nothing(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01", seconds=100.0)], speed=10.0) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(13.0)
            return hub.heard["sled-01"]

    assert virtual_time.run(scenario()).numbers == list(range(10_000))


def test_a_rate_that_the_sensor_refuses_is_told_and_the_stream_comes_all_the_same(
    source: Any, plug_in: Any
) -> None:
    async def scenario(rate_hz: float) -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            await hub.connect(rate_hz=rate_hz)
            await asyncio.sleep(5.0)
            return hub.heard["sled-01"]

    refused, granted = (virtual_time.run(scenario(rate_hz)) for rate_hz in (200.0, 100.0))
    assert refused.told("refuses SET_RATE: bad parameter")
    assert not granted.told("refuses")
    assert len(refused.numbers) == len(granted.numbers) > 200


def test_health_tells_battery_signal_rate_loss_and_firmware(
    source: Any, plug_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SledPeripheral, "ring_s", 1.28)

    async def scenario() -> Any:
        conditions = Conditions(rssi_dbm=-71.0, shadows=(Shadow(2.0, 5.0),))
        async with Air([source("sled-01")], conditions=conditions) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(30.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    health = heard.health[-1]
    assert health.battery_percent in (86, 87)
    assert health.rssi_dbm == pytest.approx(-71, abs=10)
    assert health.rate_hz == pytest.approx(100.0, rel=0.001)
    assert health.loss_ratio == pytest.approx(heard.gaps[0].lost / (heard.numbers[-1] + 1), rel=0.25)
    assert health.firmware == "sim-1"


def test_a_source_that_has_ended_leaves_a_quiet_connection(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01", seconds=5.0)]) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(60.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    assert heard.numbers == list(range(500))
    assert heard.states[-1] is LinkState.STALLED
    assert heard.states.count(LinkState.CONNECTING) == 1


def test_a_sensor_that_is_silent_without_a_reason_is_connected_anew(source: Any, plug_in: Any) -> None:
    class Stuck(source):  # type: ignore[misc]
        """Its chip gives nothing from 5 s to 40 s, and its firmware does not notice."""

        def blocks(self) -> Any:
            for time_s, counts in super().blocks():
                yield time_s + np.where(time_s >= 5.0, 35.0, 0.0), counts

    async def scenario() -> Any:
        async with Air([Stuck("sled-01")]) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(60.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    assert heard.told("stays silent; connecting anew")
    assert heard.states.count(LinkState.CONNECTING) >= 2
    assert heard.states[-1] is LinkState.STREAMING
    assert [(gap.lost, gap.reason) for gap in heard.gaps] == [(3500, GapReason.DISCONNECTED)]


def test_a_fault_of_the_owner_ends_the_link_instead_of_being_logged(source: Any, plug_in: Any) -> None:
    def deliver(event: LinkEvent) -> None:
        if isinstance(event, Received):
            raise RuntimeError("the engine broke")

    async def scenario() -> bool:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            (found,) = await scan(hub.radio, 0.5)
            with pytest.raises(RuntimeError, match="the engine broke"):
                await asyncio.wait_for(SensorLink(found, hub.radio, deliver).run(), 10.0)
            return air.peripherals[0].connected

    assert virtual_time.run(scenario()) is False, "the sensor is let go"


def test_a_sensor_out_of_reach_is_searched_for_until_it_is_back(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            address = air.peripherals[0].address
            await scan(hub.radio, 0.5)
            await hub.connect(scan_s=0.5)
            air.radio.shadow(address)
            await asyncio.sleep(90.0)
            silent = hub.heard["sled-01"]
            assert silent.numbers == []
            assert silent.told("is not heard")
            air.radio.unshadow(address)
            await asyncio.sleep(12.0)
            return silent

    heard = virtual_time.run(scenario())
    assert heard.states[-1] is LinkState.STREAMING


def test_a_link_cancelled_just_as_its_connection_ends_ends() -> None:
    async def lost() -> None:
        raise LinkError("The connection was lost.")

    async def slow_to_end() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(1.0)

    async def scenario() -> None:
        session = asyncio.create_task(first_of(lost(), slow_to_end()))
        await asyncio.sleep(0.5)
        session.cancel()
        with pytest.raises(asyncio.CancelledError):
            await session

    virtual_time.run(scenario())


def test_a_transport_without_a_controller_is_a_sentence(plug_in: Any) -> None:
    class Silence:
        def set_packet_sink(self, sink: Any) -> None:
            self.sink = sink

        def on_packet(self, packet: bytes) -> None:
            self.last = packet

    async def scenario() -> None:
        from sensor_hub.link.adapter import adapter_on

        await adapter_on(Silence(), Silence(), "serial:/dev/ttyS0")

    with pytest.raises(LinkError, match="no Bluetooth controller answers"):
        virtual_time.run(scenario())
