"""A sled sensor: what runs on the board when it is switched on. docs/firmware.md says how it gets there."""

import asyncio
import profile
import sys
import time

import boards
import machine
import settings
from dating import Clock
from micropython import const
from radio import Radio
from ring import Ring
from sampler import POLL_MS, Sampler
from sled import Sled

_FIRMWARE = "reference-1"
_IDLE_POLL_MS = const(100)
_PACKETS_AT_ONCE = const(8)
_BATTERY_MS = const(60_000)
_BATTERY_LOW_PERCENT = const(15)
_BLINK_MS = const(125)
_RESTART_MS = const(1000)


class Firmware:
    """Everything wired together. One loop: look into the FIFO, answer the hub, send what the radio takes."""

    def __init__(self, board):
        clock = Clock()
        ring = Ring(board.ring_samples)
        self._board = board
        self._clock = clock
        self._sampler = Sampler(board.chip, ring, clock, settings.RATE_HZ * 1000, settings.RANGE_G)
        self._sled = Sled(self._sampler, ring, clock, board.boot_id, board.chip.bits)
        percent = board.battery_percent()
        self._radio = Radio(settings.NAME, board.model, _FIRMWARE, percent)
        self._battery_ms = time.ticks_ms()
        self._mode = self._sled.mode
        self._responses = []

    async def run(self):
        while True:
            self._sampler.poll()
            self._answer()
            self._send()
            self._show_battery()
            self._blink()
            await asyncio.sleep_ms(POLL_MS if self._radio.connected or self._sampler.keeping else _IDLE_POLL_MS)

    def _answer(self):
        radio, sled = self._radio, self._sled
        if radio.take_loss():
            sled.disconnected()
            self._responses.clear()
        for request in radio.take_requests():
            self._responses.append(sled.answer(request))
            self._show_state()
        if self._responses and radio.indicate(self._responses[0]):
            self._responses.pop(0)

    def _show_state(self):
        mode, self._mode = self._mode, self._sled.mode
        self._radio.show_state(self._sled.state(), announce=mode != self._mode)

    def _send(self):
        radio, sled = self._radio, self._sled
        if not radio.connected:
            return
        self._show_state()
        limit = profile.samples_per_packet(radio.mtu)
        for _ in range(_PACKETS_AT_ONCE):
            packet = sled.packet(limit)
            if packet is None or not radio.notify(packet):
                break
            sled.sent()

    def _show_battery(self):
        if time.ticks_diff(time.ticks_ms(), self._battery_ms) >= _BATTERY_MS:
            self._battery_ms = time.ticks_ms()
            percent = self._board.battery_percent()
            if percent is not None:
                self._sled.battery_low = percent < _BATTERY_LOW_PERCENT
                self._radio.say_battery(percent)

    def _blink(self):
        identifying = self._clock.now_us() < self._sled.identify_until_us
        self._board.light(identifying and time.ticks_ms() // _BLINK_MS % 2 == 0)


try:
    asyncio.run(Firmware(getattr(boards, settings.BOARD)()).run())
except Exception as error:  # a loose wire, say: nobody is there to press a button
    sys.print_exception(error)
    time.sleep_ms(_RESTART_MS)
    machine.reset()
