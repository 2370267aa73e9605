"""Who lifts, from the page's request to the stored set; and back out of everything, while the hub runs."""

import json
import urllib.request
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from sensor_hub.cli import main
from tests.conftest import wait_for

SCENARIO = Path(__file__).parent / "scenarios" / "left.toml"


def ask(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_a_lifter_is_named_at_the_machine_and_erased_beside_the_running_hub(
    start_lifters: Any, start_hub: Any, tmp_path: Path
) -> None:
    lifters = start_lifters("run", SCENARIO, "--seed", "3", "--speed", "3")
    hub = start_hub(lifters.adapter)
    anna = ask(f"{hub.url}/api/athletes", {"name": "Anna Example"})["athlete"]
    wait_for(lambda: ask(f"{hub.url}/api/machines") != [], 30)
    ask(f"{hub.url}/api/machines/home/sled-01/lifter", {"athlete": anna, "load_kg": 80, "side": "both"})
    hub.wait_for_reps("sled-01", 1)
    wait_for(lambda: ask(f"{hub.url}/api/sessions?athlete={anna}") != [], 60)
    (session,) = ask(f"{hub.url}/api/sessions?athlete={anna}")
    (lifted,) = ask(f"{hub.url}/api/sessions/{session['session']}")["sets"]
    assert (lifted["athlete"], lifted["load_kg"], lifted["side"]) == (anna, 80.0, "both")
    said = CliRunner().invoke(main, ["athlete", "erase", anna, "--yes", "--data", str(hub.folder)])
    assert said.exit_code == 0, said.output
    wait_for(lambda: all(one["complete"] for one in ask(f"{hub.url}/api/erasures")), 60)
    assert ask(f"{hub.url}/api/sessions?athlete={anna}") == ask(f"{hub.url}/api/athletes") == []
    assert hub.stop() < 5
    names = {"hub.db", "erased.json"}
    files = [path for path in hub.folder.rglob("*") if path.is_file() and path.name not in names]
    assert not any(b"Anna" in path.read_bytes() for path in hub.folder.rglob("*") if path.is_file())
    assert not any(anna.encode() in path.read_bytes() for path in files if "broker" not in path.parts)
