"""The samples a sensor remembers: bytes in a ring, and what is known of their numbers and dates in runs.

A run is a stretch of samples without a hole, evenly spaced: one straight line of numbers and dates. A sample needs
six bytes and no more. Places count the samples that were ever put in; those from `oldest` to `end` are held.
"""

from micropython import const

_SAMPLE_BYTES = const(6)
_SAMPLES_PER_RUN = const(24)
"""Where runs are shorter than this in the mean, the ring holds fewer samples than it could."""


class Run:
    """place, sequence, date_us: of its first sample; period: µs with eight more bits."""

    def __init__(self, place, sequence, date_us, period):
        self.place = place
        self.sequence = sequence
        self.date_us = date_us
        self.period = period

    def sequence_at(self, place):
        return self.sequence + place - self.place

    def date_at(self, place):
        return self.date_us + ((place - self.place) * self.period >> 8)


class Ring:
    """Holds the last `capacity` samples."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.oldest = self.end = 0
        self._bytes = memoryview(bytearray(capacity * _SAMPLE_BYTES))
        self._runs = [None] * (capacity // _SAMPLES_PER_RUN + 8)
        self._first_run = self._end_run = 0

    def clear(self):
        self.oldest = self.end
        self._first_run = self._end_run

    def begin_run(self, sequence, date_us, period):
        """What is put in from now on belongs to a new run."""
        if self._end_run > self._first_run and self._run(self._end_run - 1).place == self.end:
            self._end_run -= 1
        if self._end_run - self._first_run == len(self._runs):
            self._first_run += 1
            self.oldest = max(self.oldest, self._run(self._first_run).place)
        self._runs[self._end_run % len(self._runs)] = Run(self.end, sequence, date_us, period)
        self._end_run += 1

    def put(self, samples):
        """Take bytes of whole samples, six each; the oldest make room. At most `capacity` at a time."""
        at = self.end % self.capacity * _SAMPLE_BYTES
        straight = min(len(samples), len(self._bytes) - at)
        self._bytes[at : at + straight] = samples[:straight]
        self._bytes[: len(samples) - straight] = samples[straight:]
        self.end += len(samples) // _SAMPLE_BYTES
        self.oldest = max(self.oldest, self.end - self.capacity)
        while self._end_run - self._first_run > 1 and self._run(self._first_run + 1).place <= self.oldest:
            self._first_run += 1

    def run_of(self, place):
        """The run that holds this place, and the place where it ends."""
        end = self.end
        for index in range(self._end_run - 1, self._first_run - 1, -1):
            run = self._run(index)
            if run.place <= place:
                return run, end
            end = run.place
        raise IndexError("That sample is not held.")

    def place_from(self, sequence):
        """Of the first sample held with this number or a later one; `end` where there is none."""
        found = self.end
        for index in range(self._end_run - 1, self._first_run - 1, -1):
            run = self._run(index)
            place = max(run.place + max(sequence - run.sequence, 0), self.oldest)
            if place < found:
                found = place
            if run.sequence <= sequence:
                break
        return found

    def copy(self, place, count, target, at):
        """Write `count` samples into target[at:]."""
        start = place % self.capacity * _SAMPLE_BYTES
        size = count * _SAMPLE_BYTES
        straight = min(size, len(self._bytes) - start)
        target[at : at + straight] = self._bytes[start : start + straight]
        target[at + straight : at + size] = self._bytes[: size - straight]

    def _run(self, index):
        return self._runs[index % len(self._runs)]
