"""From a chip's FIFO into the ring: numbered, dated, and only while the sensor is started.

A chip is what lsm6ds3.py and mpu6050.py are: `bits`, `rate_near(rate_mhz)`, `start(rate_mhz, range_g)`, `level()`,
`read_into(buffer)`, `restart()`.
"""

from profile import PACKET_US, SAMPLE_BYTES

from dating import Line
from micropython import const

POLL_MS = const(10)
"""How often it is to be polled while samples are kept."""
_CHUNK = const(32)


class Sampler:
    """The chip measures from the beginning; what is not kept is counted and dated all the same."""

    def __init__(self, chip, ring, clock, rate_mhz, range_g):
        self.keeping = False
        self.next_sequence = 0
        self._chip = chip
        self._ring = ring
        self._clock = clock
        self._chunk = memoryview(bytearray(_CHUNK * SAMPLE_BYTES))
        self.measure(chip.rate_near(rate_mhz), range_g)

    def measure(self, rate_mhz, range_g):
        """Set up the chip; what was kept is forgotten. rate_mhz: one the chip has."""
        self.rate_mhz = rate_mhz
        self.range_g = range_g
        self._chip.start(rate_mhz, range_g)
        period_us = 1_000_000_000 // rate_mhz
        self.samples_per_packet = 1 + (PACKET_US - 1000 * POLL_MS) // period_us
        self._line = Line(period_us)
        self._hole = True
        self._ring.clear()

    def rate_near(self, rate_mhz):
        return self._chip.rate_near(rate_mhz)

    def poll(self):
        """Look into the FIFO, and empty it once a packet's worth is there."""
        before_us = self._clock.now_us()
        level = self._chip.level()
        if level is None:
            self._overflowed()
            return
        if level == 0:
            return
        if self._line.look(self.next_sequence + level - 1, before_us, self._clock.now_us()):
            self._hole = True
        if level >= self.samples_per_packet:
            self._empty(level)

    def _empty(self, level):
        """The first samples after a change are not kept: the filter settles, and their spacing is not known yet."""
        keep = self.keeping and self._line.settled(self.next_sequence)
        if not keep:
            self._hole = True
        elif self._hole:
            self._ring.begin_run(self.next_sequence, self._line.date_us(self.next_sequence), self._line.period)
            self._hole = False
        while level:
            count = min(level, _CHUNK)
            samples = self._chunk[: count * SAMPLE_BYTES]
            self._chip.read_into(samples)
            if keep:
                self._ring.put(samples)
            self.next_sequence += count
            level -= count

    def _overflowed(self):
        """All that was in the FIFO is given up; the line says which samples those were."""
        self._chip.restart()
        if self._line.settled(self.next_sequence):
            self.next_sequence = max(self.next_sequence, self._line.newest_at(self._clock.now_us()) + 1)
        else:
            self._line = Line(1_000_000_000 // self.rate_mhz)
        self._hole = True
