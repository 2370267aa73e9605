"""Simulated accelerometers behind I2C, in MicroPython: registers that mean what the data sheets say, and a FIFO that a
clock fills. Sample number k since the chip began to measure reads x = k mod 30000, y = k div 30000, z = 4096."""

import struct


class Bus:
    """What machine.I2C is. devices: by address; us_per_byte: how long the clock is held up by a transfer."""

    def __init__(self, devices, wait_us=lambda us: None):
        self._devices = devices
        self._wait_us = wait_us

    def writeto_mem(self, address, register, data):
        device = self._device(address)
        for value in data:
            device.write(register, value)
            register += 1

    def readfrom_mem(self, address, register, count):
        data = bytearray(count)
        self.readfrom_mem_into(address, register, data)
        return bytes(data)

    def readfrom_mem_into(self, address, register, buffer):
        device = self._device(address)
        device.advance()
        self._wait_us(25 * (len(buffer) + 2))
        for index in range(len(buffer)):
            buffer[index] = device.read(register)
            register = device.following(register)

    def _device(self, address):
        if address not in self._devices:
            raise OSError(19)
        return self._devices[address]


class Chip:
    """now_us: the world's clock; rate_error: how much faster than it says the chip runs."""

    def __init__(self, now_us, rate_error):
        self.taken = 0
        self.written = []
        self.counts = lambda number: (number % 30000, number // 30000, 4096)
        self._now_us = now_us
        self._rate_error = rate_error
        self._since_us = None
        self._number = 0
        self.reset()

    def write(self, register, value):
        self.written.append((register, value))
        self.advance()
        self.registers[register] = value
        self.on_write(register, value)
        if not self.rate_hz():
            self._since_us = None
        elif self._since_us is None:
            self._since_us, self._number = self._now_us(), 0

    def advance(self):
        """Take the samples that are due."""
        if self._since_us is None:
            return
        due = int((self._now_us() - self._since_us) * self.rate_hz() * (1 + self._rate_error) / 1e6)
        while self._number < due:
            self._number += 1
            self.store(self.counts(self.taken))
            self.taken += 1


class SimLsm6ds3(Chip):
    """FIFO in words; an overrun overwrites the oldest word and stays flagged until bypass."""

    _RATES_HZ = (0, 12.5, 26, 52, 104, 208, 416)
    _WORDS = 2048

    def reset(self):
        self.registers = bytearray(128)
        self.registers[0x0F] = 0x6A
        self.registers[0x12] = 0x04
        self.fifo = []
        self.overrun = False

    def rate_hz(self):
        return self._RATES_HZ[self.registers[0x10] >> 4]

    def range_g(self):
        return (2, 16, 4, 8)[self.registers[0x10] >> 2 & 3]

    def on_write(self, register, value):
        if register == 0x12 and value & 1:
            self.reset()
        if register == 0x0A and value & 7 == 0:
            self.fifo, self.overrun = [], False

    def store(self, counts):
        fast_enough = self.registers[0x0A] >> 3 >= self.registers[0x10] >> 4
        if self.registers[0x0A] & 7 == 6 and self.registers[0x08] == 1 and fast_enough:
            self.fifo.extend(counts)
            if len(self.fifo) > self._WORDS:
                self.overrun = True
                self.fifo = self.fifo[-self._WORDS :]

    def read(self, register):
        if register == 0x3A:
            return len(self.fifo) & 0xFF
        if register == 0x3B:
            empty = 0x10 if not self.fifo else 0
            return len(self.fifo) >> 8 & 7 | empty | (0x40 if self.overrun else 0)
        if register == 0x3E:
            assert self.fifo, "read from an empty FIFO"
            assert self.registers[0x12] & 0x44 == 0x44, "BDU and IF_INC are needed"
            return self.fifo[0] & 0xFF
        if register == 0x3F:
            return self.fifo.pop(0) >> 8 & 0xFF
        return self.registers[register]

    def following(self, register):
        return 0x3E if register == 0x3F else register + 1


class SimMpu6050(Chip):
    """FIFO in bytes; when it is full the oldest bytes go."""

    _BYTES = 1024

    def reset(self):
        self.registers = bytearray(128)
        self.registers[0x75] = 0x68
        self.registers[0x6B] = 0x40
        self.fifo = bytearray()

    def rate_hz(self):
        asleep = self.registers[0x6B] & 0x40
        gyro_hz = 1000 if self.registers[0x1A] & 7 in (1, 2, 3, 4, 5, 6) else 8000
        return 0 if asleep else gyro_hz / (1 + self.registers[0x19])

    def range_g(self):
        return (2, 4, 8, 16)[self.registers[0x1C] >> 3 & 3]

    def on_write(self, register, value):
        if register == 0x6B and value & 0x80:
            self.reset()
        if register == 0x19:
            self._since_us = None
        if register == 0x6A and value & 4:
            assert not value & 0x40, "the FIFO is emptied while it is off"
            self.fifo = bytearray()
            self.registers[0x6A] = value & ~4

    def store(self, counts):
        if self.registers[0x6A] & 0x40 and self.registers[0x23] == 0x08:
            self.fifo += struct.pack(">hhh", *counts)
            if len(self.fifo) > self._BYTES:
                self.fifo = self.fifo[-self._BYTES :]
                self.registers[0x3A] |= self.registers[0x38] & 0x10

    def read(self, register):
        if register == 0x3A:
            status, self.registers[0x3A] = self.registers[0x3A], 0
            return status
        if register == 0x72:
            return len(self.fifo) >> 8
        if register == 0x73:
            return len(self.fifo) & 0xFF
        if register == 0x74:
            assert self.fifo, "read from an empty FIFO"
            value = self.fifo[0]
            self.fifo = self.fifo[1:]
            return value
        return self.registers[register]

    def following(self, register):
        return register if register == 0x74 else register + 1
