"""What a sensor family must tell the link: how it looks on the air, how it is started, what its bytes mean.

A driver is pure. It names GATT operations as `Step`s and the link carries them out; it gets bytes with the time
they arrived and gives samples and gaps. `Stream` is one sensor's decoder and outlives reconnections.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sensor_hub.errors import PacketError
from sensor_hub.model import Gap, Samples


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a sensor says of itself before anyone connects. UUIDs are 128-bit strings in lower case."""

    name: str | None = None
    service_uuids: tuple[str, ...] = ()
    service_data: Mapping[str, bytes] = field(default_factory=dict)
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a family can do. What it cannot is shown to the user.

    rates_hz: what can be asked for, empty where the rate cannot be chosen; usual_rate_hz: what is asked for where
    nobody chooses; range_g: full scale as the driver sets it; buffer_s: the longest outage whose samples the sensor
    keeps; bonds: whether it agrees on a key with its hub, so that no other device can pass for it; tried: whether
    the driver has met the real thing, or only its documentation; remarks: what else a user should know, a sentence
    each.
    """

    rates_hz: tuple[float, ...]
    usual_rate_hz: float
    range_g: float
    device_time: bool
    sequence: bool
    battery: bool
    identify: bool
    gyroscope: bool = False
    buffer_s: float = 0.0
    bonds: bool = False
    tried: bool = False
    remarks: tuple[str, ...] = ()

    def rate_for(self, asked_hz: float | None) -> tuple[float, str | None]:
        """The rate to run at, and a sentence where it is not the one asked for but the nearest on offer."""
        if asked_hz is None:
            return self.usual_rate_hz, None
        rate_hz = min(self.rates_hz, key=lambda offered_hz: abs(offered_hz - asked_hz), default=self.usual_rate_hz)
        if rate_hz == asked_hz:
            return rate_hz, None
        choice = ", ".join(f"{offered_hz:g}" for offered_hz in self.rates_hz) or "nothing else"
        return rate_hz, f"{asked_hz:g} Hz is not on offer: it runs at {rate_hz:g} Hz. Choose {choice}."

    @property
    def tells_losses(self) -> bool:
        """Whether a missing sample can be told: by its number, or by the sensor's clock."""
        return self.sequence or self.device_time

    @property
    def shortcomings(self) -> tuple[str, ...]:
        """What a user should know, a sentence each."""
        sentences = []
        if not self.device_time:
            sentences.append("It does not date its samples: times are those of their arrival, and less certain.")
        if not self.sequence and self.device_time:
            sentences.append("It does not number its samples: how many are lost is reckoned from its clock.")
        elif not self.sequence:
            sentences.append("It does not number its samples: where some are lost, nobody can tell how many.")
        if not self.buffer_s:
            sentences.append("It keeps no samples: what it measures while out of reach is lost.")
        if not self.battery:
            sentences.append("It does not tell how full its battery is.")
        return (*sentences, *self.remarks)


@dataclass(frozen=True, slots=True)
class Subscribe:
    characteristic: str


@dataclass(frozen=True, slots=True)
class Query:
    """Read a characteristic and feed its value to the stream."""

    characteristic: str


@dataclass(frozen=True, slots=True)
class Write:
    """response: whether the sensor confirms it; some characteristics take only unconfirmed writes."""

    characteristic: str
    data: bytes
    response: bool = True


Step = Subscribe | Query | Write


class Stream(Protocol):
    """Decoder of one sensor. Device time is monotonic over its whole life, whatever the sensor does.

    A family's stream inherits from it, and with it what is true of a sensor that keeps nothing and answers nothing.
    """

    def setup(self, rate_hz: float | None) -> Sequence[Step]:
        """Operations that make a freshly connected sensor stream, in order; None asks for the family's usual rate.

        Where a next operation depends on what the sensor answers, `requests` gives it once the answer was fed.
        """

    def requests(self) -> Sequence[Step]:
        """Operations that what was fed has made necessary, each given once. Asked after every feed."""
        return ()

    def revive(self) -> Sequence[Step]:
        """Operations to try on a connected sensor that has gone quiet."""

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        """Bytes of one notification or read, in order; arrival_s on any clock that never steps back.

        Raises PacketError on bytes that make no sense; the stream stays usable.
        """

    def interrupted(self) -> None:
        """The connection was lost: what is missing next is missing for that reason."""

    def finish(self) -> list[Samples | Gap]:
        """What was held back for missing samples to come before it; nobody waits for them any longer."""
        return []

    @property
    def refusal(self) -> str | None:
        """What the sensor will not do that it was asked to, as a sentence."""
        return None

    @property
    def idle(self) -> bool:
        """The sensor says itself that it has nothing to send: its silence is no fault of the link."""
        return False

    @property
    def packet_s(self) -> float:
        """How long the sensor takes to fill a packet where that is long: its silence meanwhile means nothing."""
        return 0.0

    @property
    def behind_s(self) -> float:
        """How much of what was measured is still to come from the sensor's memory; 0 when all is up to date."""
        return 0.0

    @property
    def battery_percent(self) -> int | None:
        """As told in the sensor's own protocol; None where it has the standard Battery Service, or none at all."""
        return None

    @property
    def bookmark(self) -> str | None:
        """Where the stream is after all that `feed` has given so far, on one line, so that another process can go
        on from there; None where it has not begun, or where the family cannot."""
        return None

    def resume(self, bookmark: str) -> None:
        """Go on, before anything is fed, where an earlier stream of the same sensor told this bookmark.

        Device time goes on from there, and what the sensor still holds of the time between is asked for. Raises
        PacketError where it is no bookmark of this family.
        """
        raise PacketError(f"This sensor's stream cannot be resumed at {bookmark!r}.")


class Driver(Protocol):
    @property
    def family(self) -> str:
        """Short name, stable: it is stored and sent."""

    @property
    def models(self) -> tuple[str, ...]:
        """What the makers call them."""

    @property
    def service_uuids(self) -> tuple[str, ...]:
        """The services that hold every characteristic of the stream's steps."""

    @property
    def abilities(self) -> Abilities: ...

    def matches(self, advertisement: Advertisement) -> bool: ...

    def stream(self) -> Stream: ...

    def identify(self, seconds: float) -> Sequence[Step]:
        """Operations that let a connected sensor be seen; none where it cannot. 0 s ends it."""


def driver_for(advertisement: Advertisement, drivers: Iterable[Driver]) -> Driver | None:
    """The first driver whose family this advertisement belongs to."""
    return next((driver for driver in drivers if driver.matches(advertisement)), None)
