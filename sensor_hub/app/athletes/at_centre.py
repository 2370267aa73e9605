"""The centre's side of erasures in a chain: it takes in what gyms have erased, and tells all gyms.

1. What a gym has told, a worker has noted; here it is erased, and becomes the other gyms' to do.
2. A gym is told each minute until it has answered that nothing is outstanding. Hubs of a gym without a broker of its
   own are asked one by one, as in any gym.
3. What the stream still has is deleted at once, and again when all gyms are done, for what came from them meanwhile.
4. Each hour every gym is told all who were ever erased: one may have been away for long, or have come back from a
   backup.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from sensor_hub.app.athletes.erasing import STREAM, Erasing
from sensor_hub.app.athletes.remains import HEARD
from sensor_hub.app.keeping.forgetting import Unwanted
from sensor_hub.bus.herald import Herald
from sensor_hub.errors import BusError
from sensor_hub.messages import MOST_GONE, MOST_SETS, WHOLE_GYM, ErasedSet, ForgetMessage, Gone
from sensor_hub.store import (
    GYM,
    HUB,
    TOLD,
    Part,
    Store,
    add_erasure,
    all_gone,
    asked_at,
    hub_part,
    machines_heard,
    parts_of,
    settle,
)

SILENT = "It has not answered yet."
UNTIL_MORE = "The newest message of a gym stays until the next one is there."
ONCE_MORE = "Done once, and again when gyms and hubs are done."
ROUND = timedelta(hours=1)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class AtCentre:
    """For one thread."""

    def __init__(self, store: Store, erasing: Erasing, herald: Herald, utc: Callable[[], datetime]) -> None:
        self._store = store
        self._erasing = erasing
        self._herald = herald
        self._utc = utc
        self._told_all = _EVER

    def look(self, due: Sequence[Part]) -> None:
        """Raises StoreError."""
        for part in due:
            if part.part == TOLD:
                self._take(part)
        try:
            self._tell_gyms([part for part in due if part.part.startswith(GYM)])
            self._tell_all()
        except BusError as error:
            self._note([part for part in due if part.part.startswith(GYM)], str(error))
        for part in due:
            if part.part == STREAM:
                self._empty(part)

    def _take(self, part: Part) -> None:
        self._erasing.take(
            part.athlete, self._asked(part), [ErasedSet.model_validate(one) for one in part.work or []]
        )

    def _tell_gyms(self, due: Sequence[Part]) -> None:
        if not due:
            return
        gyms = self._herald.gyms()
        orders = []
        for part in due:
            site = part.part.removeprefix(GYM)
            if site in gyms:
                orders += self._orders(part, site)
            else:
                self._ask_hubs(part, site)
        self._herald.say(orders)
        self._note([part for part in due if part.part.removeprefix(GYM) in gyms], SILENT)

    def _orders(self, part: Part, site: str) -> list[ForgetMessage]:
        """It answers the last of them."""
        gone = [Gone(athlete=part.athlete, asked=self._asked(part))]
        sets = [ErasedSet.model_validate(one) for one in part.work or []]
        pages = [sets[first : first + MOST_SETS] for first in range(0, max(len(sets), 1), MOST_SETS)]
        return [self._order(site, gone, page, answer=page is pages[-1]) for page in pages]

    def _ask_hubs(self, part: Part, site: str) -> None:
        """A site without a broker of its own: what it has is at the centre, and in its hubs."""
        now = self._utc()
        with self._store.transaction() as connection:
            hubs = [hub for hub in machines_heard(connection, now - HEARD) if hub[0] == site]
            work: dict[str, Any] = {hub_part(*hub): [] for hub in hubs}
            for one in self._spans(connection, part.athlete):
                if one["site"] == site:
                    work.setdefault(hub_part(site, one["machine"]), []).append(
                        _set_of(one).model_dump(mode="json")
                    )
            add_erasure(connection, part.athlete, now, None, {}, work)
            settle(connection, part.athlete, part.part, now, done=True, note="Its hubs are asked one by one.")

    def _tell_all(self) -> None:
        if self._utc() < self._told_all + ROUND:
            return
        with self._store.transaction() as connection:
            gone = [Gone(athlete=athlete, asked=asked) for athlete, asked in all_gone(connection).items()]
        pages = [gone[first : first + MOST_GONE] for first in range(0, len(gone), MOST_GONE)]
        if pages:
            gyms = sorted(self._herald.gyms())
            self._herald.say([self._order(site, page, [], answer=False) for page in pages for site in gyms])
        self._told_all = self._utc()

    def _order(self, site: str, gone: list[Gone], sets: list[ErasedSet], *, answer: bool) -> ForgetMessage:
        now = self._utc()
        place = {"site": site, "machine": WHOLE_GYM, "id": f"{site}.forget.{now:%Y%m%dT%H%M%S.%fZ}", "seq": 0}
        return ForgetMessage(**place, time=now, athletes=gone, sets=sets, answer=answer)

    def _empty(self, part: Part) -> None:
        with self._store.transaction() as connection:
            waiting = any(
                one.done is None and one.part.startswith((GYM, HUB)) for one in parts_of(connection, part.athlete)
            )
        if waiting and part.note == ONCE_MORE:
            return
        machines = {(one["site"], one["machine"]) for one in part.work}
        sets = [_set_of(one) for one in part.work]
        try:
            count, kept = self._herald.take_out(machines, Unwanted(part.athlete, sets))
        except BusError as error:
            self._settle(part, done=False, note=str(error))
            return
        note = UNTIL_MORE if kept else ONCE_MORE if waiting else f"{count} messages at the last look."
        self._settle(part, done=not waiting and not kept, note=note)

    def _spans(self, connection: Connection, athlete: str) -> list[Any]:
        """All that was erased; it is known for as long as the stream is not done."""
        return [one for part in parts_of(connection, athlete) if part.part == STREAM for one in part.work or []]

    def _asked(self, part: Part) -> datetime:
        with self._store.transaction() as connection:
            return asked_at(connection, part.athlete) or self._utc()

    def _note(self, parts: Sequence[Part], note: str) -> None:
        for part in parts:
            self._settle(part, done=False, note=note)

    def _settle(self, part: Part, *, done: bool, note: str | None) -> None:
        with self._store.transaction() as connection:
            settle(connection, part.athlete, part.part, self._utc(), done=done, note=note)


def _set_of(work: Mapping[str, Any]) -> ErasedSet:
    """Of the stream's work."""
    return ErasedSet.model_validate({name: work[name] for name in ErasedSet.model_fields})
