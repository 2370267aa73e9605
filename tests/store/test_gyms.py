"""What is asked of many gyms, and of one: on both databases."""

from datetime import timedelta

from sensor_hub.messages import LinkState, Message, RepMessage, SessionMessage
from sensor_hub.model import BounceCause
from sensor_hub.store import Store, busy_since, places, sensors, statuses, used_hours, visits, weeks_of_reps
from tests.store.conftest import EVENING, Lifter

DAY = timedelta(days=1)
ANNA, BEN = "k7m2p9xd", "k7m2p9xf"


def evening(site: str, days: float = 0.0, machine: str = "press-1", **said: str) -> list[Message]:
    name = f"{site}-{machine}-{days}"
    whole = Lifter(session=name, site=site, machine=machine, began=EVENING + days * DAY).whole_session()
    return [one.model_copy(update=said) if isinstance(one, SessionMessage) else one for one in whole]


def test_a_gyms_machines_and_what_their_hub_said_last(store: Store) -> None:
    store.record([*evening("a"), *evening("b"), *evening("b", machine="press-2")])
    later = Lifter(site="b", machine="press-2", began=EVENING + DAY)
    store.record([later.status(0.0, online=False), later.sensor(1.0, state=LinkState.LOST, firmware="1.2")])
    with store.transaction() as connection:
        every = places(connection, EVENING)
        assert [(one.site, one.name) for one in every] == [("a", "press-1"), ("b", "press-1"), ("b", "press-2")]
        assert [one.name for one in places(connection, EVENING + DAY / 2)] == ["press-2"]
        assert [one.name for one in places(connection, EVENING, "a")] == ["press-1"]
        told = statuses(connection)
        assert statuses(connection, "a") == {"a": told["a"]}
        found = sensors(connection, [one.machine_id for one in every if one.name == "press-2"])
    assert [(one.machine, one.hub, one.online, one.version) for one in told["b"]] == [
        ("press-1", "hub-1", True, "0.1.0"),
        ("press-2", "hub-1", False, "0.1.0"),
    ]
    assert told["b"][1].time == EVENING + DAY
    (sensor,) = found
    assert (sensor.site, sensor.machine, sensor.state, sensor.firmware) == ("b", "press-2", LinkState.LOST, "1.2")
    assert (sensor.heard, sensor.battery_percent) == (EVENING + DAY + timedelta(seconds=1), 80)


def test_a_days_sessions_are_counted_by_gym(store: Store) -> None:
    store.record([*evening("a"), *evening("a", 1), *evening("b", 1), *evening("b", 1.1)])
    with store.transaction() as connection:
        found = busy_since(connection, EVENING + DAY / 2)
    assert {site: (one.sessions, one.reps) for site, one in found.items()} == {"a": (1, 6), "b": (2, 12)}


def test_use_is_summed_by_machine_and_hour_of_one_gym(store: Store) -> None:
    store.record([*evening("a"), *evening("a", 1), *evening("a", 1, "press-2"), *evening("b")])
    unended = Lifter(session="open", site="a", began=EVENING + 2 * DAY)
    store.record([unended.session_(), unended.set_(1)])
    with store.transaction() as connection:
        found = used_hours(connection, "a", EVENING + DAY / 2)
    assert sorted((one.machine, one.hour, one.sets, one.reps, one.under_load_s) for one in found) == [
        ("press-1", EVENING + DAY, 2, 6, 60.0),
        ("press-1", EVENING + 2 * DAY, 1, 0, 0.0),
        ("press-2", EVENING + DAY, 2, 6, 60.0),
    ]


def test_hits_are_counted_by_week_and_only_of_reps_that_can_be_judged(store: Store) -> None:
    stop, soft = {"bounced": True, "bounce_cause": BounceCause.STOP}, {"bounced": True}
    changes = [stop, soft, {"bounced": None}, {"hard_lockout": True, "bounced": False}, {}, stop]
    reps = iter(changes)
    store.record(
        [one.model_copy(update=next(reps)) if isinstance(one, RepMessage) else one for one in evening("a", -8)]
    )
    store.record([*evening("a"), *evening("b"), *evening("a", -80)])
    with store.transaction() as connection:
        found = weeks_of_reps(connection, "a", EVENING + DAY)
    assert sorted(
        (one.ago, one.reps, one.judged, one.bounces, one.caused, one.hits, one.lockouts) for one in found
    ) == [
        (0, 6, 6, 2, 0, 0, 0),
        (1, 6, 5, 4, 2, 2, 1),
    ]


def test_who_trained_in_two_gyms_and_when(store: Store) -> None:
    store.record([*evening("a", 0, athlete=ANNA), *evening("b", 1, athlete=ANNA), *evening("b", 2, athlete=ANNA)])
    store.record([*evening("a", 3, athlete=BEN), *evening("a", 4, "press-2", athlete=BEN), *evening("b", 5)])
    with store.transaction() as connection:
        found = visits(connection, EVENING - DAY)
        assert visits(connection, EVENING + DAY / 2) == []
    assert [(one.athlete, one.site, one.sessions, one.last) for one in found] == [
        (ANNA, "a", 1, EVENING),
        (ANNA, "b", 2, EVENING + 2 * DAY),
    ]
