"""The traffic's way into the centre's stream, as a process: told in plan.pickle, done when sent.npy is there.

Messages are published into the stream as they are due, or as soon after as the nodes take them, until the plan's time
is over: so many at most are not acknowledged at a time. Each bears a header as long as the one that names a gym's
broker.
"""

import asyncio
import pickle
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.crowd.traffic import Due, Traffic, payload_of, place_of, subject_of
from sensor_hub.bus import Centre
from sensor_hub.bus.centre import connect_to

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

UNACKNOWLEDGED = 2000
AHEAD_S = 0.02


class Plan(NamedTuple):
    """centre: of the manager, who may publish into the stream."""

    centre: Centre
    traffic: Traffic
    seconds: float


class Sender:
    def __init__(self, client: "Client") -> None:
        self._client, self._inbox = client, client.new_inbox()
        self._waiting = asyncio.Semaphore(UNACKNOWLEDGED)
        self.sent: list[tuple[int, int, float, float]] = []
        """Place in the stream, partition, when it was due and when it was acknowledged."""
        self._due: dict[int, tuple[int, float]] = {}

    async def send(self, traffic: list[Due], seconds: float) -> None:
        await self._client.subscribe(f"{self._inbox}.*", cb=self._acknowledged)
        begun_s = time.monotonic()
        for number, due in enumerate(traffic):
            late_s = time.monotonic() - begun_s - due.due_s
            if late_s < 0:
                await asyncio.sleep(max(AHEAD_S, -late_s))
            await self._waiting.acquire()
            if time.monotonic() - begun_s > seconds:
                self._waiting.release()
                break
            subject = subject_of(due.number, due.told)
            self._due[number] = int(subject.split(".", 2)[1]), begun_s + due.due_s
            headers = {"Sourced-By-Chain": origin(due)}
            await self._client.publish(
                subject, payload_of(due.number, due.told), reply=f"{self._inbox}.{number}", headers=headers
            )
        for _ in range(UNACKNOWLEDGED):
            await self._waiting.acquire()

    async def _acknowledged(self, message: "Msg") -> None:
        """The answer begins with {"stream":"CHAIN", and has seq as a number."""
        answer = message.data.decode()
        assert '"seq":' in answer, answer
        seq = int(answer.partition('"seq":')[2].split(",")[0].rstrip("}"))
        partition, due_s = self._due.pop(int(message.subject.rpartition(".")[2]))
        self.sent.append((seq, partition, due_s, time.monotonic()))
        self._waiting.release()


def origin(due: Due) -> str:
    """As long as what the stream notes of a message that it has fetched from a gym."""
    site, machine = place_of(due.number)
    return f"$MQTT_msgs:aBcDeFgH 1234567 $MQTT.msgs.legpress.{site}.*.* chain.13.{site}.*.* {machine}"


async def main(folder: Path) -> None:
    plan: Plan = pickle.loads((folder / "plan.pickle").read_bytes())
    client = await connect_to(plan.centre)
    sender = Sender(client)
    traffic = plan.traffic.due(plan.seconds)
    (folder / "begun").touch()
    await sender.send(traffic, plan.seconds)
    await client.close()
    np.save(folder / "sent.new.npy", np.array(sorted(sender.sent)))
    (folder / "sent.new.npy").rename(folder / "sent.npy")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
