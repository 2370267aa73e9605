"""What gyms with brokers of their own cost the nodes, when nothing happens in them and when people train."""

import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import psutil

from benchmarks.crowd.books import carried, cpu_s, memory
from benchmarks.crowd.centre import Centre
from benchmarks.crowd.gyms import Gyms
from benchmarks.crowd.traffic import Traffic
from tests.servers import wait_for

SETTLED_S, PATIENCE_S = 3.0, 180.0


def leaves(centre: Centre, gyms: Sequence[str], traffic: Traffic, seconds: float) -> str:
    """As sentences. The traffic is that of these gyms' machines."""
    folder = Path(centre.folder, "gyms")
    folder.mkdir()
    centre.empty()
    with ExitStack() as stack:
        alone = _cores(centre, seconds)
        centres = {gym: centre.brokers.centre(gym, "LEAVES") for gym in gyms}
        (folder / "plan.pickle").write_bytes(pickle.dumps(Gyms(centres, traffic, SETTLED_S + seconds)))
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "benchmarks.crowd.gyms", str(folder)], stderr=log)
        stack.callback(process.wait)
        stack.callback(process.kill)
        wait_for((folder / "begun").exists, PATIENCE_S, lambda: (folder / "log").read_text()[-2000:])
        centre.take_in(gyms)
        time.sleep(SETTLED_S)
        quiet = _cores(centre, seconds)
        (folder / "go").touch()
        time.sleep(SETTLED_S)
        before = centre.kept()[0], carried(centre.brokers.ports("LEAVES")), carried(centre.brokers.ports("ROUTES"))
        busy = _cores(centre, seconds)
        after = centre.kept()[0], carried(centre.brokers.ports("LEAVES")), carried(centre.brokers.ports("ROUTES"))
        count, wire, routes = (late - early for late, early in zip(after, before, strict=True))
        children = [child.pid for child in psutil.Process(process.pid).children()]
        size = memory(children) / len(children) / 1e6
        wait_for((folder / "sent").exists, PATIENCE_S, lambda: "The gyms do not keep up.")
        messages, stream = centre.kept()
    rate, kb = count / seconds, 3.6 * traffic.per_s / traffic.machines
    lines = (
        f"{len(gyms)} gyms of {traffic.machines // len(gyms)} machines with brokers of their own:",
        f"nodes: {alone:.3f} cores for themselves, {quiet:.3f} with the gyms at rest, {busy:.3f} at "
        f"{rate:.0f} messages a second",
        f"that is {1000 * (quiet - alone) / len(gyms):.2f} ms a second and gym, and {1000 * (busy - quiet) / rate:.2f} "
        "core s per 1000 messages",
        f"kB a machine and hour: gyms and nodes {kb * wire / count:.0f}, between the nodes {kb * routes / count:.0f}, "
        f"in the stream {kb * stream / messages:.0f}",
        f"a gym's broker: {size:.0f} MB of memory",
    )
    return "\n  ".join(lines)


def _cores(centre: Centre, seconds: float) -> float:
    before_s = cpu_s(centre.brokers.pids)
    time.sleep(seconds)
    return (cpu_s(centre.brokers.pids) - before_s) / seconds
