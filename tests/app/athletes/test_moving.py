"""A hub moves to an empty machine, from either kind of database to either: it shows there what it showed here."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from fastapi import FastAPI

from sensor_hub.access import Access, AccessFile, Role
from sensor_hub.app.floor.enrolment import Enrolment, EnrolmentFile
from sensor_hub.app.keeping.backup import BESIDE, STORE, Manifest
from sensor_hub.app.measuring.battery import Battery
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.cli import main
from sensor_hub.engine import Profile
from sensor_hub.link.bonds import open_bonds
from sensor_hub.store import Store, add_analysis
from sensor_hub.web import LiveFeed, create_app
from tests.app.running.test_doctor import SENSOR
from tests.postgres import PASSWORD, Postgres
from tests.store.conftest import EVENING, Lifter, counts_block

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
WORDS = "four words in a row"
ROOT = Path(__file__).parents[3]
STAYS = {"outbox/", "journal/", "broker/", "before-restore-*", "recorder-name", "orders-name"}
"""Of the data folder: what is under way to the store, what brokers make anew, and what a restore put aside."""


from_a_file = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Place:
    """A data folder, and settings beside it that name the database."""

    folder: Path
    url: str

    def say(self, *arguments: str | Path) -> Result:
        options = ["--config", str(self.folder.with_suffix(".toml")), "--data", str(self.folder)]
        return CliRunner().invoke(main, [*map(str, arguments), *options])


def place(folder: Path, url: str) -> Place:
    folder.mkdir()
    folder.with_suffix(".password").write_text(PASSWORD, encoding="utf-8")
    folder.with_suffix(".toml").write_text(
        f'[store]\nurl = "{url.replace(f":{PASSWORD}", "")}"\npassword_file = "{folder.with_suffix(".password")}"\n',
        encoding="utf-8",
    )
    return Place(folder, url)


@pytest.fixture
def here(store_url: str, tmp_path: Path) -> Place:
    """A hub after an evening: one sensor paired and moved, accounts, a bond, a battery, two versions of a session."""
    made = place(tmp_path / "here", store_url)
    lifter, store = Lifter(), Store.open(store_url)
    store.record([*lifter.whole_session(), lifter.raw(0.0, counts_block())])
    record = store.session("evening")
    assert record is not None
    with store.transaction() as connection:
        add_analysis(connection, "evening", NOON, "0.1.0", record.sets, record.reps[:4])
    store.close()
    MachineProfile(made.folder, "gym", "press-1").write(Profile(incline_deg=44.9, sets=3))
    enrolment = EnrolmentFile(made.folder)
    report = {"pairings/gym.press-1.json": json.dumps({"at": NOON.isoformat(), "findings": []})}
    enrolment.write(Enrolment((SENSOR,)), "sled-01 put on press-1.", NOON, report)
    enrolment.write(Enrolment((SENSOR,)).moved("sled-01", "press-2"), "sled-01 moved to press-2.", NOON)
    AccessFile(made.folder).add_account("anna", Role.COACH, WORDS)
    open_bonds(made.folder / "bonds")
    Battery(made.folder / "batteries" / "c0-ff.json").observe(80, 0.0)
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty machine."""
    if request.param == "sqlite":
        yield place(tmp_path / "there", f"sqlite:///{tmp_path}/there/hub.db")
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.new_database()
    yield place(tmp_path / "there", server.url_of(name))
    server.drop(name)


def shown(at: Place) -> dict[str, Any]:
    """What a person sees of it: by the commands, and logged in on the pages."""
    said = [
        at.say("sessions", "--json"),
        at.say("sessions", "evening", "--json"),
        at.say("export", "json", at.folder / "all.json"),
        at.say("export", "recordings", at.folder / "raw", "--session", "evening"),
        at.say("profile", "show", "press-1", "--site", "gym"),
        at.say("user", "list"),
    ]
    assert [one.exit_code for one in said] == [0] * len(said), [one.output for one in said]
    exported = json.loads((at.folder / "all.json").read_text(encoding="utf-8"))
    store = Store.open(at.url)
    pages = asyncio.run(fetched(create_app(LiveFeed(), store, access=Access(AccessFile(at.folder)))))
    store.close()
    return {
        "said": [one.output.replace(str(at.folder), "") for one in said],
        "sessions": exported["sessions"],
        "pages": pages,
        "files": {
            str(path.relative_to(at.folder)): path.read_bytes()
            for pattern in BESIDE[Manifest.model_fields["format"].default]
            for path in at.folder.glob(pattern)
        },
    }


async def fetched(app: FastAPI) -> list[tuple[int, object]]:
    paths = ["/api/machines", "/api/sessions", "/api/sessions/evening", "/api/sessions/evening/motion"]
    paths += [f"/api/raw/press-1?start={EVENING:%Y-%m-%dT%H:00:00Z}&end={EVENING:%Y-%m-%dT%H:01:00Z}"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as browser:
        login = await browser.post("/api/login", json={"name": "anna", "password": WORDS})
        answers = [login, *[await browser.get(path) for path in paths]]
    return [(one.status_code, one.json()) for one in answers]


def test_what_is_shown_here_is_shown_there(here: Place, there: Place, tmp_path: Path) -> None:
    made, brought = here.say("backup", tmp_path / "kept.zip"), there.say("restore", tmp_path / "kept.zip")
    assert (made.exit_code, brought.exit_code) == (0, 0), made.output + brought.output
    seen = shown(here)
    assert shown(there) == seen
    assert [status for status, _ in seen["pages"]] == [200] * 6
    assert len(seen["files"]) == 7
    assert [there.say("undo").output, there.say("undo").output] == [
        here.say("undo").output,
        here.say("undo").output,
    ]


@from_a_file
def test_what_is_restored_goes_on(here: Place, there: Place, tmp_path: Path) -> None:
    here.say("backup", tmp_path / "kept.zip")
    there.say("restore", tmp_path / "kept.zip")
    store = Store.open(there.url)
    tomorrow = Lifter(session="tomorrow", machine="press-9", began=EVENING + timedelta(days=1))
    store.record([*tomorrow.whole_session(), tomorrow.rep(1, 9).model_copy(update={"seq": 2**70})])
    assert [one.rep_count for one in store.sessions()] == [6, 4]
    assert {one.machine: one.session_count for one in store.machines()} == {"press-1": 1, "press-9": 1}
    store.close()


@from_a_file
def test_sessions_there_are_replaced_only_where_told_and_kept(here: Place, there: Place, tmp_path: Path) -> None:
    here.say("backup", tmp_path / "kept.zip")
    old = Store.open(there.url)
    old.record(Lifter(session="before").whole_session())
    assert "is in use. Stop the hub first" in there.say("restore", tmp_path / "kept.zip", "--replace").output
    old.close()
    refused = there.say("restore", tmp_path / "kept.zip")
    assert (refused.exit_code, "--replace" in refused.output, PASSWORD in refused.output) == (7, True, False)
    assert there.say("restore", tmp_path / "kept.zip", "--replace").exit_code == 0
    assert shown(there) == shown(here)
    (aside,) = there.folder.glob("before-restore-*")
    kept = Store.open(aside / STORE)
    assert [one.session for one in kept.sessions()] == ["before"]
    kept.close()


@from_a_file
def test_an_older_backup_leaves_alone_what_it_never_kept(here: Place, tmp_path: Path) -> None:
    file = ROOT / "tests" / "app" / "keeping" / "kept" / "backup-1.zip"
    assert here.say("restore", file, "--replace").exit_code == 0
    assert here.say("user", "list").output.startswith("anna")
    assert "evening" in here.say("sessions").output


def test_everything_on_disk_is_kept_or_stays_for_a_reason() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## On disk")[2].partition("\n\nA machine")[0]
    named = {
        name for cell in re.findall(r"^\|(.+?)\|", table, re.MULTILINE) for name in re.findall(r"`(.+?)`", cell)
    }
    kept = {pattern.partition("/")[0] for pattern in BESIDE[Manifest.model_fields["format"].default]} | {STORE}
    assert {name for name in named if name.rstrip("/") not in kept} == STAYS
