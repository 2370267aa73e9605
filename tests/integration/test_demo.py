"""`sensor-hub demo` as a stranger meets it: it ends in order, leaves nothing running, and tells the truth."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("sensor-hub")
READY_S = 40.0


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PROGRAM, "demo", "--port", "0", "--data", str(folder), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def descendants(pid: int) -> set[int]:
    """Processes that a process has started, and theirs."""
    found: set[int] = set()
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for number in map(int, child.read_text().split()):
            found |= {number} | descendants(number)
    return found


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_ctrl_c_stops_every_child_within_three_seconds(tmp_path: Path) -> None:
    demo = start(tmp_path)
    assert demo.stdout is not None
    said = []
    for line in demo.stdout:
        said.append(line)
        if "streaming" in line:
            break
    children = descendants(demo.pid)
    assert len(children) >= 2, said
    began = time.monotonic()
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=60)
    assert time.monotonic() - began < 3
    assert demo.returncode == 0
    assert "Traceback" not in rest
    assert [pid for pid in children if runs(pid)] == []
    assert any("Open http://127.0.0.1:" in line for line in said)


def test_the_store_holds_what_was_done(tmp_path: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "demo", "--for", "24", "--json", "--port", "0", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sensors: list[dict[str, Any]] = json.loads(done.stdout)["sensors"]
    assert [one["sensor"] for one in sensors] == ["sled-01", "sled-02"]
    assert sensors[0]["expected"] == sensors[0]["stored"] >= 2
    assert sensors[0]["missing"] == sensors[0]["extra"] == []
    assert all(abs(one["turn_s"]) < 0.2 for one in sensors[0]["differences"])
    assert "rep 1:" in done.stderr
