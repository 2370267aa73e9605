"""Bluetooth through bleak: find sensors, connect them, keep them connected.

async with open_radio() as radio:
    async for found in watch(radio):
        tasks.create_task(SensorLink(found, radio, deliver=print).run())
"""

from sensor_hub.link.adapter import SYSTEM, Adapter, open_adapter
from sensor_hub.link.events import Health, LinkEvent, Missing, Received, StateChanged
from sensor_hub.link.found import Found, Hearing
from sensor_hub.link.lookout import Pace
from sensor_hub.link.radio import Radio, open_radio
from sensor_hub.link.scan import MOST_NEIGHBOURS, scan, watch
from sensor_hub.link.session import Timing
from sensor_hub.link.supervisor import SensorLink

__all__ = [
    "MOST_NEIGHBOURS",
    "SYSTEM",
    "Adapter",
    "Found",
    "Health",
    "Hearing",
    "LinkEvent",
    "Missing",
    "Pace",
    "Radio",
    "Received",
    "SensorLink",
    "StateChanged",
    "Timing",
    "open_adapter",
    "open_radio",
    "scan",
    "watch",
]
