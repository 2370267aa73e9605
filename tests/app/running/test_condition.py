"""How the parts of a hub are judged, and since when they are so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sensor_hub.app.keeping.disk import examine_disk
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.measuring.tally import Tally
from sensor_hub.app.running.condition import (
    STALE,
    Condition,
    judge_bluetooth,
    judge_broker,
    judge_engine,
    judge_outbox,
    judge_recorder,
    judge_sensors,
    judge_sinks,
)
from sensor_hub.app.running.pulse import Pulse
from sensor_hub.app.running.works import Works
from sensor_hub.link import Health, Missing, StateChanged
from sensor_hub.messages import LinkState
from sensor_hub.model import Gap
from sensor_hub.pairing import Grade
from sensor_hub.store import Store

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PRESS, STACK = Place("gym", "press-1"), Place("gym", "stack")


def tally(state: LinkState | None, note: str | None = None) -> Tally:
    return Tally(link=None if state is None else StateChanged(state, note))


def test_a_sensor_that_is_away_is_named_with_what_to_do() -> None:
    assert judge_sensors({}).grade is Grade.GOOD
    streaming = {PRESS: tally(LinkState.STREAMING), STACK: tally(LinkState.CATCHING_UP)}
    assert judge_sensors(streaming).sentence == "2 sensors streaming."
    away = judge_sensors({PRESS: tally(None), STACK: tally(LinkState.LOST, "It fell asleep: press it.")})
    assert away.grade is Grade.POOR
    assert away.sentence == (
        "2 of 2 send nothing. press-1: not heard yet; wake it, charge it, bring it nearer. "
        "stack: It fell asleep: press it."
    )


def test_bluetooth_is_bad_only_where_no_adapter_can_listen() -> None:
    assert judge_bluetooth({"hci0": None}).grade is Grade.GOOD
    assert judge_bluetooth({"hci0": None, "hci1": "Plug it in."}).grade is Grade.POOR
    assert judge_bluetooth({"hci0": "Switch it on.", "hci1": "Plug it in."}).grade is Grade.BAD


def test_a_fault_of_an_engine_is_told_for_an_hour_and_a_slow_computer_at_once() -> None:
    failed = {PRESS: Tally()}
    failed[PRESS].fail(NOW)
    assert judge_engine(failed, 0.0, NOW).grade is Grade.POOR
    assert "press-1 (10:00 UTC)" in judge_engine(failed, 0.0, NOW + timedelta(minutes=59)).sentence
    assert judge_engine(failed, 0.0, NOW + timedelta(minutes=61)).grade is Grade.GOOD
    assert judge_engine({}, 0.6, NOW).grade is Grade.POOR


def test_one_hiccup_is_measured_and_no_reason_to_worry() -> None:
    pulse = Pulse()
    assert (pulse.lag_s, pulse.usual_lag_s) == (0.0, 0.0)
    for late_s in (2.0, *[0.01] * 19):
        pulse.note(late_s)
    assert (pulse.lag_s, pulse.usual_lag_s) == (2.0, 0.01)
    for late_s in [0.7] * 3:
        pulse.note(late_s)
    assert judge_engine({}, pulse.usual_lag_s, NOW).grade is Grade.POOR


def test_one_connection_that_is_down_makes_the_broker_bad() -> None:
    up = (True, None)
    assert judge_broker({"recorder": up, "pages": up}).grade is Grade.GOOD
    assert judge_broker({"recorder": up, "pages": (False, None)}).sentence == "Not connected yet: pages."
    gone = (False, "No broker answers.")
    assert judge_broker({"recorder": gone, "pages": gone}).sentence == "No broker answers."


def test_an_outbox_that_fills_is_poor() -> None:
    assert judge_outbox({None}).grade is Grade.GOOD
    assert judge_outbox({None, "It is half full."}).sentence == "It is half full."


def test_a_recorder_that_cannot_is_bad_and_a_slow_one_poor() -> None:
    assert judge_recorder(None, 0.2).grade is Grade.GOOD
    assert judge_recorder(None, 31).grade is Grade.POOR
    assert judge_recorder("The disk is full.", 0.0).grade is Grade.BAD


def test_a_sink_that_takes_nothing_is_poor_for_nothing_is_lost() -> None:
    assert judge_sinks({"influx": None}).grade is Grade.GOOD
    assert judge_sinks({"influx": "It answers 401."}).grade is Grade.POOR


def test_the_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert examine_disk(tmp_path / "not" / "yet").topic == "disk"


def test_a_part_keeps_the_time_it_became_so(tmp_path: Path) -> None:
    now = NOW
    works = Works(tmp_path, store=Store.open(tmp_path / "hub.db"))
    condition = Condition(works, lambda: now)
    (starting,) = condition.parts()
    assert (starting.part, starting.grade) == ("checkup", Grade.BAD)
    condition.look()
    now += timedelta(seconds=10)
    condition.look()
    assert {one.part: one.since for one in condition.parts()}["store"] == NOW
    assert works.store is not None
    with works.store.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE counter RENAME TO gone")
    now += timedelta(seconds=10)
    condition.look()
    store = {one.part: one for one in condition.parts()}["store"]
    assert (store.grade, store.since) == (Grade.BAD, now)
    assert "The database failed" in store.sentence
    works.store.close()


def test_a_look_that_never_ends_is_told(tmp_path: Path) -> None:
    now = NOW
    condition = Condition(Works(tmp_path), lambda: now)
    condition.look()
    now += STALE + timedelta(seconds=1)
    assert [one.part for one in condition.parts() if one.grade is Grade.BAD] == ["checkup"]


def test_a_tally_counts_what_came_and_forgets_who_sent_it() -> None:
    counted = Tally()
    counted.hear(Missing(Gap(1.0, 2.0, 208)), NOW)
    counted.hear(Missing(Gap(3.0, 4.0, None)), NOW)
    for dropped in (2, 5, 0, 1):
        counted.hear(Health(50, -60, 208.0, 0.0, None, dropped_notifications=dropped), NOW)
    counted.hear(StateChanged(LinkState.STREAMING), NOW)
    assert (counted.gaps, counted.lost, counted.dropped, counted.streams) == (2, 208, 6, True)
    counted.leave()
    assert (counted.gaps, counted.streams, counted.health) == (2, False, None)
