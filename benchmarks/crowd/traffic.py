"""Many machines' messages, made from what a few have told.

Every machine has a stream of its own kind and plays it from an instant of its own, so that they are not in step; the
ids, the place and the session are its own, the dates are the recorded ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.crowd.recorded import MACHINE, SITE, Stream, Told
from sensor_hub.bus.centre import partition_of

IN_GYM = 20
"""Machines of one site."""
_GOLDEN = 0.618033988749895


class Due(NamedTuple):
    """A message of one machine. due_s: after the traffic's beginning."""

    due_s: float
    number: int
    told: Told


@dataclass(frozen=True, slots=True)
class Traffic:
    """machines: how many; in_use: the share of them on which somebody trains."""

    machines: int
    in_use: float
    lifted: Sequence[Stream]
    rested: Sequence[Stream]

    @property
    def per_s(self) -> float:
        """Messages of all machines together."""
        return sum(self._share(one) * one.per_hour / 3600 for one in (*self.lifted, *self.rested))

    @property
    def bytes_per_s(self) -> float:
        return sum(self._share(one) * one.bytes_per_hour / 3600 for one in (*self.lifted, *self.rested))

    def due(self, seconds: float) -> list[Due]:
        """In the order in which they are due."""
        rng = np.random.default_rng(self.machines)
        found = list[Due]()
        for number in range(self.machines):
            stream = self._stream_of(number)
            found += (Due(due_s, number, told) for due_s, told in _from(stream, rng.uniform(), seconds))
        return sorted(found, key=lambda one: one.due_s)

    def _stream_of(self, number: int) -> Stream:
        """Evenly spread over machines, and so over sites."""
        streams = self.lifted if number * _GOLDEN % 1 < self.in_use else self.rested
        return streams[number % len(streams)]

    def _share(self, stream: Stream) -> float:
        lifts = stream in self.lifted
        share = self.in_use if lifts else 1 - self.in_use
        return self.machines * share / len(self.lifted if lifts else self.rested)


def subject_of(number: int, told: Told) -> str:
    """Where the centre's stream keeps it."""
    site, machine = place_of(number)
    return f"chain.{partition_of(site)}.{site}.{machine}.{told.kind}"


def payload_of(number: int, told: Told) -> bytes:
    site, machine = place_of(number)
    return told.payload.replace(SITE.encode(), site.encode()).replace(MACHINE.encode(), machine.encode())


def place_of(number: int) -> tuple[str, str]:
    """Site and machine."""
    return f"gym-{number // IN_GYM:05}", f"press-{number:05}"


def _from(stream: Stream, at: float, seconds: float) -> Iterator[tuple[float, Told]]:
    """The stream from a share of itself on, round and round."""
    begin_s = at * stream.seconds
    for told in stream.messages:
        due_s = (told.at_s - begin_s) % stream.seconds
        while due_s < seconds:
            yield due_s, told
            due_s += stream.seconds
