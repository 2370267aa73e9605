"""Recordings as sensors: times and values kept, malformed files refused by line."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air
from firmware_sim.replay import open_replay
from sensor_hub.errors import RecordingError
from sensor_hub.link import LinkEvent, Missing, Radio, Received, SensorLink, scan
from sensor_hub.link.adapter import adapter_on

HEADER = "time_s,ax,ay,az\n"


def write(folder: Path, text: str, name: str = "set.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(times_s: list[float]) -> str:
    return HEADER + "".join(f"{t:.4f},{0.01 * i:.4f},-6.9000,6.9700\n" for i, t in enumerate(times_s))


async def played(path: Path, seconds: float) -> list[LinkEvent]:
    """All that a hub hears of a recording."""
    import asyncio

    events: list[LinkEvent] = []
    async with Air([open_replay(path)]) as air:
        dongle = air.dongle()
        radio = Radio([await adapter_on(dongle, dongle, "virtual")])
        (found,) = await scan(radio, 0.5)
        link = asyncio.create_task(SensorLink(found, radio, events.append).run())
        await asyncio.sleep(seconds + 2.0)
        link.cancel()
        await asyncio.wait({link})
    return events


@pytest.mark.parametrize("interval_s", [0.0025, 0.01, 0.1312])
def test_a_replayed_recording_arrives_as_it_was_measured(tmp_path: Path, interval_s: float) -> None:
    rng = np.random.default_rng(5)
    jitter_s = rng.uniform(0, 0.3 * interval_s, 200) if interval_s > 0.1 else np.zeros(200)
    times_s = [round(3.2 + i * interval_s + float(late), 4) for i, late in enumerate(jitter_s)]
    path = write(tmp_path, rows(times_s))
    events = virtual_time.run(played(path, 200 * interval_s))
    blocks = [event.samples for event in events if isinstance(event, Received)]
    np.testing.assert_allclose(np.concatenate([block.time_s for block in blocks]), times_s, atol=1.1e-4)
    accel_mps2 = np.concatenate([block.accel_mps2 for block in blocks])
    expected_mps2 = np.stack([0.01 * np.arange(200), np.full(200, -6.9), np.full(200, 6.97)], axis=1)
    np.testing.assert_allclose(accel_mps2, expected_mps2, atol=0.51 * blocks[0].resolution_mps2)
    assert not any(isinstance(event, Missing) for event in events)


def test_a_hole_in_the_recording_is_a_gap_of_as_many_samples(tmp_path: Path) -> None:
    times_s = [i / 100 for i in range(300) if not 100 <= i < 117]
    events = virtual_time.run(played(write(tmp_path, rows(times_s)), 3.0))
    gaps = [event.gap for event in events if isinstance(event, Missing)]
    assert [(gap.start_s, gap.end_s, gap.lost) for gap in gaps] == [(pytest.approx(0.99), pytest.approx(1.17), 17)]


def test_rate_name_and_duration_come_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a_long_name_for_a_recording_of_a_set-07.csv.gz"
    path.write_bytes(gzip.compress(rows([5 + i * 0.02 for i in range(100)]).encode()))
    replay = open_replay(path)
    assert replay.rate_hz == pytest.approx(50.0)
    assert replay.duration_s == pytest.approx(1.98)
    assert len(replay.name) <= 26
    assert replay.name.endswith("set-07")
    assert open_replay(path, "sled-01").name == "sled-01"


def test_time_far_from_zero_begins_at_zero(tmp_path: Path) -> None:
    path = write(tmp_path, rows([1.7e9 + i * 0.02 for i in range(10)]))
    assert open_replay(path).time_s[0] == 0.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: expected the header time_s,ax,ay,az"),
        ("t,x,y,z\n0,0,0,9.81\n", 'line 1: expected the header time_s,ax,ay,az[,gx,gy,gz], found "t,x,y,z"'),
        (HEADER + "0,0,0,9.81\n0.01,0,0\n", 'line 3: expected 4 numbers, found "0.01,0,0"'),
        (HEADER + "0,0,0,9.81\n0.01,0,zero,9.81\n", 'line 3: expected 4 numbers, found "0.01,0,zero,9.81"'),
        (HEADER + "0,0,0,9.81\n0.01,0,nan,9.81\n", "line 3: expected 4 numbers"),
        (HEADER + "0,0,0,9.81\n0.02,0,0,9.81\n0.01,0,0,9.81\n", "line 4: time_s must rise, but 0.01 follows 0.02"),
        (HEADER + "0,0,0,9.81\n", "holds 1 samples"),
        (HEADER + "0,0,0,1\n0.01,0,0,1\n", "gravity should show as about 9.81 m/s² but is 1."),
        (HEADER + "0,0,0,9.81\n10,0,0,9.81\n20,0,0,9.81\n", "Is time_s in seconds?"),
    ],
)
def test_a_malformed_recording_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(RecordingError) as refusal:
        open_replay(write(tmp_path, text))
    assert says in str(refusal.value)


def test_files_that_are_no_text_at_all(tmp_path: Path) -> None:
    damaged = tmp_path / "cut.csv.gz"
    damaged.write_bytes(gzip.compress(rows([0, 0.01, 0.02]).encode())[:-12])
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    for path, says in ((damaged, "damaged gzip"), (binary, "not text"), (tmp_path / "none.csv", "Cannot read")):
        with pytest.raises(RecordingError, match=says):
            open_replay(path)
