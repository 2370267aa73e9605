"""Where a sled sensor's stream begins, goes on in another process, and how far behind it is."""

import numpy as np
import pytest

from sensor_hub import wire
from sensor_hub.errors import PacketError
from sensor_hub.model import Gap, GapReason, Samples
from sensor_hub.sensors import Query, Write
from sensor_hub.sensors.sled import SledStream
from tests.sensors.sled_talk import answer, feed, packet, resend, state


def test_only_a_stream_that_begins_leaves_out_what_was_measured_before_it() -> None:
    clear = Write(wire.CONTROL_UUID, bytes.fromhex("06"))
    stream = SledStream()
    assert clear in stream.setup(None)
    assert clear in stream.setup(None), "the first attempt may have failed before it"
    answer(stream, wire.Opcode.CLEAR, wire.Result.OK)
    assert clear not in stream.setup(None)
    unanswered = SledStream()
    feed(unanswered, packet(0))
    assert clear not in unanswered.setup(None)


def test_behind_is_what_was_measured_and_has_not_come() -> None:
    stream = SledStream()
    stream.feed(wire.STATE_UUID, state(1), 0.0)
    feed(stream, packet(0), arrival_s=0.1)
    assert stream.behind_s == 0.0
    stream.interrupted()
    stream.feed(wire.STATE_UUID, state(1, following=2000), 20.0)
    assert stream.behind_s == pytest.approx(19.96)
    feed(stream, packet(4, 196), arrival_s=20.5)
    assert stream.behind_s == pytest.approx(18.5), "half a second more was measured meanwhile"
    feed(stream, *(packet(first, 200) for first in range(200, 2000, 200)), arrival_s=21.0)
    assert stream.behind_s == pytest.approx(1.0)
    assert stream.requests() == [Query(wire.STATE_UUID)]
    stream.feed(wire.STATE_UUID, state(1, following=2110), 21.1)
    assert stream.behind_s == pytest.approx(1.1)
    feed(stream, packet(2000, 110), arrival_s=21.2)
    assert stream.behind_s == 0.0
    assert stream.requests() == []


def test_behind_is_no_more_than_the_sensor_holds() -> None:
    stream = SledStream()
    feed(stream, packet(0))
    stream.feed(wire.STATE_UUID, state(1, following=2**31, oldest=2**31 - 6000), 0.0)
    assert stream.behind_s == pytest.approx(60.0)


def test_data_after_a_silence_makes_the_stream_ask_how_far_it_is_behind() -> None:
    stream = SledStream()
    feed(stream, packet(0), arrival_s=5.0)
    stream.requests()
    feed(stream, packet(4), arrival_s=8.0)
    assert stream.requests() == [Query(wire.STATE_UUID)]


def test_another_process_goes_on_from_the_bookmark() -> None:
    stream = SledStream()
    assert stream.bookmark is None
    stream.feed(wire.STATE_UUID, state(7), 0.0)
    feed(stream, packet(100), packet(110))
    bookmark = stream.bookmark
    assert bookmark is not None
    resumed = SledStream()
    resumed.resume(bookmark)
    assert resumed.bookmark == bookmark
    assert Write(wire.CONTROL_UUID, bytes.fromhex("06")) not in resumed.setup(None)
    resumed.feed(wire.STATE_UUID, state(7, following=200), 9000.0)
    assert resumed.behind_s == pytest.approx(0.96)
    assert feed(resumed, packet(120), arrival_s=9000.1) == []
    assert resumed.requests() == [resend(104, 16)]
    items = feed(resumed, packet(104, 16, flags=wire.Flags.RESENT), arrival_s=9000.2)
    time_s = np.concatenate([item.time_s for item in items if isinstance(item, Samples)])
    np.testing.assert_allclose(time_s, np.arange(104, 124) / 100)


def test_a_sensor_that_restarted_before_the_resumption_leaves_a_gap_of_unknown_size() -> None:
    stream = SledStream()
    stream.feed(wire.STATE_UUID, state(7), 0.0)
    feed(stream, packet(100))
    resumed = SledStream()
    resumed.resume(str(stream.bookmark))
    resumed.feed(wire.STATE_UUID, state(8), 5.0)
    gap, samples = feed(resumed, packet(0), arrival_s=5.1)
    assert isinstance(samples, Samples)
    assert gap == Gap(1.03, float(samples.time_s[0]), None, GapReason.RESTARTED)
    assert samples.time_s[0] > 1.03


@pytest.mark.parametrize("bookmark", ["", "sled-1", "sled-2 1 2 3 4 5", "sled-1 1 2 3 4 x", "sled-1 1 2 3 4 5 6"])
def test_a_bookmark_that_makes_no_sense_is_refused(bookmark: str) -> None:
    stream = SledStream()
    with pytest.raises(PacketError, match="no place in a sled"):
        stream.resume(bookmark)
    assert feed(stream, packet(4))
