"""A recording sent over Bluetooth as if a sensor measured it now ends in the store as `analyze` reads the file."""

from pathlib import Path
from typing import Any

import pytest

from sensor_hub.app.analysis import analyze
from sensor_hub.app.recording import read_recording

RECORDING = Path(__file__).parents[1] / "recordings" / "press-45.csv.gz"
METRICS = {"eccentric_s": 0.05, "concentric_s": 0.05, "rom_m": 0.02, "peak_velocity_mps": 0.03}
"""What the converter's steps may change, each in its unit."""


def test_a_replayed_recording_gives_the_reps_of_its_analysis(start_lifters: Any, start_hub: Any) -> None:
    expected = [rep for one in analyze(read_recording(RECORDING))["sets"] for rep in one["reps"]]
    lifters = start_lifters("replay", RECORDING, "--speed", "3")
    hub = start_hub(lifters.adapter)
    lifters.wait_until_finished()
    (machine,) = {path.name.split(".")[1] for path in (hub.folder / "outbox").glob("*.db")}
    hub.wait_for_reps(machine, len(expected) - 1)
    assert hub.stop() < 3
    stored = hub.reps(machine)
    assert len(stored) == len(expected)
    offset_s = stored[0].turn_s - expected[0]["turn_s"]
    for rep, told in zip(stored, expected, strict=True):
        assert rep.turn_s - told["turn_s"] == pytest.approx(offset_s, abs=0.02)
        assert (rep.set_number, rep.bounced, rep.partial) == (1, told["bounced"], told["partial"])
        for name, tolerance in METRICS.items():
            assert getattr(rep, name) == pytest.approx(told[name], abs=tolerance), name
