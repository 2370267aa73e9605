"""A gym's own broker as a leaf of a chain's centre: https://docs.nats.io/running-a-nats-service/configuration/leafnodes

What a hub publishes with QoS 1 is on the broker's disk when it is acknowledged. A durable consumer there keeps it until
the centre has fetched and replicated it, however long the line is down. Why so: docs/decisions/0008-chain.md.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sensor_hub.bus.centre import CONSUMER, Centre, connect, deliver_subject, request
from sensor_hub.bus.topics import CARRIED, ROOT
from sensor_hub.errors import BusError

MQTT_MESSAGES = "$MQTT_msgs"
"""The stream in which NATS keeps what came with QoS 1, for as long as a consumer wants it."""
_SYNC = "1s"
"""So much is lost to the centre by a power cut, and not by less; the server's own would be two minutes."""
_FOR_ITSELF_BYTES = 4_000_000_000
"""Beside what waits for the centre: as much as a broker without one may use."""
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Leaf:
    """A gym's broker, spoken to as NATS by the hub whose child it is."""

    url: str
    centre: Centre
    user: str
    password: str = field(repr=False)


def leaf_configuration(centre: Centre, host: str, port: int, folder: str) -> str:
    """For the embedded broker, in place of its own listener and storage. The domain bears the login's name.

    What MQTT makes of messages stays here. The rights at the nodes do not hold for it, and each broker wants all of it,
    so that gyms would keep, and acknowledge, what is not theirs.
    """
    remotes = json.dumps([url.replace("@", f":{quote(centre.password, safe='')}@", 1) for url in centre.urls])
    ca = f", tls {{ ca_file: {json.dumps(str(centre.ca.resolve()))} }}" if centre.ca else ""
    return f"""\
server_name: "{centre.user}"
listen: "{host}:{port}"
jetstream {{ domain: "{centre.user}", store_dir: "{folder}/storage", sync_interval: "{_SYNC}", \
max_memory_store: 32MB, max_file_store: {centre.room_bytes + _FOR_ITSELF_BYTES} }}
leafnodes {{ reconnect: 2s, remotes: [ {{ urls: {remotes}{ca}, \
deny_imports: ["$MQTT.>"], deny_exports: ["$MQTT.>"] }} ] }}
"""


def keep_for_centre(leaf: Leaf) -> None:
    """Have the broker keep everything from now on. It must have heard an MQTT client before. Raises BusError."""
    asyncio.run(_keep(leaf))


def consumer_of(site: str, name: str) -> dict[str, Any]:
    """A consumer that forgets only what the centre has: ADR-60 of nats-io/nats-architecture-and-design."""
    return {
        "durable_name": name,
        "name": name,
        "ack_policy": "flow_control",
        "deliver_policy": "all",
        "replay_policy": "instant",
        "deliver_subject": deliver_subject(site),
        "filter_subjects": [f"$MQTT.msgs.{ROOT}.{site}.*.{kind}" for kind in CARRIED],
        "flow_control": True,
        "idle_heartbeat": 1_000_000_000,
        "max_ack_pending": 1000,
    }


async def _keep(leaf: Leaf) -> None:
    client, site = await connect(leaf.url, leaf.user, leaf.password), leaf.centre.user
    wanted = {"stream_name": MQTT_MESSAGES, "action": "", "config": consumer_of(site, CONSUMER)}
    end = time.monotonic() + _PATIENCE_S
    try:
        while True:
            try:
                await request(client, f"$JS.API.CONSUMER.CREATE.{MQTT_MESSAGES}.{CONSUMER}", wanted)
                return
            except BusError:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(0.1)
    finally:
        await client.close()
