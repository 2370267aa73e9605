"""A stream whose process ended is taken up by another one, as if there had been one."""

import numpy as np
import pytest

from sensor_hub.errors import PacketError
from sensor_hub.model import Gap, GapReason, Samples
from sensor_hub.sensors.driver import Stream
from tests.sensors.torture import Fed, Session, families, handshake, overhear


def feed(stream: Stream, fed: tuple[Fed, ...], ahead_s: float = 0.0) -> list[Samples | Gap]:
    return [item for one in fed for item in stream.feed(one.characteristic, one.data, one.arrival_s + ahead_s)]


def times_s(items: list[Samples | Gap]) -> np.ndarray:
    return np.concatenate([item.time_s for item in items if isinstance(item, Samples)])


def begun(session: Session) -> Stream:
    stream = session.driver.stream()
    stream.setup(None)
    return stream


@pytest.mark.parametrize("family", ["movesense", "polar", "polar-verity"])
def test_another_process_goes_on_where_the_first_one_was(family: str) -> None:
    session = overhear(family)
    half = len(session.fed) // 2
    one = begun(session)
    feed(one, session.fed[:half])
    assert one.bookmark is not None
    other = session.driver.stream()
    other.resume(one.bookmark)
    other.setup(None)
    feed(other, session.fed[: handshake(session) - 1])
    expected = feed(one, session.fed[half + 2 :])
    found = feed(other, session.fed[half + 2 :], ahead_s=-1000.0)
    np.testing.assert_array_equal(times_s(found), times_s(expected))
    (gap,) = [item for item in found if isinstance(item, Gap)]
    (known,) = [item for item in expected if isinstance(item, Gap)]
    assert gap.reason is GapReason.DISCONNECTED
    assert (gap.start_s, gap.end_s) == (known.start_s, known.end_s)
    assert gap.lost is None or gap.lost == pytest.approx(known.lost, abs=1)


@pytest.mark.parametrize("family", families())
@pytest.mark.parametrize("text", ["", "nonsense", "1 2 3 4 5 6 7 8", "7 2 nan inf -5 6 7 8", "1000 1 2 3 4 5 6"])
def test_what_is_no_bookmark_is_refused(family: str, text: str) -> None:
    with pytest.raises(PacketError):
        overhear(family).driver.stream().resume(text)


def test_a_bookmark_of_another_family_is_refused() -> None:
    polar, movesense = overhear("polar"), overhear("movesense")
    stream = begun(polar)
    feed(stream, polar.fed)
    assert stream.bookmark is not None
    with pytest.raises(PacketError, match="another sensor"):
        movesense.driver.stream().resume(stream.bookmark)
