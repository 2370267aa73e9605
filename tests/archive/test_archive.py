"""Raw samples of days that are over go into Parquet files: exact, once, verified, readable by anybody."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest
from fsspec import AbstractFileSystem, register_implementation
from pyarrow import dataset
from sqlalchemy import delete

from sensor_hub.archive.place import Archive
from sensor_hub.archive.taking import Taken, archive_days, due
from sensor_hub.errors import ArchiveError, StoreError
from sensor_hub.model import Samples
from sensor_hub.store import Limit, Retention, Store, Stored, StoredSamples, tables
from tests.store.conftest import EVENING, Lifter, counts_block

NEXT_DAY = EVENING + timedelta(hours=8)
LAST = EVENING.replace(hour=23, minute=59, second=30)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(f"file://{tmp_path}/archive")


def take(store: Store, archive: Archive, now: datetime = NEXT_DAY, **more: Any) -> list[Taken]:
    return list(archive_days(store, archive, now, **more))


def turning(count: int = 120) -> Samples:
    """Doubles that are no counts, from a sensor that turns, too, and does not date its samples."""
    random = np.random.default_rng(5)
    time_s = np.round(7.0 + np.cumsum(random.uniform(0.009, 0.011, count)), 6)
    gyro = random.normal(0, 1, (count, 3)).astype(np.float32).astype(np.float64)
    return Samples(time_s, random.normal(0, 9, (count, 3)), gyro, 0.0, True, 0.0021)


def same(one: StoredSamples, other: StoredSamples) -> bool:
    a, b = one.samples, other.samples
    numbers = [(each.resolution_mps2, each.saturated, each.time_sigma_s) for each in (a, b)]
    gyro = (a.gyro_radps is None) == (b.gyro_radps is None)
    if gyro and a.gyro_radps is not None and b.gyro_radps is not None:
        gyro = np.array_equal(a.gyro_radps, b.gyro_radps)
    exact = np.array_equal(a.time_s, b.time_s) and np.array_equal(a.accel_mps2, b.accel_mps2)
    heading = (one.time, one.sensor, one.lost) == (other.time, other.sensor, other.lost)
    return bool(heading and exact and gyro and numbers[0] == numbers[1])


def of_session(archive: Archive, lifter: Lifter, ended: datetime | None = None) -> list[StoredSamples]:
    found = archive.session(lifter.site, lifter.session, lifter.machine, lifter.began, ended)
    return [one.stored for one in found]


@pytest.fixture
def evening(store: Store, lifter: Lifter) -> Store:
    return filled(store, lifter)


@pytest.fixture
def evening_file(file_store: Store, lifter: Lifter) -> Store:
    return filled(file_store, lifter)


def filled(store: Store, lifter: Lifter) -> Store:
    """Counts, doubles, a hole of known and one of unknown length, on both sides of midnight."""
    lifter.began = LAST
    store.record(
        [*lifter.whole_session(), lifter.raw(0.0, counts_block()), lifter.raw(2.0, counts_block(seed=2), lost=7)]
    )
    store.record([lifter.raw(4.0, turning(), lost=None), lifter.raw(40.0, counts_block(seed=3))])
    return store


@pytest.mark.parametrize("protocol", ["file", "memory"])
def test_what_comes_back_is_what_went_in(evening: Store, lifter: Lifter, tmp_path: Path, protocol: str) -> None:
    archive = Archive.open(f"{protocol}://{tmp_path}/archive")
    now = LAST + timedelta(days=2)
    assert [(one.due.day, one.due.chunks) for one in take(evening, archive, now)] == [
        (date(2026, 3, 2), 3),
        (date(2026, 3, 3), 1),
    ]
    before, after = evening.samples(lifter.session), of_session(archive, lifter)
    assert [one.lost for one in after] == [0, 7, None, 0]
    assert all(same(one, other) for one, other in zip(before, after, strict=True))
    for one, other in zip(before, after, strict=True):
        assert one.samples.accel_mps2.flags.f_contiguous == other.samples.accel_mps2.flags.f_contiguous


def test_a_day_is_taken_when_it_is_over_and_only_once(evening: Store, archive: Archive) -> None:
    midnight = LAST + timedelta(seconds=30)
    assert take(evening, archive, midnight + timedelta(minutes=59)) == []
    assert [one.due.chunks for one in take(evening, archive, midnight + timedelta(minutes=61))] == [3]
    assert take(evening, archive, midnight + timedelta(hours=2)) == []
    assert [one.due.chunks for one in take(evening, archive, midnight + timedelta(hours=26))] == [1]
    assert len(archive.parts()) == 2


def test_what_comes_late_gets_a_file_of_its_own(evening: Store, archive: Archive, lifter: Lifter) -> None:
    take(evening, archive)
    evening.record([lifter.raw(10.0, counts_block(seed=4))])
    assert [(one.due.day, one.due.chunks) for one in take(evening, archive)] == [(date(2026, 3, 2), 1)]
    assert [one.day for one in archive.parts("gym")] == [date(2026, 3, 2)] * 2
    assert [(one.time - LAST).total_seconds() for one in of_session(archive, lifter)] == [0.0, 2.0, 4.0, 10.0]


def test_where_marks_were_lost_the_same_file_is_made_again(
    evening: Store, archive: Archive, lifter: Lifter
) -> None:
    """As after a crash between the file's name and the mark, or with a store that was brought back."""
    (first,) = take(evening, archive)
    with evening.transaction() as connection:
        connection.execute(delete(tables.cursor))
    (again,) = take(evening, archive)
    assert again.part == first.part
    evening.record([lifter.raw(11.0, counts_block(seed=5))])
    with evening.transaction() as connection:
        connection.execute(delete(tables.cursor))
    assert [one.due.chunks for one in take(evening, archive)] == [4]
    assert len(archive.parts()) == 2
    assert len(of_session(archive, lifter)) == 4


def test_two_sites_and_machines_share_nothing_but_the_archive(store: Store, archive: Archive) -> None:
    for site, machine in (("south", "press-2"), ("north", "press-1"), ("south", "press-1")):
        lifter = Lifter(session=f"{site}-{machine}", site=site, machine=machine)
        store.record(
            [lifter.session_(), lifter.raw(0.0, counts_block()), lifter.raw(2.0, counts_block(), session=None)]
        )
    assert [(one.due.site, one.due.chunks) for one in take(store, archive)] == [("north", 2), ("south", 4)]
    (part,) = archive.parts("south")
    with archive.reading(part) as file:
        found = [(one.machine, one.session) for group in file.groups() for one in group]
        facts = file.facts
    assert found == [
        ("press-1", "south-press-1"),
        ("press-1", None),
        ("press-2", "south-press-2"),
        ("press-2", None),
    ]
    assert list(facts["sessions"]) == ["south-press-1", "south-press-2"]
    assert archive.session("south", "south-press-1", "press-2", EVENING, None) == []


def test_a_stranger_reads_it_without_this_program(evening_file: Store, archive: Archive, lifter: Lifter) -> None:
    profile = {"first": "eccentric", "incline_deg": 45.0}
    (taken,) = take(evening_file, archive, profiles=lambda site, machine: profile)
    found = dataset.dataset(archive.url.removeprefix("file://"), partitioning="hive", exclude_invalid_files=True)
    table = found.to_table(filter=(pc.field("site") == "gym") & (pc.field("session") == lifter.session))
    assert len(table) == 320
    units = {field.name: (field.metadata or {}).get(b"unit") for field in found.schema}
    assert (units["ax"], units["gx"], units["device_us"]) == ("m/s²".encode(), b"rad/s", "µs".encode())
    first = evening_file.samples(lifter.session)[0]
    assert table["ax"].to_pylist()[:100] == first.samples.accel_mps2[:, 0].tolist()
    assert table["time"].to_pylist()[99] == first.time.astimezone(UTC) + timedelta(seconds=0.99)
    assert table["gx"].null_count == 200
    with archive.reading(taken.part) as file:
        assert file.facts["machines"] == {"press-1": profile}
        assert file.facts["sessions"][lifter.session]["started"] == LAST.isoformat()
        assert file.facts["sensors"]["AA"]["family"] == "sled"


def test_a_file_that_is_damaged_is_found(evening_file: Store, archive: Archive) -> None:
    (taken,) = take(evening_file, archive)
    path = Path(taken.part.path)
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], whole[:200] + bytes(64) + whole[264:], b""):
        path.write_bytes(broken)
        with pytest.raises(ArchiveError, match="is damaged"), archive.reading(taken.part) as file:
            file.verified()
    path.write_bytes(whole)
    with archive.reading(taken.part) as file:
        assert file.verified().chunks == 3


def test_who_is_erased_meanwhile_is_not_archived(evening: Store, archive: Archive, lifter: Lifter) -> None:
    def erase(chunks: int) -> None:
        with evening.transaction() as connection:
            connection.execute(delete(tables.raw).where(tables.raw.c.lost == 7))

    with pytest.raises(StoreError, match="erased while they were archived"):
        take(evening, archive, progressed=erase)
    assert archive.parts() == []
    assert [one.due.chunks for one in take(evening, archive)] == [2]
    assert len(of_session(archive, lifter)) == 2


def test_half_a_file_counts_nothing(evening_file: Store, archive: Archive) -> None:
    assert take(evening_file, archive, stopped=lambda: True) == []
    day = Path(archive.url.removeprefix("file://")) / "site=gym" / "day=2026-03-02"
    assert list(day.iterdir()) == []
    (day / "0123456789abcdef.beside").write_bytes(b"PAR1")
    assert archive.parts() == []
    assert len(due(evening_file, archive, NEXT_DAY)) == 1


def test_raw_samples_stay_in_the_store_until_the_archive_has_them(evening: Store, archive: Archive) -> None:
    later = LAST + timedelta(days=30)
    raw = {Stored.RAW: Limit.parse("10 days")}
    assert Retention(evening, raw, archive=archive.name).sweep(later).raw == 0
    take(evening, archive)
    assert Retention(evening, raw, archive="archive of another name").sweep(later).raw == 0
    assert Retention(evening, raw, archive=archive.name).sweep(later).raw == 3
    whole = {Stored.REPS: Limit.parse("10 days")}
    swept = Retention(evening, whole, archive=archive.name).sweep(later)
    assert (swept.sessions, swept.waiting) == (0, 1)
    take(evening, archive, later)
    swept = Retention(evening, whole, archive=archive.name).sweep(later)
    assert (swept.raw, swept.sessions, swept.waiting) == (1, 1, 0)


def test_marks_of_days_do_not_pile_up(store: Store, archive: Archive) -> None:
    for day in range(5):
        lifter = Lifter(session=f"day-{day}", began=EVENING + timedelta(days=day), seq=100 * day)
        store.record([lifter.session_(), lifter.raw(0.0, counts_block())])
        take(store, archive, EVENING + timedelta(days=day, hours=8))
    with store.transaction() as connection:
        assert len(connection.execute(tables.cursor.select()).all()) == 1


def test_an_archive_keeps_its_name_and_another_has_another(archive: Archive, tmp_path: Path) -> None:
    assert Archive.open(archive.url).name == archive.name
    assert Archive.open(f"file://{tmp_path}/another").name != archive.name


class UnreachableError(Exception):
    """As botocore has them: no OSError."""


class Cloud(AbstractFileSystem):
    def info(self, path: str, **_: Any) -> Any:
        raise UnreachableError("no route")


def test_what_a_places_own_package_raises_is_told_as_well() -> None:
    register_implementation("cloud", Cloud, clobber=True)
    with pytest.raises(ArchiveError, match="cloud://archive cannot be used: no route"):
        Archive.open("cloud://archive")


@pytest.mark.parametrize("place", ["nowhere://archive", "file:///proc/version/archive"])
def test_a_place_that_cannot_be_used_is_a_sentence(place: str) -> None:
    with pytest.raises(ArchiveError, match="cannot be used"):
        Archive.open(place)


def test_an_archive_of_a_newer_format_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "archive.json").write_text('{"format": "sensor-hub-archive/9", "archive": "00"}')
    with pytest.raises(ArchiveError, match="sensor-hub-archive/9"):
        Archive.open(f"file://{tmp_path}")
