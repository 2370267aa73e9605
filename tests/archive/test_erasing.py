"""Who is erased goes out of the archive's files as out of the store, and nothing else does."""

from datetime import timedelta
from pathlib import Path

import pytest

from sensor_hub.archive.cuts import Cut, archive_cuts
from sensor_hub.archive.erasing import Reached, erase_from_archive
from sensor_hub.archive.place import Archive
from sensor_hub.archive.taking import archive_days
from sensor_hub.store import Erased, Store
from tests.store.conftest import EVENING
from tests.store.test_erasing import ANNA, BEN, LATER, erase, evening_of


@pytest.fixture
def archive(tmp_path: Path, file_store: Store) -> Archive:
    """Of two evenings: one on which Anna and Ben took turns, and one of Anna's alone."""
    file_store.record([*evening_of(ANNA, BEN, ANNA, BEN), *evening_of(ANNA, name="annas", days=1)])
    archive = Archive.open(f"file://{tmp_path}/archive")
    assert [one.rows for one in archive_days(file_store, archive, LATER)] == [50 * 200] * 2
    return archive


def reach(archive: Archive, erased: Erased) -> Reached:
    return erase_from_archive(archive, [Cut.model_validate(one) for one in archive_cuts(erased.spans)], LATER)


def placed(archive: Archive, session: str, day: int = 0) -> list[tuple[float, int | None]]:
    found = archive.session("gym", session, "press-1", EVENING + timedelta(days=day), None)
    return [((one.stored.time - EVENING).total_seconds(), one.stored.lost) for one in found]


def test_what_is_left_is_what_the_store_has_left(file_store: Store, archive: Archive) -> None:
    before = {part.path for part in archive.parts()}
    erased = erase(file_store)
    reached = reach(archive, erased)
    left = file_store.samples("evening")
    assert placed(archive, "evening") == [((one.time - EVENING).total_seconds(), one.lost) for one in left]
    assert {lost for _, lost in placed(archive, "evening")} == {0, None}
    assert placed(archive, "annas", day=1) == []
    (part,) = archive.parts()
    assert part.path not in before
    assert reached == Reached(rewritten=1, deleted=1, chunks=100 - len(left))
    with archive.reading(part) as file:
        file.verified()
        assert file.facts["erased"] == [{"at": LATER.isoformat(), "chunks": 50 - len(left)}]
        assert list(file.facts["sessions"]) == ["evening"]


def test_to_do_it_again_changes_nothing(file_store: Store, archive: Archive) -> None:
    erased = erase(file_store)
    reach(archive, erased)
    (part,) = archive.parts()
    assert reach(archive, erased) == Reached()
    assert archive.parts() == [part]


def test_what_an_attempt_that_died_has_left_goes_too(file_store: Store, archive: Archive) -> None:
    folder = Path(archive.parts()[0].path).parent
    (folder / "0123456789abcdef.beside").write_bytes(b"annas samples")
    reach(archive, erase(file_store))
    assert [path.suffix for path in folder.iterdir()] == [".parquet"]


def test_nobody_is_named_in_an_archive(archive: Archive) -> None:
    for part in archive.parts():
        whole = Path(part.path).read_bytes()
        assert not {ANNA, BEN} & {word for word in (ANNA, BEN) if word.encode() in whole}
        with archive.reading(part) as file:
            assert ANNA not in str(file.facts) + str(list(file.groups()))
