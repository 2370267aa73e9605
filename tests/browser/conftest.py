"""A real server on a free port, a real browser, and a lifter who plays in real time or faster."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from sensor_hub.access import Access
from sensor_hub.app.athletes.people import People
from sensor_hub.app.review.coaching import Coaching
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.app.review.gyms import Gyms
from sensor_hub.app.review.rescoring import Rescoring
from sensor_hub.store import Store
from sensor_hub.web import LiveFeed, PairingDesk, create_app, serve
from tests.web.lifter import LiftingSet
from tests.web.memory import MemoryStore

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--host-resolver-rules=MAP hub.example 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000
"""A busy computer's: five seconds, as Playwright has it, are too few on one."""
PHONE = {"width": 390, "height": 844}
WALL = {"width": 1920, "height": 1080}

expect.set_options(timeout=PATIENCE_MS)

Pairing = Callable[[], contextlib.AbstractAsyncContextManager[PairingDesk | None]]


@dataclass(frozen=True)
class Kept:
    """A real store, and the desks on it."""

    store: Store
    people: People
    coaching: Coaching
    correcting: Correcting
    rescoring: Rescoring | None = None


class Site:
    """The pages of a hub, served from a thread of their own; `feed` and `store` are what they show."""

    def __init__(
        self,
        port: int = 0,
        pairing: Pairing = contextlib.nullcontext,
        access: Access | None = None,
        kept: Kept | None = None,
    ) -> None:
        self._access = access
        self._kept = kept
        self.feed = LiveFeed()
        self.store = MemoryStore()
        self._loop = asyncio.new_event_loop()
        self._address: Future[str] = Future()
        self._serving = self._loop.create_task(self._serve(port, pairing))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.url = self._address.result(5)

    def stop(self) -> float:
        """Seconds it took."""
        began = time.monotonic()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._serving.cancel)
        self._thread.join(5)
        assert not self._thread.is_alive()
        return time.monotonic() - began

    async def _serve(self, port: int, pairing: Pairing) -> None:
        async with pairing() as desk:
            if kept := self._kept:
                desks = {"people": kept.people, "coaching": kept.coaching, "correcting": kept.correcting}
                desks |= {"rescoring": kept.rescoring, "gyms": Gyms(kept.store)}
                app = create_app(self.feed, kept.store, desk, self._access, **desks)
            else:
                app = create_app(self.feed, self.store, desk, self._access)
            await serve(app, "127.0.0.1", port, ready=self._address.set_result)

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._serving)
        self._loop.close()


@dataclass
class Player:
    """Says a set's messages at their time. `hold` keeps saying the last live, so that it stays fresh."""

    feed: LiveFeed
    _stopped: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def play(
        self, lifting: LiftingSet, speed: float = 1.0, until_s: float = float("inf"), hold: bool = False
    ) -> None:
        """Returns at once. until_s: the device instant to stop at."""
        for message in lifting.began():
            self.feed.offer(message)
        thread = threading.Thread(target=self._say, args=(lifting, speed, until_s, hold), daemon=True)
        self._threads.append(thread)
        thread.start()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(60)

    def stop(self) -> None:
        self._stopped.set()
        self.wait()

    def _say(self, lifting: LiftingSet, speed: float, until_s: float, hold: bool) -> None:
        began = time.monotonic()
        last = None
        for at_s, message in lifting.messages():
            if at_s > until_s or self._stopped.is_set():
                break
            wait_s = began + (at_s - lifting.start_s) / speed - time.monotonic()
            if wait_s > 0 and self._stopped.wait(wait_s):
                return
            self.feed.offer(message)
            last = message if message.id.endswith("live") else last
        while hold and last is not None and not self._stopped.wait(0.05):
            self.feed.offer(last)


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    yield served
    served.stop()


@pytest.fixture
def player(site: Site) -> Iterator[Player]:
    lifter = Player(site.feed)
    yield lifter
    lifter.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For a module at a time: while it lives its event loop runs, and no asynchronous test could."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """Pages that must neither ask another origin for anything nor complain in the console."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context = context
        self.origin = origin
        self.complaints: list[str] = []

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.on("request", lambda request: self._check(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.goto(self.origin + path)
        return page

    def _check(self, url: str) -> None:
        if not url.startswith(self.origin + "/"):
            self.complaints.append(f"asked for {url}")


Screen = Callable[..., Watched]


@pytest.fixture
def screen(chromium: Browser, site: Site) -> Iterator[Screen]:
    """Makes a screen: `screen(PHONE, dark=True, calm=True)`; at the end none of its pages may have complained."""
    made: list[Watched] = []

    def make(
        size: dict[str, int] = PHONE, dark: bool = False, calm: bool = False, locale: str = "en-GB"
    ) -> Watched:
        context = chromium.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            locale=locale,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
        )
        made.append(Watched(context, site.url))
        return made[-1]

    yield make
    for watched in made:
        watched.context.close()
    assert [watched.complaints for watched in made] == [[] for _ in made]
