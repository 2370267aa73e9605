"""Adapters that are not there: each a sentence that tells what to do."""

import sys
from typing import Any

import pytest
from bleak.backends.adapter import BaseBleakAdapter
from bleak.backends.device import BLEDevice
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from sensor_hub.errors import LinkError
from sensor_hub.link import SYSTEM, Adapter, open_adapter
from sensor_hub.link.adapter import link_errors
from sensor_hub.link.found import held
from sensor_hub.sensors import SLED


async def opening(moniker: str) -> str:
    """The sentence with which opening fails."""
    with pytest.raises(LinkError) as refusal:
        async with open_adapter(moniker):
            pass
    return str(refusal.value)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reaches Bluetooth through D-Bus")
async def test_a_machine_without_a_bluetooth_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/system_bus_socket")
    sentence = await opening(SYSTEM)
    assert "No Bluetooth adapter found. Plug one in" in sentence
    assert "--adapter" in sentence


async def test_nobody_listens_where_the_simulator_should_be(unused_tcp_port: int) -> None:
    sentence = await opening(f"tcp-client:127.0.0.1:{unused_tcp_port}")
    assert f"firmware-sim run SCENARIO --listen tcp-server:127.0.0.1:{unused_tcp_port}" in sentence


@pytest.mark.parametrize(
    "moniker", ["carrier-pigeon:1", "tcp-client:127.0.0.1", "tcp-client:127.0.0.1:x", "serial:/nonexistent/tty"]
)
async def test_a_moniker_that_cannot_be_opened(moniker: str) -> None:
    sentence = await opening(moniker)
    assert moniker in sentence
    assert "usb:0, serial:/dev/ttyACM0 or tcp-client:HOST:PORT" in sentence


async def test_without_bumble_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bumble.transport", None)
    assert "pip install 'sensor-hub[sim]'" in await opening("usb:0")


async def test_a_sensor_the_system_still_holds_from_a_killed_hub_is_found_without_a_scan() -> None:
    device = BLEDevice("F0:5E:00:00:00:01", "sled-01", None)

    class Holding(BaseBleakAdapter):
        @classmethod
        async def get(cls, **kwargs: Any) -> "Holding":
            return cls()

        async def get_connected_devices(self, service_uuids: frozenset[str]) -> list[BLEDevice]:
            return [device] if SLED.service_uuids[0] in service_uuids else []

    (found,) = await held(Adapter("system", system=Holding))
    assert (found.device, found.driver) == (device, SLED)


async def test_a_platform_that_cannot_tell_what_it_holds_holds_nothing() -> None:
    assert await Adapter("system", system=BaseBleakAdapter).held_devices(SLED.service_uuids) == []


REASONS = BleakBluetoothNotAvailableReason


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (BleakBluetoothNotAvailableError("", REASONS.NO_BLUETOOTH), "No Bluetooth adapter found. Plug one in"),
        (BleakBluetoothNotAvailableError("", REASONS.POWERED_OFF), "switched off. Switch it on"),
        (BleakBluetoothNotAvailableError("", REASONS.NO_BLE_CENTRAL_ROLE), "Plug in another one"),
        (BleakBluetoothNotAvailableError("", REASONS.DENIED_BY_SYSTEM), "bluetooth group"),
        (
            BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", []),
            "No Bluetooth adapter found. Plug one in",
        ),
        (BleakDBusError("org.bluez.Error.InProgress", ["Busy"]), "Bluetooth failed: [org.bluez.Error.InProgress]"),
        (BleakError("It broke"), "Bluetooth failed: It broke."),
        (EOFError(), "Bluetooth failed: EOFError."),
    ],
)
def test_what_bleak_says_of_the_adapter_becomes_a_sentence(error: Exception, says: str) -> None:
    with pytest.raises(LinkError) as refusal, link_errors():
        raise error
    assert says in str(refusal.value)
