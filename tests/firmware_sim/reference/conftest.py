"""The reference firmware under MicroPython's unix port: its own modules, and stand-ins for the board's."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
STAND_INS = Path(__file__).parent / "board"
FIRMWARE = ROOT / "firmware_sim" / "reference"
MICROPYTHON = (sys.executable, "-m", "micropython_unix")


def environment(**variables: str) -> dict[str, str]:
    return {"MICROPYPATH": f"{STAND_INS}:{FIRMWARE}:.frozen", **variables}


@pytest.fixture
def on_board(tmp_path: Path) -> Callable[..., list[Any]]:
    """Runs MicroPython text, to which `given` is known, and gives what it passed to `tell`."""

    def run(program: str, given: Any = None) -> list[Any]:
        head = f"import json\ngiven = json.loads({json.dumps(json.dumps(given))})\n"
        text = (
            head + "def tell(what):\n    print('told', json.dumps(what))\n" + dedent(program) + "\nprint('done')\n"
        )
        done = subprocess.run(
            [*MICROPYTHON, "-c", text],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        *lines, last = done.stdout.strip().splitlines() or [""]
        assert last == "done", done.stdout[-2000:] + done.stderr
        return [json.loads(line.removeprefix("told ")) for line in lines if line.startswith("told ")]

    return run
