"""A gym of a chain, as a process: its own broker, and machines that say more than people could lift.

gym.json in the folder says where the centre is and whether the gym records for itself (hub.db), `now` the broker's
process and how much has been said. SIGUSR1: nothing more is lifted; when the broker has it all, books.json names the
last number of each machine. SIGTERM: ends.
"""

import asyncio
import json
import signal
import sys
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from sensor_hub.app.keeping.backlog import Watch, resend_last
from sensor_hub.app.keeping.recorder import Recorder
from sensor_hub.bus import BrokerAddress, Centre, EmbeddedBroker, Outbox, Publisher
from sensor_hub.messages import Message, PhaseMessage, RawMessage
from sensor_hub.model import Phase, Samples
from sensor_hub.store import Store, encode_samples

MACHINES = ("press-1", "press-2", "press-3", "press-4")
RATE_HZ, CHUNK = 104.0, 208
_AT_ONCE = 100
"""So that a gym that cannot keep up still hears its signals."""
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def main(site: str, folder: Path) -> None:
    told = json.loads((folder / "gym.json").read_text())
    centre = Centre(tuple(told["urls"]), told["password"], Path(told["ca"]))
    broker = EmbeddedBroker(folder, centre=centre)
    asyncio.run(_lift(site, folder, broker, told["rate"], records=told["records"]))


async def _lift(site: str, folder: Path, broker: EmbeddedBroker, rate: float, *, records: bool) -> None:
    done, ended = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, done.set)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    with ExitStack() as stack:
        address = await asyncio.to_thread(broker.start)
        stack.callback(broker.stop)
        if records:
            watching = asyncio.create_task(_record(stack, site, folder, broker, address).run())
            stack.callback(watching.cancel)
        outbox = stack.enter_context(closing(Outbox(folder / "outbox.db")))
        publisher = Publisher(address, outbox, site)
        publisher.start()
        stack.callback(publisher.stop)
        last = dict.fromkeys(MACHINES, 0)

        def say(machine: str) -> None:
            last[machine] = outbox.next_seq(machine)
            outbox.append(message(site, machine, last[machine]))

        for machine in MACHINES:
            say(machine)
        begun, count = loop.time(), 0
        while not done.is_set() and not ended.is_set():
            _tell(folder / "now", f"{broker.pid or 0} {sum(last.values())}")
            for _ in range(min(_AT_ONCE, int((loop.time() - begun) * rate) - count)):
                say(MACHINES[count % len(MACHINES)])
                count += 1
            await asyncio.sleep(0.02)
        await asyncio.to_thread(_emptied, outbox)
        _tell(folder / "books.json", json.dumps(last))
        await ended.wait()


def _record(stack: ExitStack, site: str, folder: Path, broker: EmbeddedBroker, address: BrokerAddress) -> Watch:
    store = stack.enter_context(closing(Store.open(folder / "hub.db")))
    recorder = Recorder(store, address)
    recorder.start()
    stack.callback(recorder.stop)
    assert broker.leaf is not None
    return Watch(broker.leaf, folder, partial(resend_last, store, address, site))


def _tell(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    new.write_text(text)
    new.rename(file)


def _emptied(outbox: Outbox) -> None:
    while outbox.pending():
        time.sleep(0.1)


def message(site: str, machine: str, number: int) -> Message:
    """Raw chunks of two seconds and phases in turn, as on a machine in use."""
    heading = {
        "id": f"{machine}/{number}",
        "seq": number,
        "time": NOON + timedelta(seconds=number),
        "site": site,
        "machine": machine,
        "session": f"{site}-{machine}-monday",
    }
    if number % 2:
        return PhaseMessage(
            **heading,
            set_number=1,
            rep_number=1 + number // 2,
            phase=Phase.ECCENTRIC,
            start_s=float(number),
            at_s=number + 0.1,
        )
    rng = np.random.default_rng(number)
    time_s = number + np.arange(CHUNK) / RATE_HZ
    counts = rng.normal([0, 1450, 1450], 12, (CHUNK, 3)).round()
    samples = Samples(time_s=time_s, accel_mps2=counts * 0.0048, resolution_mps2=0.0048)
    span = {"start_s": time_s[0], "end_s": time_s[-1], "count": CHUNK}
    return RawMessage(**heading, **span, sensor="F0:F1:F2:F3:F4:01", data=encode_samples(samples))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
