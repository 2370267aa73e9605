"""Takes spans of time out of an archive's files.

1. Looked through are the files of the days on which a cut lies, and of the day after it.
2. A chunk that overlaps a cut goes, of its session or of none, as it went from the store. Of the first one after the
   cut nobody knows any more how much is missing before it.
3. A file that loses something is written anew without it, read back, and only then is the old one deleted; one of which
   nothing is left is deleted.
4. It may be done again at any time: what is gone already changes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sensor_hub.archive.columns import Chunk
from sensor_hub.archive.cuts import Cut
from sensor_hub.archive.part import PartFile
from sensor_hub.archive.place import Archive, Part
from sensor_hub.store import LONGEST_CHUNK_S

DAY = timedelta(days=1)


@dataclass(slots=True)
class Reached:
    rewritten: int = 0
    deleted: int = 0
    chunks: int = 0

    def in_words(self) -> str:
        return (
            f"{self.rewritten} files written anew, {self.deleted} deleted, {self.chunks} chunks of samples gone."
        )


def erase_from_archive(archive: Archive, cuts: Sequence[Cut], now: datetime) -> Reached:
    """Raises ArchiveError."""
    reached = Reached()
    by_site: dict[str, list[Cut]] = defaultdict(list)
    for cut in cuts:
        by_site[cut.site].append(cut)
    for site, of_site in by_site.items():
        parts = [part for day in _days(of_site) for part in _swept(archive, site, day)]
        blind = _after_cuts(archive, parts, of_site)
        for part in parts:
            _rewrite(archive, part, of_site, blind, now, reached)
    return reached


def _days(cuts: Sequence[Cut]) -> list[date]:
    days: set[date] = set()
    for cut in cuts:
        first, last = (cut.started - timedelta(seconds=LONGEST_CHUNK_S)).date(), (cut.ended + DAY).date()
        days |= {first + number * DAY for number in range((last - first).days + 1)}
    return sorted(days)


def _swept(archive: Archive, site: str, day: date) -> list[Part]:
    archive.sweep(site, day)
    return archive.parts(site, day)


def _after_cuts(archive: Archive, parts: Sequence[Part], cuts: Sequence[Cut]) -> Collection[str]:
    """Ids of the first chunk after each cut, but of those that leave nothing."""
    first: dict[Cut, Chunk] = {}
    shared = [cut for cut in cuts if not cut.is_whole]
    for part in parts:
        with archive.reading(part) as file:
            for one in _near(file, shared):
                behind = [
                    cut for cut in shared if cut.touches(one.machine, one.session) and one.stored.time >= cut.ended
                ]
                first |= {
                    cut: one for cut in behind if cut not in first or one.stored.time < first[cut].stored.time
                }
    return {one.id for one in first.values() if one.stored.lost is not None}


def _near(file: PartFile, cuts: Sequence[Cut]) -> Iterator[Chunk]:
    for machine in sorted({cut.machine for cut in cuts}):
        for group in file.groups(machine):
            yield from (one for one in group if one.machine == machine)


def _rewrite(
    archive: Archive, part: Part, cuts: Sequence[Cut], blind: Collection[str], now: datetime, reached: Reached
) -> None:
    with archive.reading(part) as file:
        gone = {one.id for one in _near(file, cuts) if _goes(one, cuts)}
        touched = bool(gone) or any(one.id in blind for one in _near(file, cuts))
        if touched and len(gone) < file.summary.chunks:
            facts = _facts_left(file, gone, now)
            archive.keep(archive.write(part.site, part.day, _left(file, gone, blind), facts))
            reached.rewritten += 1
        elif touched:
            reached.deleted += 1
    if touched:
        archive.drop(part)
        reached.chunks += len(gone)


def _goes(one: Chunk, cuts: Sequence[Cut]) -> bool:
    time_s = one.stored.samples.time_s
    lasts_s = float(time_s[-1] - time_s[0])
    return any(cut.touches(one.machine, one.session) and cut.overlaps(one.stored.time, lasts_s) for cut in cuts)


def _left(file: PartFile, gone: Collection[str], blind: Collection[str]) -> Iterator[list[Chunk]]:
    for group in file.groups():
        left = [_blind(one) if one.id in blind else one for one in group if one.id not in gone]
        if left:
            yield left


def _blind(one: Chunk) -> Chunk:
    return replace(one, stored=replace(one.stored, lost=None))


def _facts_left(file: PartFile, gone: Collection[str], now: datetime) -> Mapping[str, object]:
    left = {one.session for group in file.groups() for one in group if one.id not in gone}
    facts = {
        name: value for name, value in file.facts.items() if name not in ("format", "chunks", "rows", "digest")
    }
    sessions = {name: said for name, said in facts["sessions"].items() if name in left}
    return {**facts, "sessions": sessions, "erased": [*facts.get("erased", []), {"at": now, "chunks": len(gone)}]}
