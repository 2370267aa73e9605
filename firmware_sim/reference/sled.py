"""The sled sensor without its radio: what it answers, what it sends next, what it says of itself."""

import profile

from micropython import const

_OFF_BY_PERCENT = const(5)
_RESENDS = const(8)


class Sled:
    """boot_id: 32 random bits; bits: the width of the chip's converter."""

    def __init__(self, sampler, ring, clock, boot_id, bits):
        self.battery_low = False
        self.identify_until_us = 0
        self._sampler = sampler
        self._ring = ring
        self._clock = clock
        self._boot_id = boot_id
        self._bits = bits
        self._packet = bytearray(profile.HEADER_BYTES + profile.MOST_SAMPLES * profile.SAMPLE_BYTES)
        self._cursor = 0
        self._listening = False
        self._booted = True
        self._dropped = False
        self._resends = []
        self._following = None

    @property
    def mode(self):
        return profile.STREAMING if self._sampler.keeping else profile.IDLE

    def disconnected(self):
        """Nobody listens; sampling goes on into the ring."""
        self._listening = False
        self._resends.clear()

    def answer(self, request):
        """Obey, and give the response."""
        opcode, parameters = profile.parse_request(request)
        if isinstance(parameters, int):
            return profile.response(opcode, parameters)
        return profile.response(opcode, self._obey(opcode, parameters))

    def state(self):
        sampler, following, oldest = self._sampler, self._sampler.next_sequence, self._ring.oldest_sequence()
        oldest = following if oldest is None else oldest
        return profile.state(
            self.mode, sampler.range_g, self._bits, sampler.rate_mhz, self._boot_id, following, oldest
        )

    def packet(self, limit):
        """The next notification of at most `limit` samples, None where there is none. It stays next until `sent`.

        What is given is overwritten by the next call.
        """
        if not self._listening:
            return None
        while self._resends:
            place, end = self._resends[0]
            place = max(place, self._ring.oldest)
            if place < end:
                return self._pack(place, min(end, place + limit), profile.RESENT)
            self._resends.pop(0)
        return self._live(limit)

    def sent(self):
        """The packet that was given last is on its way."""
        if self._resends:
            self._resends[0] = (self._following, self._resends[0][1])
        else:
            self._cursor = self._following
            self._booted = self._dropped = False

    def _live(self, limit):
        ring = self._ring
        if self._cursor < ring.oldest:
            self._cursor = ring.oldest
            self._dropped = True
        if ring.end - self._cursor < (self._sampler.samples_per_packet if self._sampler.keeping else 1):
            return None
        flags = profile.BATTERY_LOW if self.battery_low else 0
        if self._booted:
            flags |= profile.RESTARTED
        if self._dropped:
            flags |= profile.DROPPED
        return self._pack(self._cursor, min(ring.end, self._cursor + limit), flags)

    def _pack(self, place, end, flags):
        run, run_end = self._ring.run_of(place)
        self._following = min(end, run_end)
        count = self._following - place
        packet = self._packet
        self._ring.copy(place, count, packet, profile.HEADER_BYTES)
        if profile.is_saturated(packet, count):
            flags |= profile.SATURATED
        sequence, time_us = run.sequence_at(place), run.date_at(place)
        profile.write_header(packet, sequence, time_us, run.period_us, count, self._sampler.range_g, flags)
        return memoryview(packet)[: profile.HEADER_BYTES + count * profile.SAMPLE_BYTES]

    def _obey(self, opcode, parameters):
        if opcode == profile.START:
            self._sampler.keeping = self._listening = True
        elif opcode == profile.STOP:
            self._sampler.keeping = False
        elif opcode == profile.SET_RATE:
            return self._set_rate(parameters[0])
        elif opcode == profile.SET_RANGE:
            return self._set_range(parameters[0])
        elif opcode == profile.IDENTIFY:
            self.identify_until_us = self._clock.now_us() + parameters[0] * 1_000_000
        elif opcode == profile.CLEAR:
            self._cursor = self._ring.end
            self._dropped = False
            self._resends.clear()
        elif opcode == profile.RESEND:
            return self._resend(*parameters)
        return profile.OK

    def _set_rate(self, asked_mhz):
        """A chip's rates are what they are: 104 Hz will do where 100 Hz is asked for."""
        rate_mhz = self._sampler.rate_near(asked_mhz) if asked_mhz else 0
        if abs(rate_mhz - asked_mhz) * 100 > asked_mhz * _OFF_BY_PERCENT or not rate_mhz:
            return profile.BAD_PARAMETER
        if rate_mhz != self._sampler.rate_mhz:
            self._measure(rate_mhz, self._sampler.range_g)
        return profile.OK

    def _set_range(self, range_g):
        if range_g not in profile.RANGES_G:
            return profile.BAD_PARAMETER
        if range_g != self._sampler.range_g:
            self._measure(self._sampler.rate_mhz, range_g)
        return profile.OK

    def _measure(self, rate_mhz, range_g):
        self._resends.clear()
        self._sampler.measure(rate_mhz, range_g)
        self._cursor = self._ring.end

    def _resend(self, first, count):
        """The sequence wraps on the wire, not in here: the number asked for is the last one that looks like it."""
        following = self._sampler.next_sequence
        first = following - (following - first & 0xFFFFFFFF)
        begin = self._ring.place_from(first)
        end = self._ring.place_from(first + count)
        if begin == end:
            return profile.NOT_NOW
        if len(self._resends) == _RESENDS:
            self._resends.pop(0)
        self._resends.append((begin, end))
        return profile.OK
