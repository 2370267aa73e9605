"""The firmware without its radio, on simulated chips in a world whose clock the test turns."""

import random
import time

import chips
from dating import Clock
from lsm6ds3 import Lsm6ds3
from mpu6050 import Mpu6050
from ring import Ring
from sampler import Sampler
from sled import Sled

BOOT_ID = 0xDEADBEEF
START = b"\x01"


class World:
    """wraps_after_s: when its ticks begin at zero again."""

    def __init__(self, wraps_after_s=1e6):
        self.us = 0
        self._ticks_period = time.ticks_add(0, -1) + 1
        self._ticks_us = self._ticks_period - int(wraps_after_s * 1e6)

    def now_us(self):
        return self.us

    def ticks_us(self):
        return (self.us + self._ticks_us) % self._ticks_period

    def wait_us(self, us):
        self.us += us

    def sleep_ms(self, ms):
        self.us += 1000 * ms


class Rig:
    """chip: "lsm6ds3" or "mpu6050"; capacity: of the ring, in samples."""

    def __init__(self, chip, rate_error=0.0, capacity=6000, rate_mhz=100_000, range_g=8, wraps_after_s=1e6):
        self.world = world = World(wraps_after_s)
        if chip == "lsm6ds3":
            self.sim = chips.SimLsm6ds3(world.now_us, rate_error)
            self.chip = Lsm6ds3(chips.Bus({0x6A: self.sim}, world.wait_us), sleep_ms=world.sleep_ms)
        else:
            self.sim = chips.SimMpu6050(world.now_us, rate_error)
            self.chip = Mpu6050(chips.Bus({0x68: self.sim}, world.wait_us), sleep_ms=world.sleep_ms)
        self.began_us = world.us
        self.clock = Clock(world.ticks_us)
        self.ring = Ring(capacity)
        self.sampler = Sampler(self.chip, self.ring, self.clock, rate_mhz, range_g)
        self.sled = Sled(self.sampler, self.ring, self.clock, BOOT_ID, self.chip.bits)
        self.hear = lambda packet: None
        self._random = random
        self._random.seed(1)

    def run(self, seconds, limit=38, radio=True, poll_ms=10, late_ms=3):
        """The main loop, with polls up to late_ms late; radio: whether it takes what there is to send."""
        end_us = self.world.us + int(seconds * 1e6)
        while self.world.us < end_us:
            self.world.wait_us(poll_ms * 1000 + self._random.randrange(1 + late_ms * 1000))
            self.sampler.poll()
            while radio and (packet := self.sled.packet(limit)) is not None:
                self.hear(bytes(packet).hex())
                self.sled.sent()

    def ask(self, *request):
        return self.sled.answer(bytes(request)).hex()
