"""Which gym needs somebody, in plain reasons, the worst first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sensor_hub.coach.upkeep import (
    AWAY,
    SILENT,
    Kind,
    Need,
    Newest,
    Said,
    Standing,
    newest_of,
    standing,
    usual_settings,
)
from sensor_hub.messages import HubMachine, HubMessage, HubPart, LinkState

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
NEWEST = Newest("0.5.0", {"sled": "1.3"})


def sensor(machine: str = "press-1", **changes: Any) -> HubMachine:
    values: dict[str, Any] = {
        "site": "gym-a",
        "machine": machine,
        "family": "sled",
        "firmware": "1.3",
        "state": LinkState.STREAMING,
        "heard": NOW,
        "battery_percent": 80,
        "loss_ratio": 0.001,
    }
    return HubMachine(**values | changes)


def hub(*machines: HubMachine, parts: dict[str, str] | None = None, **changes: Any) -> HubMessage:
    values: dict[str, Any] = {
        "id": "hub-1.hub.1",
        "seq": 0,
        "time": NOW,
        "site": "gym-a",
        "machine": "hub-1",
        "version": "0.5.0",
        "python": "3.13.1",
        "system": "Linux",
        "started": NOW - timedelta(days=9),
        "clock_synchronised": True,
        "disk_free_bytes": 10**10,
        "parts": [HubPart(part=part, grade=grade, since=NOW) for part, grade in (parts or {}).items()],  # type: ignore[arg-type]
        "settings": {},
        "machines": machines or (sensor(),),
    }
    return HubMessage(**values | changes)


def said(machine: str = "press-1", online: bool = True, at: datetime = NOW, name: str = "hub-1") -> Said:
    return Said(machine, name, online, "0.3.0", at)


def needs(*hubs: HubMessage, words: tuple[Said, ...] = (), unreported: tuple[HubMachine, ...] = ()) -> list[Need]:
    return list(standing("gym-a", hubs, words, unreported, NEWEST, NOW).needs)


def test_a_gym_where_all_is_well_needs_nobody() -> None:
    assert needs(hub(), words=(said(),)) == []


def test_a_hub_is_silent_after_it_should_have_spoken_twice() -> None:
    assert needs(hub(time=NOW - SILENT)) == []
    last = NOW - SILENT - timedelta(seconds=1)
    (need,) = needs(hub(sensor(battery_percent=1), time=last, parts={"store": "bad"}))
    assert (need.kind, need.urgent, need.hub, need.since) == (Kind.SILENT, True, "hub-1", last)


def test_a_hub_that_said_goodbye_or_was_cut_off_is_off_since_then() -> None:
    spoke, left = NOW - timedelta(minutes=5), NOW - timedelta(minutes=3)
    (need,) = needs(hub(time=spoke), words=(said(online=False, at=left),))
    assert (need.kind, need.urgent, need.since) == (Kind.OFF, True, left)
    assert needs(hub(), words=(said(online=False, at=left),)) == [], (
        "it has spoken since: one machine was given up"
    )
    back = (said(online=False, at=left), said("press-2", at=NOW - timedelta(minutes=2)))
    assert needs(hub(time=spoke), words=back) == []


@pytest.mark.parametrize(("grade", "urgent"), [("poor", [False]), ("bad", [True]), ("good", []), ("unknown", [])])
def test_a_part_is_told_by_its_name(grade: str, urgent: list[bool]) -> None:
    found = needs(hub(parts={"bluetooth": grade, "sensors": "poor"}))
    assert [(need.kind, need.urgent, need.text) for need in found] == [
        (Kind.PART, one, "bluetooth") for one in urgent
    ]


def test_a_disk_is_told_of_before_it_is_full() -> None:
    assert needs(hub(disk_days=30)) == []
    (soon,) = needs(hub(disk_days=29))
    assert (soon.kind, soon.urgent, soon.days, soon.amount) == (Kind.DISK, False, 29, 10**10)
    (full,) = needs(hub(parts={"disk": "bad"}, disk_free_bytes=10**8))
    assert (full.urgent, full.days, full.amount) == (True, None, 10**8)


@pytest.mark.parametrize(
    ("percent", "hours", "urgent"),
    [
        (21, None, []),
        (20, None, [False]),
        (15, None, [True]),
        (80, 24.0, [False]),
        (80, 24.1, []),
        (80, 2.0, [True]),
        (None, None, []),
    ],
)
def test_a_battery_is_told_of_in_time_to_bring_another(
    percent: int | None, hours: float | None, urgent: list[bool]
) -> None:
    found = needs(hub(sensor(battery_percent=percent, battery_h=hours)))
    told = [(need.kind, need.urgent, need.machine, need.amount, need.hours) for need in found]
    assert told == [(Kind.BATTERY, one, "press-1", percent, hours) for one in urgent]


@pytest.mark.parametrize(("ratio", "urgent"), [(0.01, []), (0.011, [False]), (0.051, [True]), (None, [])])
def test_losses_are_told_of(ratio: float | None, urgent: list[bool]) -> None:
    found = needs(hub(sensor(loss_ratio=ratio)))
    assert [(need.kind, need.urgent, need.amount) for need in found] == [(Kind.LOSS, one, ratio) for one in urgent]


def test_a_sensor_may_sleep_for_a_day() -> None:
    last = NOW - AWAY
    assert needs(hub(sensor(state=LinkState.LOST, heard=last))) == []
    before = last - timedelta(minutes=1)
    (need,) = needs(hub(sensor(state=LinkState.LOST, heard=before, battery_percent=3)))
    assert (need.kind, need.urgent, need.since) == (Kind.AWAY, True, before)
    (never,) = needs(hub(sensor(state=None, heard=None)))
    assert (never.kind, never.since) == (Kind.AWAY, NOW - timedelta(days=9)), "since the hub runs"


def test_old_programs_firmware_and_clocks_are_told_of_and_not_urgent() -> None:
    found = needs(hub(sensor(firmware="1.2"), version="0.4.12", clock_synchronised=False))
    assert [(need.kind, need.text, need.newest) for need in found] == [
        (Kind.CLOCK, None, None),
        (Kind.VERSION, "0.4.12", "0.5.0"),
        (Kind.FIRMWARE, "1.2", "1.3"),
    ]
    assert not any(need.urgent for need in found)


def test_an_old_hub_is_shown_by_what_its_machines_said() -> None:
    low = sensor(battery_percent=9, firmware=None)
    found = needs(words=(said(), said("press-2")), unreported=(low,))
    assert [(need.kind, need.hub, need.machine, need.text) for need in found] == [
        (Kind.BATTERY, None, "press-1", None),
        (Kind.TELLS_LITTLE, "hub-1", None, "0.3.0"),
    ]
    gone = needs(words=(said(online=False), said("press-2", online=False)))
    assert [need.kind for need in gone] == [Kind.OFF, Kind.TELLS_LITTLE]


def test_the_newest_is_by_number_and_by_family() -> None:
    chain = [
        hub(sensor(firmware="1.9"), version="0.9.0"),
        hub(sensor(firmware="1.10"), sensor(family="dot", firmware="2"), version="0.10.0"),
        hub(sensor(firmware="beta"), version="unknown"),
    ]
    assert newest_of(chain, "0.1.0") == Newest("0.10.0", {"sled": "1.10", "dot": "2"})
    assert newest_of([], "0.1.0") == Newest("0.1.0", {})
    assert needs(hub(version="unknown")) == []


def test_usual_is_what_most_hubs_have() -> None:
    kept = ["90 days", "90 days", "everything"]
    chain = [hub(settings={"store.keep_raw": one, "machines": number}) for number, one in enumerate(kept)]
    assert usual_settings(chain) == {"store.keep_raw": "90 days"}
    assert usual_settings(chain[:2]) == {}, "of two nothing is usual"


def test_the_worst_gym_comes_first() -> None:
    def gym(site: str, *machines: HubMachine) -> Standing:
        return standing(site, [hub(*machines)], (), (), NEWEST, NOW)

    urgent, two, one, well = (
        gym("d", sensor(battery_percent=3)),
        gym("c", sensor(battery_percent=18), sensor("press-2", loss_ratio=0.02)),
        gym("b", sensor(battery_percent=18)),
        gym("a"),
    )
    assert sorted([well, one, two, urgent], key=lambda gym: gym.rank) == [urgent, two, one, well]
