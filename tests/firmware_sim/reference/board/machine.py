"""What the firmware takes from MicroPython's `machine`, for a computer: pins without wires, and simulated chips."""

import time

from chips import Bus, SimLsm6ds3, SimMpu6050

RATE_ERROR = -0.013


def reset():
    raise SystemExit


class Pin:
    """Says on the console when its level changes."""

    OUT = 1

    def __init__(self, number, mode=None):
        self._number = number
        self._level = None

    def value(self, level):
        if level != self._level:
            self._level = level
            print("pin", self._number, "at", level)


class ADC:
    def __init__(self, pin):
        pass

    def read_uv(self):
        return 1_900_000


class I2C(Bus):
    def __init__(self, number, scl=None, sda=None, freq=0):
        chips = {0x68: SimMpu6050(time.ticks_us, RATE_ERROR), 0x6A: SimLsm6ds3(time.ticks_us, RATE_ERROR)}
        super().__init__(chips)
