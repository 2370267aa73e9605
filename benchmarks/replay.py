"""Real input, the whole way: recordings over Bluetooth into the store, beside what `analyze` reads in the files.

    python benchmarks/replay.py [--speed 4] FILE...

Every FILE is sent by a simulated sensor as if it were measured now, through link, engine, broker and recorder of
`sensor-hub run`. Exit code 1 when any file's reps differ in number, or by more than a tenth of a second.
"""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sensor_hub.app.analysis import analyze
from sensor_hub.app.demonstration.simulator import simulator
from sensor_hub.app.keeping.database import open_store
from sensor_hub.app.recording import read_recording
from sensor_hub.app.running.site import Role, Site
from sensor_hub.config import HubSettings, Settings, WebSettings
from sensor_hub.messages import RepMessage

SETTLE_S = 3.0
NEAR_S = 0.1


async def replay(file: Path, speed: float, folder: Path) -> list[RepMessage]:
    """The reps that end up in the store."""
    settings = Settings(hub=HubSettings(data_dir=folder), web=WebSettings(port=0))
    async with simulator(["replay", file, "--speed", str(speed)]) as sensor:
        bluetooth = settings.bluetooth.model_copy(update={"adapters": (sensor.adapter,)})
        site = asyncio.create_task(Site(settings.model_copy(update={"bluetooth": bluetooth}), tuple(Role)).run())
        over = asyncio.create_task(sensor.finished.wait())
        await asyncio.wait({site, over}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(SETTLE_S)
        site.cancel()
        await asyncio.wait({site})
        if not site.cancelled():
            site.result()
    store = open_store(settings)
    try:
        records = [store.session(one.session) for one in reversed(store.sessions())]
    finally:
        store.close()
    return [rep for record in records if record is not None for rep in record.reps]


def judge(stored: list[RepMessage], expected: list[float]) -> str:
    """`same`, or what is different; instants are compared after the first rep, for a replay starts its own clock."""
    if len(stored) != len(expected):
        return f"DIFFERENT: {len(stored)} reps stored"
    if not stored:
        return "same"
    offsets = [rep.turn_s - turn_s for rep, turn_s in zip(stored, expected, strict=True)]
    worst = max(abs(offset - offsets[0]) for offset in offsets)
    return "same" if worst <= NEAR_S else f"DIFFERENT: turns off by {worst:.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--speed", type=float, default=4.0)
    arguments = parser.parse_args()
    began = datetime.now(UTC)
    verdicts = []
    for file in arguments.files:
        expected = [rep["turn_s"] for one in analyze(read_recording(file))["sets"] for rep in one["reps"]]
        with TemporaryDirectory(prefix="replay-") as folder:
            stored = asyncio.run(replay(file, arguments.speed, Path(folder)))
        verdicts.append(judge(stored, expected))
        print(f"{file.name:75s} {len(expected):3d} reps  {verdicts[-1]}", flush=True)
    print(f"{len(verdicts)} recordings in {(datetime.now(UTC) - began).total_seconds():.0f} s")
    sys.exit(any(verdict != "same" for verdict in verdicts))


if __name__ == "__main__":
    main()
