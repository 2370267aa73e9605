"""Sensor families behind one small protocol: a table of what each can do, and one file per family."""

from sensor_hub.sensors.dot import DOT
from sensor_hub.sensors.driver import (
    Abilities,
    Advertisement,
    Driver,
    Query,
    Step,
    Stream,
    Subscribe,
    Write,
    driver_for,
)
from sensor_hub.sensors.metamotion import METAMOTION
from sensor_hub.sensors.movesense import MOVESENSE
from sensor_hub.sensors.polar import POLAR
from sensor_hub.sensors.sled import SLED
from sensor_hub.sensors.thingy import THINGY
from sensor_hub.sensors.witmotion import WITMOTION

DRIVERS: tuple[Driver, ...] = (SLED, DOT, METAMOTION, MOVESENSE, POLAR, WITMOTION, THINGY)

__all__ = [
    "DOT",
    "DRIVERS",
    "METAMOTION",
    "MOVESENSE",
    "POLAR",
    "SLED",
    "THINGY",
    "WITMOTION",
    "Abilities",
    "Advertisement",
    "Driver",
    "Query",
    "Step",
    "Stream",
    "Subscribe",
    "Write",
    "driver_for",
]
