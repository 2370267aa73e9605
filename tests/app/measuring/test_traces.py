"""What is kept beside the reps: the motion of sets, the samples of sessions."""

from dataclasses import replace

import numpy as np

from sensor_hub.app.measuring.traces import RAW_MEMORY_S, MotionTrace, RawTrace
from sensor_hub.engine import Engine
from sensor_hub.model import Event, Gap, Motion, Phase, RepSettled, Samples
from sensor_hub.store import decode_samples, encode_samples
from tests.engine.conftest import part, perform


def motion(at_s: float) -> Motion:
    return Motion(at_s, at_s / 10, 0.1, Phase.ECCENTRIC, 0.0, 1, 0)


def block(start_s: float, count: int = 10, resolution: float = 0.0) -> Samples:
    time_s = start_s + np.arange(count) * 0.01
    return Samples(time_s, np.column_stack([time_s] * 3), resolution_mps2=resolution)


def test_motion_is_thinned_to_ten_hertz_and_kept_from_a_second_before_the_set() -> None:
    trace = MotionTrace()
    for i in range(200):
        trace.add(motion(i * 0.05))
    assert list(trace.chunks()) == []
    trace.begin(5.0)
    points = [one.at_s for chunk in [*trace.chunks(), *trace.end()] for one in chunk]
    np.testing.assert_allclose(points, np.arange(4.0, 9.95, 0.1))


def test_motion_between_sets_is_not_kept() -> None:
    trace = MotionTrace()
    trace.begin(0.0)
    for i in range(10):
        trace.add(motion(i * 0.1))
    assert [len(chunk) for chunk in trace.end()] == [10]
    trace.add(motion(5.0))
    assert list(trace.chunks()) == list(trace.end()) == []


def test_raw_chunks_hold_every_sample_of_two_seconds() -> None:
    trace = RawTrace()
    for i in range(50):
        trace.add(block(i * 0.1))
    chunks = [*trace.take(recording=True), *trace.end()]
    np.testing.assert_allclose(np.concatenate([one.samples.time_s for one in chunks]), np.arange(500) * 0.01)
    assert all(one.samples.time_s[-1] - one.samples.time_s[0] <= 2.1 for one in chunks)
    assert [one.lost for one in chunks] == [0] * len(chunks)


def test_a_raw_chunk_never_spans_a_gap_and_says_what_is_lost() -> None:
    trace = RawTrace()
    trace.add(block(0.0))
    trace.add(Gap(0.09, 0.3, 20))
    trace.add(Gap(0.3, 0.5, None))
    trace.add(block(0.5))
    assert [(len(one.samples), one.lost) for one in trace.end()] == [(10, 0), (10, None)]


def test_a_raw_chunk_never_mixes_resolutions() -> None:
    trace = RawTrace()
    trace.add(block(0.0, resolution=0.001))
    trace.add(block(0.1, resolution=0.002))
    assert [one.samples.resolution_mps2 for one in trace.end()] == [0.001, 0.002]


def test_a_raw_chunk_never_mixes_how_uncertain_its_times_are() -> None:
    trace = RawTrace()
    for number, sigma_s in enumerate((0.001, 0.001, 0.002)):
        trace.add(replace(block(number * 0.1), time_sigma_s=sigma_s))
    assert [(len(one.samples), one.samples.time_sigma_s) for one in trace.end()] == [(20, 0.001), (10, 0.002)]


def test_what_is_kept_of_undated_samples_gives_the_same_reps() -> None:
    performed = perform("controlled", 100).samples
    blocks = [
        replace(part(performed, start, start + 3), time_sigma_s=0.001 if start < 6000 else 0.004)
        for start in range(0, len(performed), 3)
    ]
    trace = RawTrace()
    for one in blocks:
        trace.add(one)
    kept = [decode_samples(encode_samples(chunk.samples)) for chunk in trace.end()]
    assert reps_told(kept) == reps_told(blocks) != []


def reps_told(blocks: list[Samples]) -> list[Event]:
    engine = Engine()
    told = [event for one in blocks for event in engine.feed(one)] + engine.finish()
    return [event for event in told if isinstance(event, RepSettled)]


def test_before_a_session_only_the_last_minute_is_remembered() -> None:
    trace = RawTrace()
    for i in range(2000):
        trace.add(block(i * 0.1))
        assert trace.take(recording=False) == []
    kept = trace.take(recording=True)
    assert RAW_MEMORY_S - 5 <= kept[-1].samples.time_s[-1] - kept[0].samples.time_s[0] <= RAW_MEMORY_S
