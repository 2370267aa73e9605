"""The sensors the simulator can be, by family: each speaks its maker's protocol from the sensor's side."""

from firmware_sim.families.dot import DotPeripheral
from firmware_sim.families.metamotion import MetaMotionPeripheral, MetaMotionRPeripheral
from firmware_sim.families.movesense import MovesensePeripheral
from firmware_sim.families.polar import PolarH10Peripheral, PolarVerityPeripheral
from firmware_sim.families.thingy import ThingyPeripheral
from firmware_sim.families.witmotion import WitMotionPeripheral
from firmware_sim.makes import SLED
from firmware_sim.peripheral import Peripheral
from firmware_sim.sled import SledPeripheral

FAMILIES: dict[str, type[Peripheral]] = {
    SLED: SledPeripheral,
    "dot": DotPeripheral,
    "metamotion": MetaMotionPeripheral,
    "metamotion-r": MetaMotionRPeripheral,
    "movesense": MovesensePeripheral,
    "polar": PolarH10Peripheral,
    "polar-verity": PolarVerityPeripheral,
    "thingy": ThingyPeripheral,
    "witmotion": WitMotionPeripheral,
}
