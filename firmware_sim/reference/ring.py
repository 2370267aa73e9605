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

    @property
    def period_us(self):
        return (self.period + 128) >> 8

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

    def oldest_sequence(self):
        """The number of the oldest sample held, None where there is none."""
        return None if self.oldest == self.end else self._run(self._first_run).sequence_at(self.oldest)

    def run_of(self, place):
        """The run that holds this place, and the place where it ends."""
        index = self._last(lambda run: run.place <= place)
        return self._run(index), self._end_of(index)

    def place_from(self, sequence):
        """Of the first sample held with this number or a later one; `end` where there is none."""
        index = self._last(lambda run: run.sequence <= sequence)
        if index < self._first_run:
            return self.oldest
        run = self._run(index)
        return max(self.oldest, min(run.place + sequence - run.sequence, self._end_of(index)))

    def copy(self, place, count, target, at):
        """Write `count` samples into target[at:]."""
        start = place % self.capacity * _SAMPLE_BYTES
        size = count * _SAMPLE_BYTES
        straight = min(size, len(self._bytes) - start)
        target[at : at + straight] = self._bytes[start : start + straight]
        target[at + straight : at + size] = self._bytes[: size - straight]

    def _last(self, early_enough):
        """The index of the last run of which this is true; runs for which it is come first."""
        low, high = self._first_run, self._end_run
        while low < high:
            middle = (low + high) // 2
            if early_enough(self._run(middle)):
                low = middle + 1
            else:
                high = middle
        return low - 1

    def _end_of(self, index):
        return self.end if index + 1 == self._end_run else self._run(index + 1).place

    def _run(self, index):
        return self._runs[index % len(self._runs)]
