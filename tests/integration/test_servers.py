"""The same way over other people's servers: Mosquitto as the broker, a time-series server behind the sink."""

import json
from pathlib import Path
from typing import Any

import pytest

from sensor_hub.app.demonstration.comparison import compare
from tests.servers import wait_for

SCENARIO = Path(__file__).parent / "scenarios" / "left.toml"
SPEED = "3"
REPS = 3
SITE = "behind-the-sink"


def perform(start_lifters: Any, folder: Path) -> tuple[str, dict[str, Any]]:
    """Where one lifter is on the air, three times as fast as in life, and what is true of him."""
    lifters = start_lifters("run", SCENARIO, "--seed", "3", "--speed", SPEED, "--truth", folder)
    truth: dict[str, Any] = json.loads((folder / "left.truth.json").read_text(encoding="utf-8"))
    return lifters.adapter, truth


def test_through_mosquitto(start_lifters: Any, start_hub: Any, mosquitto: Any, tmp_path: Path) -> None:
    adapter, truth = perform(start_lifters, tmp_path)
    (tmp_path / "password").write_text(f"{mosquitto.address.password}\n", encoding="utf-8")
    url = f"mqtt://{mosquitto.address.user}@127.0.0.1:{mosquitto.address.port}"
    hub = start_hub(adapter, f'[mqtt]\nurl = "{url}"\npassword_file = "{tmp_path}/password"\n')
    hub.wait_for_reps("sled-01", REPS)
    assert hub.stop() < 3
    result = compare("sled-01", truth, hub.reps("sled-01"), until_s=1e9)
    assert result.equal, result


def test_through_the_sink_to_a_time_series_server(
    start_lifters: Any, start_hub: Any, victoria_metrics: Any, tmp_path: Path
) -> None:
    adapter, truth = perform(start_lifters, tmp_path)
    hub = start_hub(adapter, f'[influx]\nurl = "{victoria_metrics.url}"\n[hub]\nsite = "{SITE}"\n')
    hub.wait_for_reps("sled-01", REPS)
    wait_for(lambda: len(ranges_in(victoria_metrics)) >= REPS, 60)
    assert hub.stop() < 3
    stored = hub.reps("sled-01")
    result = compare("sled-01", truth, stored, until_s=1e9)
    assert result.equal, (result, hub.output)
    ranges = sorted(rep.rom_m for rep in stored if rep.rom_m is not None)
    assert ranges_in(victoria_metrics) == pytest.approx(ranges)


def ranges_in(server: Any) -> list[float]:
    """The range of every rep of ours that the time-series server has; a point that was sent twice is one."""
    exported = server.get("/api/v1/export", **{"match[]": f'rep_rom_m{{site="{SITE}"}}'})
    blocks = [json.loads(line) for line in exported.splitlines()]
    return sorted(
        {at: rom for one in blocks for at, rom in zip(one["timestamps"], one["values"], strict=True)}.values()
    )
