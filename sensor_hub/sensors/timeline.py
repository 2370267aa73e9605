"""The sled sensor's samples in time: one clock that only rises, over the sensor's restarts and the hub's.

1. The sensor dates samples in µs since its boot, modulo 12 days. A date is unwrapped to the one nearest to what the
   sample's number says. A packet that is not dated after the sample before it is refused.
2. After a restart number and date begin again: an offset puts the first new sample where its arrival says it belongs.
3. A bookmark tells the last sample's place, so that another process goes on from there. That has another clock of
   arrival: should the sensor have restarted meanwhile, nobody can tell how long ago.
"""

import re
from dataclasses import dataclass

import numpy as np

from sensor_hub import wire
from sensor_hub.errors import PacketError
from sensor_hub.model import FloatArray, Gap, GapReason

_BOOKMARK = re.compile(r"sled-1( \d{1,19}){5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Place:
    """Of the last sample dated. raw_us: since the sensor's boot; at_us: on this timeline."""

    boot_id: int | None
    next_sequence: int
    raw_us: int
    at_us: int
    period_us: int


class Timeline:
    """Fed with packets in the order of their samples."""

    def __init__(self) -> None:
        self._place: _Place | None = None
        self._restarted = False
        self._arrival_s: float | None = None

    @classmethod
    def resumed(cls, bookmark: str) -> "Timeline":
        """Raises PacketError where it is no bookmark of this class."""
        if not _BOOKMARK.fullmatch(bookmark):
            raise PacketError(f"{bookmark!r} is no place in a sled sensor's stream.")
        timeline = cls()
        timeline._place = _Place(*map(int, bookmark.split()[1:]))
        return timeline

    @property
    def bookmark(self) -> str | None:
        """None before the first packet, and where it is not known of which boot the last one was."""
        place = self._place
        if place is None or place.boot_id is None:
            return None
        return f"sled-1 {place.boot_id} {place.next_sequence} {place.raw_us} {place.at_us} {place.period_us}"

    @property
    def boot_id(self) -> int | None:
        return None if self._place is None else self._place.boot_id

    @property
    def next_sequence(self) -> int:
        """Of the sample after the last one dated; 0 before the first packet."""
        return 0 if self._place is None else self._place.next_sequence

    @property
    def period_s(self) -> float:
        """Spacing of the last samples dated; 0 before the first packet."""
        return 0.0 if self._place is None else self._place.period_us / 1e6

    def restarted(self) -> None:
        """What comes next is of another boot."""
        self._restarted = self._place is not None

    def check(self, packet: wire.DataPacket) -> None:
        """Raises PacketError where the date cannot be."""
        if self._place is not None and not self._restarted:
            _unwrapped(self._place, packet)

    def add(
        self, packet: wire.DataPacket, arrival_s: float, boot_id: int | None, reason: GapReason
    ) -> tuple[Gap | None, FloatArray]:
        """The gap before a packet, if any, and when its samples were taken, (n,) seconds.

        reason: why samples before it are missing, if any. Raises PacketError as `check` does, and changes nothing.
        """
        place, gap = self._place, None
        if place is None:
            raw_us = at_us = packet.time_us
        elif self._restarted:
            raw_us, at_us = packet.time_us, self._after_restart(place, packet, arrival_s)
            gap = Gap(place.at_us / 1e6, at_us / 1e6, None, GapReason.RESTARTED)
        else:
            raw_us = _unwrapped(place, packet)
            at_us = place.at_us + raw_us - place.raw_us
            lost = wire.sequence_step(place.next_sequence, packet.sequence)
            gap = Gap(place.at_us / 1e6, at_us / 1e6, lost, reason) if lost else None
        count, period_us = len(packet.counts), packet.period_us
        following, span_us = (packet.sequence + count) % wire.SEQUENCE_MODULUS, (count - 1) * period_us
        self._place = _Place(boot_id, following, raw_us + span_us, at_us + span_us, period_us)
        self._arrival_s, self._restarted = arrival_s, False
        return gap, (at_us + np.arange(count) * period_us) / 1e6

    def _after_restart(self, place: _Place, packet: wire.DataPacket, arrival_s: float) -> int:
        """When the packet's first sample was taken, at least two samples after the last one dated."""
        elapsed_s = 0.0 if self._arrival_s is None else arrival_s - self._arrival_s
        span_us = (len(packet.counts) - 1) * packet.period_us
        return place.at_us + max(round(elapsed_s * 1e6) - span_us, 2 * place.period_us)


def _unwrapped(place: _Place, packet: wire.DataPacket) -> int:
    """When the packet's first sample was taken, since the sensor's boot."""
    ahead = wire.sequence_step(place.next_sequence, packet.sequence)
    expected_us = place.raw_us + (ahead + 1) * place.period_us
    half_us = wire.TIME_MODULUS_US // 2
    off_us = (packet.time_us - expected_us + half_us) % wire.TIME_MODULUS_US - half_us
    if ahead >= 0 and expected_us + off_us <= place.raw_us:
        raise PacketError(f"Sample {packet.sequence} is not dated after the one before it.")
    return expected_us + off_us
