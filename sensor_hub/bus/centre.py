"""The brokers at a chain's centre, spoken to as NATS."""

import json
import random
import ssl
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sensor_hub.bus.address import TlsFiles
from sensor_hub.bus.trouble import tls_context
from sensor_hub.errors import BusError

if TYPE_CHECKING:
    from nats.aio.client import Client

STREAM = "CHAIN"
"""What the gyms have sent, under `chain.<partition>.<site>.<machine>.<kind>`."""
PARTITIONS = 16
"""A site's messages stay in one, and one worker at a time has it: so their order is kept. Never to be changed while
a stream has messages."""
CONSUMER = "chain"
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Centre:
    """Where the brokers are and who asks. urls: `tls://user@host:port`, the user the same in all; room_bytes: what
    a gym keeps for them while the line is down."""

    urls: tuple[str, ...]
    password: str = field(repr=False)
    ca: Path | None = None
    room_bytes: int = 12_000_000_000

    @property
    def user(self) -> str:
        return urlsplit(self.urls[0]).username or ""


def partition_of(site: str) -> int:
    return zlib.crc32(site.encode()) % PARTITIONS


def deliver_subject(site: str) -> str:
    """Where a gym's messages are handed to the centre."""
    return f"chain.deliver.{site}"


async def connect_to(centre: Centre) -> "Client":
    """To whichever node answers first; a connection that breaks stays closed. Raises BusError where none answers."""
    tls, faults = tls_context(TlsFiles(centre.ca)), list[str]()
    for url in random.sample(centre.urls, len(centre.urls)):
        try:
            return await connect(url.replace(f"{centre.user}@", "", 1), centre.user, centre.password, tls)
        except BusError as error:
            faults.append(str(error))
    raise BusError(" ".join(faults))


async def connect(url: str, user: str, password: str, tls: ssl.SSLContext | None = None) -> "Client":
    """Raises BusError."""
    try:
        import nats
    except ImportError as error:
        raise BusError("A chain needs one more package: pip install 'sensor-hub[chain]'.") from error
    try:
        return await nats.connect(
            url,
            user=user,
            password=password,
            tls=tls,
            error_cb=_pass_over,
            allow_reconnect=False,
            max_reconnect_attempts=1,  # else it tries a dead node for two minutes
            reconnect_time_wait=0,
            connect_timeout=5,
        )
    except (OSError, nats.errors.Error, TimeoutError) as error:
        raise BusError(f"{url} does not let {user!r} in ({error}). Check address, password and CA.") from error


async def request(
    client: "Client", subject: str, payload: object = None, patience_s: float = _PATIENCE_S
) -> dict[str, Any]:
    """What JetStream answers to a request of its API. Raises BusError where it refuses or is silent."""
    import nats

    body = b"" if payload is None else json.dumps(payload).encode()
    try:
        answer = json.loads((await client.request(subject, body, timeout=patience_s)).data)
    except (OSError, nats.errors.Error, TimeoutError) as error:
        raise BusError(
            f"The broker does not answer to {subject} ({error!r}). Is JetStream up, and this allowed?"
        ) from error
    if "error" in answer:
        raise BusError(f"The broker refuses {subject}: {answer['error'].get('description')}.")
    return dict(answer)


async def _pass_over(error: Exception) -> None:
    """Who asked hears of it as an exception."""
