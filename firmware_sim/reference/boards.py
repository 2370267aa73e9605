"""Where the wires are. Add a board as a function that gives a Board; settings.py names the one in use.

Pins are what `machine.Pin` takes on that board: numbers on an ESP32, (port, number) under Zephyr.
"""

import os

from machine import ADC, I2C, Pin

_BOOTS = "boots.txt"
_SPREAD = 2654435761


class Board:
    """chip: the one on the I2C bus; led: lights when set to led_on; battery_uv: measures the battery, or None;
    ring_samples: how many samples its memory holds; boot_id: gives 32 bits, others at each boot."""

    def __init__(self, model, chip, led, led_on, battery_uv, ring_samples, boot_id):
        self.model = model
        self.chip = chip
        self.battery_uv = battery_uv
        self.ring_samples = ring_samples
        self.boot_id = boot_id()
        self._led = led
        self._led_on = led_on
        self.light(False)

    def light(self, on):
        if self._led is not None:
            self._led.value(self._led_on if on else 1 - self._led_on)

    def battery_percent(self):
        """By the voltage of a lithium cell at a small load, None where nothing measures it."""
        return None if self.battery_uv is None else percent_full(self.battery_uv() // 1000)


def esp32():
    """An ESP32 development board and an MPU-6050 module (GY-521): SCL 22, SDA 21. Ring: 66 s at 100 Hz."""
    from mpu6050 import Mpu6050

    chip = Mpu6050(I2C(0, scl=Pin(22), sda=Pin(21), freq=400_000))
    return Board("ESP32 with MPU-6050", chip, Pin(2, Pin.OUT), 1, None, 6_600, _drawn)


def xiao_esp32s3():
    """A Seeed XIAO ESP32S3 and an LSM6DS3TR-C module: SCL D5, SDA D4; battery over 1:2 on D0. Ring: 173 s at 104 Hz."""
    from lsm6ds3 import Lsm6ds3

    chip = Lsm6ds3(I2C(0, scl=Pin(6), sda=Pin(5), freq=400_000))
    led, battery_uv = Pin(21, Pin.OUT), _divided(ADC(Pin(1)), 2)
    return Board("XIAO ESP32S3 with LSM6DS3TR-C", chip, led, 0, battery_uv, 18_000, _drawn)


def xiao_nrf52840_sense():
    """A Seeed XIAO nRF52840 Sense with MicroPython's Zephyr port, which powers the chip on it. Ring: 62 s at 104 Hz."""
    from lsm6ds3 import Lsm6ds3

    chip = Lsm6ds3(I2C("i2c0"))
    return Board("XIAO nRF52840 Sense", chip, Pin(("gpio0", 26), Pin.OUT), 0, None, 6_500, _counted)


def percent_full(millivolts):
    """By straight lines between what a lithium cell shows at a small load."""
    low, start = 3300, 0
    for high, end in ((3600, 10), (3700, 25), (3800, 50), (3950, 75), (4150, 100)):
        if millivolts <= high:
            return max(0, start + (end - start) * (millivolts - low) // (high - low))
        low, start = high, end
    return 100


def _drawn():
    return int.from_bytes(os.urandom(4), "little")


def _counted():
    """Where the port has no source of chance: boots counted in a file, and the count spread over 32 bits."""
    try:
        with open(_BOOTS) as file:
            boots = int(file.read())
    except (OSError, ValueError):
        boots = 0
    with open(_BOOTS, "w") as file:
        file.write(str(boots + 1))
    return (boots + 1) * _SPREAD & 0xFFFFFFFF


def _divided(adc, ratio):
    return lambda: adc.read_uv() * ratio
