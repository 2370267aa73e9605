"""What a sensor family must tell the link: how it looks on the air, how it is started, what its bytes mean.

A driver is pure. It names GATT operations as `Step`s and the link carries them out; it gets bytes with the time
they arrived and gives samples and gaps. `Stream` is one sensor's decoder and outlives reconnections.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sensor_hub.model import Gap, Samples


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a sensor says of itself before anyone connects. UUIDs are 128-bit strings in lower case."""

    name: str | None = None
    service_uuids: tuple[str, ...] = ()
    service_data: Mapping[str, bytes] = field(default_factory=dict)
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a family can do; what it cannot is shown to the user. Empty rates_hz: the rate cannot be chosen."""

    has_device_time: bool
    has_sequence: bool
    has_battery: bool
    rates_hz: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscribe:
    characteristic: str


@dataclass(frozen=True, slots=True)
class Query:
    """Read a characteristic and feed its value to the stream."""

    characteristic: str


@dataclass(frozen=True, slots=True)
class Write:
    characteristic: str
    data: bytes


Step = Subscribe | Query | Write


class Stream(Protocol):
    """Decoder of one sensor. Device time is monotonic over its whole life, whatever the sensor does."""

    def setup(self, rate_hz: float | None) -> Sequence[Step]:
        """Operations that make a freshly connected sensor stream, in order; None leaves its rate alone."""

    def revive(self) -> Sequence[Step]:
        """Operations to try on a connected sensor that has gone quiet."""

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        """Bytes of one notification or read, in order; arrival_s on any clock that never steps back.

        Raises PacketError on bytes that make no sense; the stream stays usable.
        """

    def interrupted(self) -> None:
        """The connection was lost: what is missing next is missing for that reason."""

    @property
    def refusal(self) -> str | None:
        """What the sensor will not do that it was asked to, as a sentence."""

    @property
    def idle(self) -> bool:
        """The sensor says itself that it has nothing to send: its silence is no fault of the link."""


class Driver(Protocol):
    @property
    def family(self) -> str:
        """Short name, stable: it is stored and sent."""

    @property
    def service_uuid(self) -> str: ...

    @property
    def abilities(self) -> Abilities: ...

    def matches(self, advertisement: Advertisement) -> bool: ...

    def stream(self) -> Stream: ...


def driver_for(advertisement: Advertisement, drivers: Iterable[Driver]) -> Driver | None:
    """The first driver whose family this advertisement belongs to."""
    return next((driver for driver in drivers if driver.matches(advertisement)), None)
