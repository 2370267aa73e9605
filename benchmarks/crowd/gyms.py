"""Some gyms with brokers of their own, in one process: hub's outbox, embedded broker, leaf of the centre.

In the folder plan.pickle says who they are; `begun` is there when their brokers run, and `go` tells them to lift. With
the end of the plan's time `sent` is there.
"""

import pickle
import signal
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

from benchmarks.crowd.traffic import Due, Traffic, payload_of, place_of
from sensor_hub.bus import Centre, EmbeddedBroker, Outbox, Publisher, decode

PAUSE_S = 0.02


class Gyms(NamedTuple):
    """centres: how each gym's broker reaches the nodes, by the gym's name."""

    centres: dict[str, Centre]
    traffic: Traffic
    seconds: float


def main(folder: Path) -> None:
    plan: Gyms = pickle.loads((folder / "plan.pickle").read_bytes())
    brokers = {site: EmbeddedBroker(folder / site, centre=centre) for site, centre in plan.centres.items()}
    with ExitStack() as stack:
        for site, broker in brokers.items():
            (folder / site).mkdir()
            stack.callback(broker.stop)
        addresses = {site: broker.start() for site, broker in brokers.items()}
        outboxes = {}
        for site, address in addresses.items():
            outboxes[site] = stack.enter_context(closing(Outbox(folder / site / "outbox.db")))
            publisher = Publisher(address, outboxes[site], site)
            publisher.start()
            stack.callback(publisher.stop)
        (folder / "begun").touch()
        traffic = plan.traffic.due(plan.seconds)
        while not (folder / "go").exists():
            time.sleep(PAUSE_S)
        _lift(outboxes, traffic)
        (folder / "sent").touch()
        signal.pause()


def _lift(outboxes: dict[str, Outbox], traffic: list[Due]) -> None:
    begun_s = time.monotonic()
    for due in traffic:
        time.sleep(max(0.0, due.due_s - (time.monotonic() - begun_s)))
        site, machine = place_of(due.number)
        topic = f"legpress/{site}/{machine}/{due.told.kind}"
        outboxes[site].append(decode(topic, payload_of(due.number, due.told)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
