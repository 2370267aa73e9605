"""What a gym's broker keeps for a chain's centre while the line is down, and what is given up when it is too much.

Raw samples go first, the oldest of them, then motion, phases and what was not counted; reps, sets and sessions never.
What a client of the gym's own still waits for, such as its recorder, stays.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sensor_hub.bus.centre import CONSUMER, connect, request
from sensor_hub.bus.leaf import MQTT_MESSAGES, Leaf
from sensor_hub.bus.topics import ROOT
from sensor_hub.messages import Kind

if TYPE_CHECKING:
    from nats.aio.client import Client

_GIVEN_UP: Sequence[Sequence[Kind]] = ((Kind.RAW,), (Kind.MOTION, Kind.PHASE, Kind.REJECTED))
_STEPS = 10
_ENOUGH = 0.9
"""Of the room: so that not every look finds it full again."""
_PATIENCE_S = 120.0


class Backlog(NamedTuple):
    """waiting: messages that the centre has not fetched; fetched: up to which place it has."""

    waiting: int
    fetched: int
    size_bytes: int
    first_seq: int
    last_seq: int
    since: datetime
    """When the oldest message came that anybody waits for."""


class GivenUp(NamedTuple):
    """messages: how many were taken away; since: when the oldest of what waited had come."""

    messages: int
    since: datetime


async def backlog_of(leaf: Leaf) -> Backlog:
    """Raises BusError."""
    async with _connected(leaf) as client:
        return await _look(client)


async def make_room(leaf: Leaf) -> GivenUp | None:
    """Make room where the centre's is full. Raises BusError."""
    async with _connected(leaf) as client:
        before = backlog = await _look(client)
        most = leaf.centre.room_bytes
        if backlog.size_bytes <= most:
            return None
        end, gone = await _needed(client, backlog.last_seq), 0
        for kinds in _GIVEN_UP:
            for step in range(1, _STEPS + 1):
                upto = before.first_seq + (end - before.first_seq) * step // _STEPS
                gone += sum([await _purge(client, leaf.centre.user, kind, upto) for kind in kinds])
                backlog = await _look(client)
                if backlog.size_bytes <= most * _ENOUGH:
                    return GivenUp(gone, before.since)
        return GivenUp(gone, before.since) if gone else None


@asynccontextmanager
async def _connected(leaf: Leaf) -> "AsyncIterator[Client]":
    client = await connect(leaf.url, leaf.user, leaf.password)
    try:
        yield client
    finally:
        await client.close()


async def _look(client: "Client") -> Backlog:
    state = (await _ask(client, "STREAM.INFO"))["state"]
    reader = await _ask(client, "CONSUMER.INFO", name=CONSUMER)
    return Backlog(
        waiting=reader["num_pending"] + reader["num_ack_pending"],
        fetched=reader["ack_floor"]["stream_seq"],
        size_bytes=state["bytes"],
        first_seq=state["first_seq"],
        last_seq=state["last_seq"],
        since=datetime.fromisoformat(state["first_ts"]),
    )


async def _needed(client: "Client", last_seq: int) -> int:
    """The first place that another reader than the centre still waits for, or the one behind the last."""
    readers = (await _ask(client, "CONSUMER.LIST"))["consumers"] or []
    return min(
        (
            reader["ack_floor"]["stream_seq"] + 1
            for reader in readers
            if reader["name"] != CONSUMER and reader["num_pending"] + reader["num_ack_pending"]
        ),
        default=last_seq + 1,
    )


async def _purge(client: "Client", site: str, kind: Kind, upto: int) -> int:
    """How many were before that place."""
    wanted = {"filter": f"$MQTT.msgs.{ROOT}.{site}.*.{kind}", "seq": upto}
    return int((await _ask(client, "STREAM.PURGE", wanted))["purged"])


async def _ask(client: "Client", what: str, payload: object = None, name: str = "") -> dict[str, Any]:
    subject = f"$JS.API.{what}.{MQTT_MESSAGES}" + (f".{name}" if name else "")
    return await request(client, subject, payload, _PATIENCE_S)
