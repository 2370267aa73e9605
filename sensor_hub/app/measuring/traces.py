"""Collects what is kept beside the reps: motion at 10 Hz while a set runs, raw samples while a session runs."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensor_hub.model import Gap, Motion, Samples

MOTION_INTERVAL_S = 0.1
MOTION_CHUNK = 10
MOTION_MEMORY = 300
"""Points kept before a set is announced: it is told after its first stroke has begun."""
RAW_CHUNK_S = 2.0
RAW_MEMORY_S = 60.0
"""Kept before a session starts: plates being loaded, the sled at rest, what the frame was calibrated on."""


class MotionTrace:
    """10 Hz of the motion, in chunks of about a second, of running sets only."""

    def __init__(self) -> None:
        self._waiting: deque[Motion] = deque(maxlen=MOTION_MEMORY)
        self._recording = False
        self._last_s = -np.inf

    def add(self, motion: Motion) -> None:
        if motion.at_s - self._last_s >= MOTION_INTERVAL_S - 1e-3:
            self._last_s = motion.at_s
            self._waiting.append(motion)

    def begin(self, start_s: float) -> None:
        """A set runs since start_s: what is remembered from a second before on belongs to it."""
        self._recording = True
        self._waiting = deque((one for one in self._waiting if one.at_s >= start_s - 1.0), maxlen=MOTION_MEMORY)

    def chunks(self) -> Iterator[list[Motion]]:
        """Full chunks that are ready."""
        while self._recording and len(self._waiting) >= MOTION_CHUNK:
            yield [self._waiting.popleft() for _ in range(MOTION_CHUNK)]

    def end(self) -> Iterator[list[Motion]]:
        """The set has ended: everything that is left of it."""
        yield from self.chunks()
        if self._recording and self._waiting:
            yield list(self._waiting)
        self._waiting.clear()
        self._recording = False


@dataclass(frozen=True, slots=True)
class RawChunk:
    samples: Samples
    lost: int | None
    """Samples missing directly before it; None where nobody can know."""


class RawTrace:
    """The samples as they came, in chunks of about two seconds that never span a gap."""

    def __init__(self) -> None:
        self._open: list[Samples] = []
        self._lost: int | None = 0
        self._closed: deque[RawChunk] = deque()

    def add(self, block: Samples | Gap) -> None:
        if isinstance(block, Gap):
            self._close()
            self._lost = None if block.lost is None or self._lost is None else self._lost + block.lost
            return
        if self._open and not _alike(block, self._open[0]):
            self._close()
        self._open.append(block)
        if block.time_s[-1] - self._open[0].time_s[0] >= RAW_CHUNK_S:
            self._close()

    def take(self, recording: bool) -> list[RawChunk]:
        """Chunks to keep now; while nothing is recorded only the last minute is remembered."""
        if recording:
            taken = list(self._closed)
            self._closed.clear()
            return taken
        while self._closed and self._span_s() > RAW_MEMORY_S:
            self._closed.popleft()
        return []

    def end(self) -> list[RawChunk]:
        """Everything that is left."""
        self._close()
        return self.take(recording=True)

    def _span_s(self) -> float:
        return float(self._closed[-1].samples.time_s[-1] - self._closed[0].samples.time_s[0])

    def _close(self) -> None:
        if self._open:
            self._closed.append(RawChunk(_join(self._open), self._lost))
            self._open, self._lost = [], 0


def _alike(one: Samples, other: Samples) -> bool:
    """Whether one chunk can hold both."""
    return (one.resolution_mps2, one.time_sigma_s) == (other.resolution_mps2, other.time_sigma_s)


def _join(blocks: list[Samples]) -> Samples:
    gyros = [block.gyro_radps for block in blocks if block.gyro_radps is not None]
    return Samples(
        time_s=np.concatenate([block.time_s for block in blocks]),
        accel_mps2=np.concatenate([block.accel_mps2 for block in blocks]),
        gyro_radps=np.concatenate(gyros) if len(gyros) == len(blocks) else None,
        resolution_mps2=blocks[0].resolution_mps2,
        saturated=any(block.saturated for block in blocks),
        time_sigma_s=blocks[0].time_sigma_s,
    )
