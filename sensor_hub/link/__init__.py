"""Bluetooth through bleak: find sensors, connect them, keep them connected.

async with open_adapter() as adapter:
    async for found in watch(adapter):
        tasks.create_task(SensorLink(found, adapter, deliver=print).run())
"""

from sensor_hub.link.adapter import Adapter, open_adapter
from sensor_hub.link.events import Health, LinkEvent, Missing, Received, StateChanged
from sensor_hub.link.scan import Found, scan, watch
from sensor_hub.link.supervisor import SensorLink, Timing

__all__ = [
    "Adapter",
    "Found",
    "Health",
    "LinkEvent",
    "Missing",
    "Received",
    "SensorLink",
    "StateChanged",
    "Timing",
    "open_adapter",
    "scan",
    "watch",
]
