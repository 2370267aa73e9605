"""Where the wires are. Add a board as a function that gives a Board; settings.py names the one in use.

Pins are what `machine.Pin` takes on that board: numbers on an ESP32, (port, number) under Zephyr.
"""

from machine import ADC, I2C, Pin


class Board:
    """chip: the one on the I2C bus; led: lights when set to led_on; battery_uv: measures the battery, or None;
    ring_samples: how many samples its memory holds."""

    def __init__(self, model, chip, led, led_on, battery_uv, ring_samples):
        self.model = model
        self.chip = chip
        self.battery_uv = battery_uv
        self.ring_samples = ring_samples
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
    """An ESP32 development board and an MPU-6050 module (GY-521): SCL 22, SDA 21. Ring: 90 s at 100 Hz."""
    from mpu6050 import Mpu6050

    chip = Mpu6050(I2C(0, scl=Pin(22), sda=Pin(21), freq=400_000))
    return Board("ESP32 with MPU-6050", chip, Pin(2, Pin.OUT), 1, None, 9_000)


def xiao_esp32s3():
    """A Seeed XIAO ESP32S3 and an LSM6DS3TR-C module: SCL D5, SDA D4; battery over 1:2 on D0. Ring: 173 s at 104 Hz."""
    from lsm6ds3 import Lsm6ds3

    chip = Lsm6ds3(I2C(0, scl=Pin(6), sda=Pin(5), freq=400_000))
    return Board("XIAO ESP32S3 with LSM6DS3TR-C", chip, Pin(21, Pin.OUT), 0, _divided(ADC(Pin(1)), 2), 18_000)


def xiao_nrf52840_sense():
    """A Seeed XIAO nRF52840 Sense with MicroPython's Zephyr port; the chip is on it, its power on P1.08. Ring: 62 s."""
    import time

    from lsm6ds3 import Lsm6ds3

    Pin(("gpio1", 8), Pin.OUT).value(1)
    time.sleep_ms(20)
    chip = Lsm6ds3(I2C("i2c0"))
    return Board("XIAO nRF52840 Sense", chip, Pin(("gpio0", 26), Pin.OUT), 0, None, 6_500)


def percent_full(millivolts):
    """By straight lines between what a lithium cell shows at a small load."""
    low, start = 3300, 0
    for high, end in ((3600, 10), (3700, 25), (3800, 50), (3950, 75), (4150, 100)):
        if millivolts <= high:
            return max(0, start + (end - start) * (millivolts - low) // (high - low))
        low, start = high, end
    return 100


def _divided(adc, ratio):
    return lambda: adc.read_uv() * ratio
