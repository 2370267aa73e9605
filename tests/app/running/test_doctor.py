"""The doctor: a computer without fault, each fault by itself, and sensors as a hub last told of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sensor_hub.app.floor.enrolment import EnrolledSensor, Enrolment, EnrolmentFile
from sensor_hub.app.floor.outlet import BrokerOutlet
from sensor_hub.app.running.computer import broker_of, examine_adapters, examine_computer
from sensor_hub.app.running.doctor import FRESH, Vitals, examine, examine_sensor
from sensor_hub.app.running.ntp import synchronised
from sensor_hub.bus import Account, BrokerAddress, EmbeddedBroker, login
from sensor_hub.config import Settings
from sensor_hub.messages import LinkState, SensorMessage
from sensor_hub.pairing import Finding, Grade

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SENSOR = EnrolledSensor(address="C0:FF:EE:00:00:01", family="sled", name="sled-01", site="gym", machine="press-1")
WELL = Vitals(LinkState.STREAMING, None, -60, 0.0, 100.2, 0.04, 80)


def settings(folder: Path, **tables: Any) -> Settings:
    return Settings.model_validate({"hub": {"data_dir": str(folder), "site": "gym"}, **tables})


def of(topic: str, findings: list[Finding]) -> Finding:
    return next(one for one in findings if one.topic == topic)


def test_a_computer_without_fault(tmp_path: Path) -> None:
    findings = examine_computer(settings(tmp_path), tmp_path, NOON)
    assert {one.grade for one in findings if one.topic not in ("clock", "disk")} == {Grade.GOOD}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("topic", "tables", "words"),
    [
        ("broker", {"mqtt": {"url": "mqtt://127.0.0.1:1"}}, "No broker answers at 127.0.0.1:1. Start it"),
        ("broker", {"mqtt": {"url": "mqtt://:1883"}}, "names no host"),
        ("database", {}, "hub.db"),
    ],
)
def test_each_fault_is_found_and_told(topic: str, tables: dict[str, Any], words: str, tmp_path: Path) -> None:
    if topic == "database":
        (tmp_path / "hub.db").write_bytes(b"no database" * 100)
    finding = of(topic, examine_computer(settings(tmp_path, **tables), tmp_path, NOON))
    assert finding.grade is Grade.BAD
    assert words in finding.sentence


def test_a_clock_that_was_never_set_is_told(tmp_path: Path) -> None:
    early = datetime(1970, 1, 1, tzinfo=UTC)
    assert (
        "The clock says 1970-01-01: set it"
        in of("clock", examine_computer(settings(tmp_path), tmp_path, early)).sentence
    )
    assert synchronised() in (True, False, None)


async def test_an_adapter_that_cannot_be_used_is_told_by_its_name(tmp_path: Path) -> None:
    given = settings(tmp_path, bluetooth={"adapters": ["nonsense:3"]})
    (finding,) = await examine_adapters(given, running=False)
    assert finding.grade is Grade.BAD
    assert "nonsense:3 cannot be opened" in finding.sentence
    (in_use,) = await examine_adapters(given, running=True)
    assert in_use.grade is Grade.GOOD


@pytest.mark.parametrize(
    ("vitals", "grade", "words"),
    [
        (None, Grade.BAD, "Not heard. Wake it, charge it, bring it nearer"),
        (Vitals(LinkState.LOST, "It is another sensor."), Grade.BAD, "It is another sensor."),
        (Vitals(LinkState.STALLED), Grade.BAD, "connected but sends nothing"),
        (Vitals(LinkState.CONNECTING), Grade.POOR, "connecting"),
        (Vitals(LinkState.STREAMING, None, -90, 0.0, 100.0, 0.04, 80), Grade.BAD, "Signal weak"),
        (Vitals(LinkState.STREAMING, None, -60, 0.08, 100.0, 0.04, 80), Grade.BAD, "Loses 8 %"),
        (Vitals(LinkState.STREAMING, None, -60, 0.0, 50.0, 0.04, 80), Grade.POOR, "runs at 50 Hz, expected 100"),
        (Vitals(LinkState.STREAMING, None, -60, 0.0, 100.0, 0.6, 80), Grade.POOR, "only every 0.6 s"),
        (Vitals(LinkState.STREAMING, None, -60, 0.0, 100.0, 0.04, 5), Grade.BAD, "charge it before the first set"),
    ],
)
def test_a_sensor_is_judged_by_what_was_heard_of_it(
    vitals: Vitals | None, grade: Grade, words: str, tmp_path: Path
) -> None:
    examined = examine_sensor(SENSOR, vitals, settings(tmp_path))
    assert examined.about == "press-1 (sled-01)"
    (wrong,) = [one for one in examined.findings if one.grade is not Grade.GOOD]
    assert wrong.grade is grade
    assert words in wrong.sentence


def test_a_sensor_that_is_well_has_its_figures(tmp_path: Path) -> None:
    findings = examine_sensor(SENSOR, WELL, settings(tmp_path)).findings
    assert {one.grade for one in findings} == {Grade.GOOD}
    assert [one.topic for one in findings] == ["signal", "loss", "rate", "interval", "battery"]


@pytest.mark.parametrize(("age", "grade"), [(timedelta(), Grade.GOOD), (FRESH * 2, Grade.BAD)])
async def test_a_running_hub_is_asked_over_mqtt(tmp_path: Path, age: timedelta, grade: Grade) -> None:
    EnrolmentFile(tmp_path).write(Enrolment((SENSOR,)), "enrolled", NOON)
    given = settings(tmp_path, bluetooth={"adapters": ["nonsense:3"]})
    with EmbeddedBroker(tmp_path) as address:
        outlet = BrokerOutlet(address, tmp_path, given.hub.name, "gym", "press-1")
        outlet.append(_said(NOON - age))
        try:
            examined = await examine(given, tmp_path, NOON)
        finally:
            await outlet.close()
    assert of("bluetooth", examined[0].findings).grade is Grade.GOOD
    assert of("broker", examined[0].findings).sentence == "The broker at 127.0.0.1 answers."
    assert {one.grade for one in examined[1].findings} == {grade}


async def test_an_enrolment_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    EnrolmentFile(tmp_path).path.write_text("[[sensors]]\n", encoding="utf-8")
    (computer,) = await examine(settings(tmp_path, bluetooth={"adapters": ["nonsense:3"]}), tmp_path, NOON)
    assert "sensor 1: address is missing" in of("enrolment", computer.findings).sentence


def test_the_embedded_broker_of_another_process_is_known_while_it_runs(tmp_path: Path) -> None:
    assert broker_of(settings(tmp_path), tmp_path) is None
    with EmbeddedBroker(tmp_path) as address:
        assert broker_of(settings(tmp_path), tmp_path) == login(tmp_path, address, Account.WEB)
    assert broker_of(settings(tmp_path), tmp_path) is None


def test_the_configured_broker_gets_its_password(tmp_path: Path) -> None:
    given = settings(tmp_path, mqtt={"url": "mqtt://hub@192.0.2.10", "password": "secret"})
    assert broker_of(given, tmp_path) == BrokerAddress("mqtt", "192.0.2.10", 1883, "hub", "secret")


def _said(time: datetime) -> SensorMessage:
    return SensorMessage(
        id="press-1.sensor.1",
        seq=1,
        time=time,
        site="gym",
        machine="press-1",
        sensor=SENSOR.address,
        name="sled-01",
        family="sled",
        state=LinkState.STREAMING,
        battery_percent=80,
        rssi_dbm=-60,
        rate_hz=100.0,
        loss_ratio=0.0,
        packet_interval_s=0.04,
    )
