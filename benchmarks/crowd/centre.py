"""A chain's centre as config/chain has it: three nodes and a PostgreSQL, on this computer."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sensor_hub.bus.centre import STREAM, connect_to, request
from sensor_hub.bus.stream import prepare
from tests.chain import EXAMPLES, Brokers
from tests.postgres import Postgres

_GYM = re.compile(r"      \{ user: gym-b, .*?\n      \} \}\n", re.DOTALL)


class Centre:
    """gyms: sites that may log in with brokers of their own. PostgreSQL has its defaults."""

    def __init__(self, stack: ExitStack, folder: Path, gyms: Sequence[str]) -> None:
        self.folder = folder
        self.brokers = Brokers(folder, examples=_examples(folder, gyms))
        stack.callback(self.brokers.stop)
        self.brokers.start()
        self.postgres = Postgres(())
        stack.callback(self.postgres.remove)
        self.postgres.start()

    def empty(self) -> None:
        """An empty stream, as `chain prepare` makes it, but open to who publishes into it."""
        asyncio.run(self._empty())

    def take_in(self, gyms: Sequence[str]) -> None:
        asyncio.run(prepare(self.brokers.centre("manager"), gyms, []))

    def kept(self) -> tuple[int, int]:
        """Messages and their bytes in the stream, of one replica."""
        state = asyncio.run(self._ask("INFO"))["state"]
        return int(state["messages"]), int(state["bytes"])

    async def _empty(self) -> None:
        await prepare(self.brokers.centre("manager"), [], [])
        config = (await self._ask("INFO"))["config"]
        await self._ask("UPDATE", config | {"subjects": ["chain.>"]})
        await self._ask("PURGE")

    async def _ask(self, what: str, payload: object = None) -> dict[str, Any]:
        client = await connect_to(self.brokers.centre("manager"))
        try:
            return await request(client, f"$JS.API.STREAM.{what}.{STREAM}", payload)
        finally:
            await client.close()


def _examples(folder: Path, gyms: Sequence[str]) -> Path:
    """node.conf as it stands; accounts.conf with an entry for each gym, made from gym-b's."""
    copy = folder / "config"
    copy.mkdir()
    (copy / "node.conf").write_text((EXAMPLES / "node.conf").read_text())
    accounts = (EXAMPLES / "accounts.conf").read_text()
    entry = _GYM.search(accounts)
    assert entry, "gym-b has no entry in accounts.conf"
    new = "".join(
        entry[0].replace("$CHAIN_GYM_B_PASSWORD", f'"p-CHAIN_{_shouted(gym)}_PASSWORD"').replace("gym-b", gym)
        for gym in gyms
    )
    (copy / "accounts.conf").write_text(accounts.replace(entry[0], entry[0] + new))
    return copy


def _shouted(gym: str) -> str:
    return gym.upper().replace("-", "_")
