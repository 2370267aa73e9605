"""Files that the pages hand out: who gets which, what is in them, and that nothing of them stays behind."""

import csv
import io
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi import HTTPException
from pyarrow import parquet

from sensor_hub.access import Role
from sensor_hub.app.export import single
from sensor_hub.messages import Message
from sensor_hub.web.download import Downloads
from tests.store.conftest import EVENING, Lifter
from tests.web.test_people import Gym
from tests.web.test_people import gym as gym


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def named(answer: httpx.Response) -> str:
    said = answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    return str(said).removeprefix('attachment; filename="').removesuffix('"')


def zipped(answer: httpx.Response) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return sorted(archive.namelist())


async def test_a_coach_takes_a_session_in_every_form(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        path = "/api/sessions/shared/export"
        table = await coach.get(path, params={"form": "csv"})
        assert (named(table), {row["athlete"] for row in rows(table)}) == ("shared.csv", {gym.anna, gym.ben})
        assert table.headers["content-type"] == "text/csv; charset=utf-8"
        document = await coach.get(path, params={"form": "json"})
        assert (named(document), len(document.json()["sessions"])) == ("shared.json", 1)
        columns = parquet.read_table(io.BytesIO((await coach.get(path, params={"form": "parquet"})).content))
        assert columns.column_names == list(rows(table)[0])
        fit = await coach.get(path, params={"form": "fit"})
        assert (named(fit), fit.content[8:12]) == ("shared.fit", b".FIT")
        assert (await coach.get("/api/sessions/none/export?form=csv")).status_code == 404
        for wrong in ("", "?form=recordings", "?form=zip", "?form=../csv"):
            assert (await coach.get(path + wrong)).status_code == 422, wrong


async def test_of_an_athlete_come_the_own_sets_alone(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        path = f"/api/athletes/{gym.ben}/export"
        table = await coach.get(path, params={"form": "csv"})
        assert named(table) == f"athlete-{gym.ben}.csv"
        assert {row["athlete"] for row in rows(table)} == {gym.ben}
        assert {row["session"] for row in rows(table)} == {"shared", "bens"}
        document = (await coach.get(path, params={"form": "json"})).text
        assert gym.anna not in document
        several = await coach.get(path, params={"form": "fit"})
        assert (named(several), zipped(several)) == (f"athlete-{gym.ben}.zip", ["bens.fit", "shared.fit"])
        everything = await coach.get(path)
        assert (named(everything), "athlete.json" in zipped(everything)) == (f"{gym.ben}.zip", True)
        assert (await coach.get("/api/athletes/zzzzzzzz/export?form=csv")).status_code == 404


async def test_an_athletes_own_account_takes_the_own_sets_and_nobody_elses(gym: Gym) -> None:
    async with gym.logged_in(Role.LIFTER, gym.anna) as anna:
        own = await anna.get("/api/sessions/shared/export?form=json")
        (session,) = own.json()["sessions"]
        assert ([one["number"] for one in session["sets"]], gym.ben in own.text) == ([1], False)
        assert {row["athlete"] for row in rows(await anna.get(f"/api/athletes/{gym.anna}/export?form=csv"))} == {
            gym.anna
        }
        assert (await anna.get("/api/sessions/bens/export?form=csv")).status_code == 404
        assert (await anna.get(f"/api/athletes/{gym.ben}/export?form=csv")).status_code == 403


async def test_a_lifter_without_a_name_takes_nothing(gym: Gym) -> None:
    async with gym.logged_in(Role.LIFTER) as lifter:
        for path in ("/api/sessions/shared/export?form=csv", f"/api/athletes/{gym.anna}/export?form=csv"):
            assert (await lifter.get(path)).status_code == 403, path


async def test_no_name_leads_elsewhere_and_no_text_is_a_formula(gym: Gym) -> None:
    evil = "..\\..\r\nSet-Cookie: a=b; =cmd"
    one = Lifter(session=evil, began=EVENING + timedelta(days=3))
    said: list[Message] = [one.rep(1, 1), one.set_(1, [None], 1)]
    gym.store.record([*said, one.session_(900.0).model_copy(update={"sensor": "=HYPERLINK(1)"})])
    async with gym.logged_in(Role.COACH) as coach:
        answer = await coach.get(f"/api/sessions/{quote(evil, safe='')}/export?form=csv")
    assert named(answer) == "_..__Set-Cookie__a_b___cmd.csv"
    assert "set-cookie" not in answer.headers
    assert rows(answer)[0]["sensor"] == "'=HYPERLINK(1)"


async def test_what_is_too_much_is_refused_with_the_way_out(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single, "MOST_REPS", 5)
    async with gym.logged_in(Role.COACH) as coach:
        answer = await coach.get("/api/sessions/shared/export?form=csv")
    assert answer.status_code == 422
    assert "`sensor-hub export` writes all" in answer.json()["error"]


async def test_nothing_of_a_file_stays_behind(gym: Gym, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    folders: list[Path] = []
    take = gym.people.take

    def watched(form: str, folder: Path, session: str | None, athlete: str | None) -> Path:
        folders.append(folder)
        return take(form, folder, session, athlete)

    monkeypatch.setattr(gym.people, "take", watched)
    async with gym.logged_in(Role.COACH) as coach:
        assert rows(await coach.get("/api/sessions/shared/export?form=csv"))
        failed = await coach.get("/api/sessions/none/export?form=csv")
    assert failed.json()["error"] == "There is no session 'none'."
    assert ([folder.parent for folder in folders], list(scratch.iterdir())) == ([scratch, scratch], [])


def test_one_file_is_made_at_a_time() -> None:
    downloads = Downloads()

    def write(folder: Path) -> Path:
        with pytest.raises(HTTPException, match="Another file is being made"):
            downloads.make(write)
        (folder / "one.csv").write_text("1")
        return folder / "one.csv"

    for _ in range(2):
        assert downloads.make(write).headers["content-length"] == "1"
