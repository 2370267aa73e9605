"""A gym's side of erasures in a chain: it tells the centre of its own, and follows the centre's.

1. An erasure that was asked for here is told with `forgotten`, through the gym's broker, which keeps it while the line
   is down; again every quarter of an hour until the centre has named the athlete.
2. Whom the centre names in a `forget` is erased here, if that is not done yet; where it asks, it is told how far that
   is. The centre asks until nothing is outstanding.
"""

import queue
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sensor_hub.app.athletes.erasing import CENTRE, Erasing
from sensor_hub.bus import Ack, Caller
from sensor_hub.errors import BusError
from sensor_hub.messages import MOST_SETS, WHOLE_GYM, ErasedSet, ForgetMessage, ForgottenMessage, Message
from sensor_hub.store import Part, Store, asked_at, news_of, parts_of, settle

AGAIN = timedelta(minutes=15)
UNHEARD = "The centre has not answered yet."
_MOST_HEARD = 1000
"""What is more is said again."""


class InGym:
    """For one thread, but for `hear`."""

    def __init__(
        self, store: Store, erasing: Erasing, caller: Caller, site: str, utc: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._erasing = erasing
        self._caller = caller
        self._site = site
        self._utc = utc
        self._heard: queue.Queue[ForgetMessage] = queue.Queue(_MOST_HEARD)
        self._told: dict[str, list[str]] = {}
        """What was outstanding of those who are not done, as the centre was told."""

    def hear(self, message: Message, ack: Ack) -> None:
        if isinstance(message, ForgetMessage) and not self._heard.full():
            self._heard.put(message)
        ack()

    def look(self, due: Sequence[Part]) -> None:
        """Raises StoreError."""
        while not self._heard.empty():
            self._follow(self._heard.get())
        for part in due:
            if part.part == CENTRE and (part.tried is None or part.tried < self._utc() - AGAIN):
                self._tell(part.athlete)
        for athlete, told in list(self._told.items()):
            if self._outstanding(athlete) != told:
                self._tell(athlete)

    def _follow(self, order: ForgetMessage) -> None:
        for gone in order.athletes:
            with self._store.transaction() as connection:
                is_new = asked_at(connection, gone.athlete) is None or bool(news_of(connection, order.sets))
            if is_new:
                self._erasing.take(gone.athlete, gone.asked, order.sets)
            if order.answer:
                self._tell(gone.athlete, known=True)
            elif not is_new:
                self._settle(gone.athlete, done=True, note=None)

    def _tell(self, athlete: str, *, known: bool = False) -> None:
        """How far it is here, and what the centre could not know by itself. known: the centre knows of the erasure."""
        outstanding = self._outstanding(athlete)
        with self._store.transaction() as connection:
            asked = asked_at(connection, athlete) or self._utc()
            works = [part.work or [] for part in parts_of(connection, athlete) if part.part == CENTRE]
        sets = [ErasedSet.model_validate(one) for work in works for one in work]
        try:
            for first in range(0, max(len(sets), 1), MOST_SETS):
                self._caller.call(self._forgotten(athlete, asked, sets[first : first + MOST_SETS], outstanding))
        except BusError as error:
            self._settle(athlete, done=False, note=str(error))
        else:
            self._settle(athlete, done=known, note=None if known else UNHEARD)
            self._told[athlete] = outstanding
            if not outstanding:
                del self._told[athlete]

    def _outstanding(self, athlete: str) -> list[str]:
        with self._store.transaction() as connection:
            parts = parts_of(connection, athlete)
        return [part.part for part in parts if part.done is None and part.part != CENTRE]

    def _forgotten(
        self, athlete: str, asked: datetime, sets: list[ErasedSet], outstanding: list[str]
    ) -> ForgottenMessage:
        now = self._utc()
        identity = f"{self._site}.forgotten.{athlete}.{now:%Y%m%dT%H%M%S.%fZ}"
        place = {"site": self._site, "machine": WHOLE_GYM, "id": identity, "seq": 0, "time": now}
        return ForgottenMessage(**place, athlete=athlete, asked=asked, sets=sets, outstanding=outstanding)

    def _settle(self, athlete: str, *, done: bool, note: str | None) -> None:
        with self._store.transaction() as connection:
            settle(connection, athlete, CENTRE, self._utc(), done=done, note=note)
