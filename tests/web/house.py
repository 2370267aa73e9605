"""A real server whose visitors must log in, and the people who do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from sensor_hub.access import SCREEN_RIGHTS, Access, AccessFile, Right, Role, Shared
from sensor_hub.web import LiveFeed, Tls, create_app, serve
from tests.web.lifter import SITE
from tests.web.memory import MemoryStore

PASSWORD = "four words in a row"


@dataclass
class House:
    url: str
    feed: LiveFeed
    store: MemoryStore
    file: AccessFile

    def client(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=10, trust_env=False)

    @contextlib.asynccontextmanager
    async def logged_in(self, role: Role) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of somebody whose account is named after the role."""
        if role.value not in [one.name for one in self.file.read().accounts]:
            self.file.add_account(role.value, role, PASSWORD)
        async with self.client() as client:
            answer = await client.post("/api/login", json={"name": role.value, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield client

    def with_token(self, *scopes: Right) -> httpx.AsyncClient:
        secret = self.file.add_token("script", frozenset(scopes), datetime.now(UTC))
        return self.client(Authorization=f"Bearer {secret}")

    def holder(self, session: str) -> httpx.AsyncClient:
        """Whoever has the link to a session, for a day."""
        now = datetime.now(UTC)
        _, secret = self.file.add_share(Shared(session, None, False, now + timedelta(days=1)), [], now, None)
        return self.client(Authorization=f"Bearer {secret}")

    def screen_link(self, machine: str) -> str:
        """The token behind it."""
        return self.file.add_token("screen", SCREEN_RIGHTS, datetime.now(UTC), (SITE, machine))


@contextlib.asynccontextmanager
async def house(folder: Path, trusting: bool = False, tls: Tls | None = None) -> AsyncIterator[House]:
    feed, store, file = LiveFeed(), MemoryStore(), AccessFile(folder)
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    app = create_app(feed, store, access=Access(file, trusting))
    serving = asyncio.create_task(serve(app, port=0, ready=url.set_result, tls=tls))
    try:
        yield House(await asyncio.wait_for(url, 5), feed, store, file)
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
