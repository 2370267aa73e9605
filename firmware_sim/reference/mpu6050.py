"""The accelerometer of an MPU-6050 through its FIFO.

Registers and values, from InvenSense's register map RM-MPU-6000A-00 revision 4.2:

| register | address | here |
|---|---|---|
| SMPLRT_DIV | 0x19 | the rate is 1 kHz / (1 + this), with the low-pass filter on |
| CONFIG | 0x1A | the low-pass filter: 2 to 6 are 94, 44, 21, 10, 5 Hz for the accelerometer |
| ACCEL_CONFIG | 0x1C | range code << 3 |
| FIFO_EN | 0x23 | 0x08: the accelerometer |
| INT_ENABLE, INT_STATUS | 0x38, 0x3A | 0x10: the FIFO has overflowed |
| USER_CTRL | 0x6A | 0x04 empties the FIFO, 0x40 lets it fill |
| PWR_MGMT_1, 2 | 0x6B, 0x6C | 0x80 resets; 0: awake, on its own oscillator; 0x07: gyroscope off |
| FIFO_COUNT | 0x72 | bytes, big endian |
| FIFO_R_W | 0x74 | the oldest byte, again and again; samples are big endian |
| WHO_AM_I | 0x75 | 0x68 |

The FIFO holds 1024 bytes: 170 samples, 1.7 s at 100 Hz. When it is full the oldest bytes go, and 1024 is no multiple
of six: it is emptied then.
"""

import time

from micropython import const

_SMPLRT_DIV = const(0x19)
_CONFIG = const(0x1A)
_ACCEL_CONFIG = const(0x1C)
_FIFO_EN = const(0x23)
_INT_ENABLE = const(0x38)
_INT_STATUS = const(0x3A)
_USER_CTRL = const(0x6A)
_PWR_MGMT_1 = const(0x6B)
_PWR_MGMT_2 = const(0x6C)
_FIFO_COUNT = const(0x72)
_FIFO_R_W = const(0x74)
_WHO_AM_I = const(0x75)

_IDENTITY = const(0x68)
_RESET_MS = const(100)
_OVERFLOW = const(0x10)
_FIFO_BYTES = const(1024)
_SAMPLE_BYTES = const(6)
_FILTERED_MHZ = const(1_000_000)
_FILTERS = ((200_000, 2), (100_000, 3), (50_000, 4), (25_000, 5), (0, 6))
_RANGE_CODES = {2: 0, 4: 1, 8: 2, 16: 3}


class Mpu6050:
    name = "MPU-6050"
    bits = 16

    def __init__(self, i2c, address=0x68, sleep_ms=time.sleep_ms):
        self._i2c = i2c
        self._sleep_ms = sleep_ms
        self._address = address
        self._status = bytearray(1)
        self._count = bytearray(2)
        identity = i2c.readfrom_mem(address, _WHO_AM_I, 1)[0]
        if identity != _IDENTITY:
            raise OSError(f"The chip at 0x{address:02x} says 0x{identity:02x}; an MPU-6050 says 0x68.")

    def rate_near(self, rate_mhz):
        """The nearest rate it has, in mHz."""
        return round(_FILTERED_MHZ / _divider(rate_mhz))

    def start(self, rate_mhz, range_g):
        """Measure from now on, into an empty FIFO. rate_mhz: one that `rate_near` gave."""
        self._write(_PWR_MGMT_1, 0x80)
        self._sleep_ms(_RESET_MS)
        self._write(_PWR_MGMT_1, 0x00)
        self._write(_PWR_MGMT_2, 0x07)
        self._write(_CONFIG, next(code for slowest, code in _FILTERS if rate_mhz >= slowest))
        self._write(_SMPLRT_DIV, _divider(rate_mhz) - 1)
        self._write(_ACCEL_CONFIG, _RANGE_CODES[range_g] << 3)
        self._write(_INT_ENABLE, _OVERFLOW)
        self._write(_FIFO_EN, 0x08)
        self.restart()

    def restart(self):
        """Forget what is in the FIFO."""
        self._write(_USER_CTRL, 0x00)
        self._write(_USER_CTRL, 0x04)
        self._write(_USER_CTRL, 0x40)
        self._i2c.readfrom_mem_into(self._address, _INT_STATUS, self._status)

    def level(self):
        """How many samples wait, None where some were lost: then `restart`."""
        self._i2c.readfrom_mem_into(self._address, _INT_STATUS, self._status)
        self._i2c.readfrom_mem_into(self._address, _FIFO_COUNT, self._count)
        count = self._count[0] << 8 | self._count[1]
        if self._status[0] & _OVERFLOW or count > _FIFO_BYTES - _SAMPLE_BYTES:
            return None
        return count // _SAMPLE_BYTES

    def read_into(self, samples):
        """Fill a buffer with the oldest samples, six little-endian bytes each. No more than `level` said."""
        self._i2c.readfrom_mem_into(self._address, _FIFO_R_W, samples)
        for low in range(0, len(samples), 2):
            samples[low], samples[low + 1] = samples[low + 1], samples[low]

    def _write(self, register, value):
        self._i2c.writeto_mem(self._address, register, bytes((value,)))


def _divider(rate_mhz):
    return max(1, min(256, round(_FILTERED_MHZ / rate_mhz)))
