"""The accelerometer of an LSM6DS3TR-C through its FIFO.

Registers and values, from ST's data sheet (DocID030071) and application note AN5130, compared with ST's own driver
lsm6ds3tr-c_reg.h (BSD-3-Clause):

| register | address | here |
|---|---|---|
| FIFO_CTRL3 | 0x08 | 0x01: accelerometer without decimation, nothing of the gyroscope |
| FIFO_CTRL5 | 0x0A | rate code << 3, and the mode: 0 bypass, which empties the FIFO; 6 continuous |
| WHO_AM_I | 0x0F | 0x6A |
| CTRL1_XL | 0x10 | rate code << 4, range code << 2; the filter ends at half the rate |
| CTRL3_C | 0x12 | 0x01 resets; 0x44: values are updated as a whole (BDU), addresses count up (IF_INC) |
| FIFO_STATUS1, 2 | 0x3A | 11 bits of 16-bit words unread; 0x40 in the second: overrun |
| FIFO_DATA_OUT | 0x3E | the oldest word; reading on rolls over to the next one |

The FIFO holds 2048 words: 682 samples, 6.5 s at 104 Hz. An overrun overwrites word by word and may leave the axes
out of step, so the FIFO is emptied then.
"""

import time

from micropython import const

_FIFO_CTRL3 = const(0x08)
_FIFO_CTRL5 = const(0x0A)
_WHO_AM_I = const(0x0F)
_CTRL1_XL = const(0x10)
_CTRL3_C = const(0x12)
_FIFO_STATUS1 = const(0x3A)
_FIFO_DATA_OUT = const(0x3E)

_IDENTITY = const(0x6A)
_CONTINUOUS = const(6)
_OVERRUN = const(0x40)
_WORDS_PER_SAMPLE = const(3)
_RESET_TRIES = const(20)
_RATE_CODES = {12500: 1, 26000: 2, 52000: 3, 104000: 4, 208000: 5, 416000: 6}
_RANGE_CODES = {2: 0, 4: 2, 8: 3, 16: 1}


class Lsm6ds3:
    name = "LSM6DS3TR-C"
    bits = 16

    def __init__(self, i2c, address=0x6A, sleep_ms=time.sleep_ms):
        self._i2c = i2c
        self._sleep_ms = sleep_ms
        self._address = address
        self._status = bytearray(2)
        self._mode = 0
        identity = i2c.readfrom_mem(address, _WHO_AM_I, 1)[0]
        if identity != _IDENTITY:
            raise OSError(f"The chip at 0x{address:02x} says 0x{identity:02x}; an LSM6DS3TR-C says 0x6a.")

    def rate_near(self, rate_mhz):
        """The nearest rate it has, in mHz."""
        return min(_RATE_CODES, key=lambda rate: abs(rate - rate_mhz))

    def start(self, rate_mhz, range_g):
        """Measure from now on, into an empty FIFO. rate_mhz: one that `rate_near` gave."""
        self._write(_CTRL3_C, 0x01)
        for _ in range(_RESET_TRIES):
            if not self._i2c.readfrom_mem(self._address, _CTRL3_C, 1)[0] & 0x01:
                break
            self._sleep_ms(1)
        self._write(_CTRL3_C, 0x44)
        self._write(_FIFO_CTRL3, 0x01)
        self._write(_CTRL1_XL, _RATE_CODES[rate_mhz] << 4 | _RANGE_CODES[range_g] << 2)
        self._mode = _RATE_CODES[rate_mhz] << 3 | _CONTINUOUS
        self.restart()

    def restart(self):
        """Forget what is in the FIFO."""
        self._write(_FIFO_CTRL5, 0)
        self._write(_FIFO_CTRL5, self._mode)

    def level(self):
        """How many samples wait, None where some were lost: then `restart`."""
        self._i2c.readfrom_mem_into(self._address, _FIFO_STATUS1, self._status)
        if self._status[1] & _OVERRUN:
            return None
        return ((self._status[1] & 0x07) << 8 | self._status[0]) // _WORDS_PER_SAMPLE

    def read_into(self, samples):
        """Fill a buffer with the oldest samples, six little-endian bytes each. No more than `level` said."""
        self._i2c.readfrom_mem_into(self._address, _FIFO_DATA_OUT, samples)

    def _write(self, register, value):
        self._i2c.writeto_mem(self._address, register, bytes((value,)))
