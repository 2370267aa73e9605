"""What was refused: looked at, tried again, dropped."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_hub.app.running.computer import examine_computer
from sensor_hub.cli import main
from sensor_hub.config import load
from sensor_hub.pairing import Grade
from sensor_hub.store import Store, parked_rows
from sensor_hub.store.lines import lines_of
from sensor_hub.store.recording import park
from tests.store.conftest import EVENING, Lifter
from tests.store.peers import TAKES, Peer, Said

REASON = "400 partial write: field type conflict"


@pytest.fixture
def server() -> Iterator[Peer]:
    peer = Peer(lambda number, lines: TAKES)
    yield peer
    peer.close()


@pytest.fixture
def store(tmp_path: Path, server: Peer) -> Iterator[Store]:
    """Three points of reps are parked, as a sink leaves them."""
    (tmp_path / "hub.toml").write_text(
        f'[hub]\ndata_dir = "{tmp_path}"\n[influx]\nurl = "{server.url}"\n', encoding="utf-8"
    )
    opened = Store.open(tmp_path / "hub.db")
    with opened.transaction() as connection:
        park(connection, "influx", REASON, points())
    yield opened
    opened.close()


def points() -> list[str]:
    return [line for number in (1, 2, 3) for line in lines_of(Lifter().rep(1, number))]


def hub(folder: Path, *arguments: str) -> Result:
    options = ("--config", str(folder / "hub.toml"), "--data", str(folder))
    return CliRunner().invoke(main, ["parked", *arguments, *options])


def left(store: Store) -> list[str]:
    with store.transaction() as connection:
        return [one.content for one in parked_rows(connection)]


def test_the_list_shows_the_reason(store: Store, tmp_path: Path) -> None:
    said = hub(tmp_path, "list", "--limit", "2")
    assert said.exit_code == 0
    assert said.output.count(f"influx: {REASON}\n") == 2
    assert said.output.count("rep,machine=press-1,site=gym,set=1 ") == 2
    assert said.output.endswith("... and 1 more.\n")
    as_json = json.loads(hub(tmp_path, "list", "--json").output)
    assert [(one["origin"], one["content"]) for one in as_json] == [("influx", line) for line in points()]


def test_what_is_taken_now_is_parked_no_longer(store: Store, server: Peer, tmp_path: Path) -> None:
    bad = points()[1]
    server.judge = lambda number, lines: Said(400, b"still") if bad in lines else TAKES
    said = hub(tmp_path, "retry")
    assert (said.exit_code, said.output) == (0, "2 taken now, 1 still parked.\n")
    assert left(store) == [bad]
    assert set(server.taken) == {*points()} - {bad}
    server.judge = lambda number, lines: TAKES
    assert hub(tmp_path, "retry").output == "1 taken now, 0 still parked.\n"
    assert hub(tmp_path, "list").output == "Nothing is parked.\n"


def test_a_server_that_cannot_be_asked_changes_nothing(store: Store, server: Peer, tmp_path: Path) -> None:
    server.judge = lambda number, lines: Said(401)
    said = hub(tmp_path, "retry")
    assert (said.exit_code, "wants a token (401)" in said.output) == (7, True)
    assert left(store) == points()


def test_messages_that_the_database_refused_are_stored_or_stay_parked(store: Store, tmp_path: Path) -> None:
    good, broken = Lifter().rep(1, 1), Lifter().rep(1, 2).model_copy(update={"number": 10**30})
    with store.transaction() as connection:
        for message in (good, broken):
            park(connection, "store", "the disk was full", [message.model_dump_json(by_alias=True)])
        park(connection, "store", "damaged", ["{}"])
    assert hub(tmp_path, "retry").output == "4 taken now, 2 still parked.\n"
    assert parked_entries(store) == [("store", "the disk was full"), ("store", "damaged")]
    assert hub(tmp_path, "retry").output == "0 taken now, 2 still parked.\n"
    assert len(parked_entries(store)) == 2
    store.record([Lifter().session_()])
    record = store.session("evening")
    assert record is not None
    assert [rep.number for rep in record.reps] == [1]


def parked_entries(store: Store) -> list[tuple[str, str]]:
    with store.transaction() as connection:
        return [(one.origin, one.reason) for one in parked_rows(connection)]


def test_what_nobody_wants_is_dropped(store: Store, tmp_path: Path) -> None:
    first = parked_numbers(store)[0]
    assert hub(tmp_path, "drop").exit_code == 2
    unknown = hub(tmp_path, "drop", "4711")
    assert (unknown.exit_code, "Nothing is parked under 4711" in unknown.output) == (7, True)
    assert hub(tmp_path, "drop", str(first)).output == "1 dropped.\n"
    assert left(store) == points()[1:]
    assert hub(tmp_path, "drop", "--all").output == "2 dropped.\n"
    assert left(store) == []


def parked_numbers(store: Store) -> list[int]:
    with store.transaction() as connection:
        return [one.number for one in parked_rows(connection)]


def test_the_doctor_asks_the_server_and_counts_what_is_parked(store: Store, server: Peer, tmp_path: Path) -> None:
    settings = load(tmp_path / "hub.toml")

    def asked() -> tuple[Grade, str]:
        (finding,) = (one for one in examine_computer(settings, tmp_path, EVENING) if one.topic == "time series")
        return finding.grade, finding.sentence

    assert asked() == (
        Grade.POOR,
        "The time-series server has refused 3 points: see `sensor-hub parked list`.",
    )
    hub(tmp_path, "drop", "--all")
    store.record([Lifter().rep(1, 1)])
    assert asked() == (Grade.GOOD, f"The time-series server {server.url} takes points; waiting to be sent: 1.")
    assert server.taken[-1].startswith("sink,hub=hub waiting=1i,parked=0i ")
    server.judge = lambda number, lines: Said(403)
    grade, sentence = asked()
    assert (grade, "wants a token (403)" in sentence) == (Grade.BAD, True)


@pytest.mark.parametrize(
    ("url", "told"),
    [("http://time-series.invalid", 1), ("https://time-series.invalid", 0), ("http://127.0.0.1:1", 0)],
)
def test_the_doctor_tells_of_a_token_that_everybody_can_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, told: int
) -> None:
    monkeypatch.setenv("SENSOR_HUB_INFLUX_TOKEN", "t0p")
    (tmp_path / "hub.toml").write_text(f'[influx]\nurl = "{url}"\n', encoding="utf-8")
    found = [
        one
        for one in examine_computer(load(tmp_path / "hub.toml"), tmp_path, EVENING)
        if one.topic == "time series"
    ]
    assert found[0].grade is Grade.BAD
    assert [one.grade for one in found[1:]] == [Grade.POOR] * told
    assert all("write https://" in one.sentence and "t0p" not in one.sentence for one in found[1:])
