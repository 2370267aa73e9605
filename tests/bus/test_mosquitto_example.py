"""config/mosquitto.conf, and the five lines of docs/mqtt.md, as they stand but for paths and port."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click import Context

from sensor_hub.app.running.site import configured_broker
from sensor_hub.bus import BrokerAddress, MqttVersion, Outbox, Publisher, probe
from sensor_hub.cli import main
from sensor_hub.config import load
from sensor_hub.errors import BusError
from sensor_hub.messages import PhaseMessage, StatusMessage
from tests.bus.authority import blocks
from tests.conftest import Server, free_port, wait_for

USERS = ("hub", "hub-gym", "recorder", "web", "homeassistant")
CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    number = free_port()
    text = (CONFIG / "mosquitto.conf").read_text().replace("/etc/mosquitto/", f"{tmp_path}/")
    assert "\nlistener 1883\n" in text
    text = text.replace("\nlistener 1883\n", f"\nlistener {number} 127.0.0.1\n")
    (tmp_path / "legpress.conf").write_text(f"user root\n{text}")
    (tmp_path / "legpress.acl").write_text((CONFIG / "mosquitto.acl").read_text())
    (tmp_path / "legpress.passwords").touch()
    for user in USERS:
        command = ["mosquitto_passwd", "-b", tmp_path / "legpress.passwords", user, f"{user}-pw"]
        subprocess.run(command, check=True, capture_output=True)
    server = Server(["mosquitto", "-c", str(tmp_path / "legpress.conf")], number, tmp_path / "log")
    server.start()
    yield number
    server.stop()


@pytest.fixture
def logins(port: int) -> dict[str, BrokerAddress]:
    return {user: BrokerAddress("mqtt", "127.0.0.1", port, user, f"{user}-pw") for user in USERS}


@pytest.mark.parametrize("version", MqttVersion)
def test_a_hub_that_may_not_write_says_so_and_keeps_everything(
    logins: dict[str, BrokerAddress],
    version: MqttVersion,
    tmp_path: Path,
    phase: Callable[..., PhaseMessage],
    will: StatusMessage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sensor_hub.bus.echo.PATIENCE_S", 0.3)
    address = replace(logins["web"], version=version)
    with closing(Outbox(tmp_path / "outbox.db")) as outbox:
        outbox.append(phase(1))
        publisher = Publisher(address, outbox, "hub", will)
        publisher.start()
        wait_for(lambda: "Allow user 'web' to write the machine's topics" in str(publisher.problem), 10)
        assert outbox.pending() == 1
        publisher.stop()
        allowed = Publisher(replace(logins["hub-gym"], version=version), outbox, "hub", will)
        allowed.start()
        wait_for(lambda: outbox.pending() == 0 and allowed.problem is None, 10)
        allowed.stop()


def test_with_mqtt_5_a_refused_message_stays(
    logins: dict[str, BrokerAddress], tmp_path: Path, phase: Callable[..., PhaseMessage]
) -> None:
    with closing(Outbox(tmp_path / "outbox.db")) as outbox:
        outbox.append(phase(1))
        publisher = Publisher(replace(logins["web"], version=MqttVersion.V5), outbox, "hub")
        publisher.start()
        wait_for(lambda: "Not authorized" in str(publisher.problem), 10)
        publisher.stop()
        assert outbox.pending() == 1


def test_an_existing_mosquitto_is_taken_in_five_lines(
    tmp_path: Path, phase: Callable[..., PhaseMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = blocks("sh", "mosquitto_passwd")
    add_user, configure, restart, settings, run = block.splitlines()
    assert restart == "systemctl restart mosquitto"
    number, secret = free_port(), "a word of mine"
    conf = Path("/etc/mosquitto/mosquitto.conf").read_text()
    for place in ("/etc/mosquitto", "/var/lib/mosquitto", "/var/log/mosquitto", "/run/mosquitto"):
        conf, add_user, configure = (text.replace(place, str(tmp_path)) for text in (conf, add_user, configure))
    (tmp_path / "mosquitto.conf").write_text(f"{conf}\n".replace("include_dir", "#include_dir") + "user root\n")
    configure, settings = (line.replace("1883", str(number)) for line in (configure, settings))
    for line in (add_user, configure, settings):
        subprocess.run(["bash", "-ec", line], cwd=tmp_path, input=f"{secret}\n{secret}\n", text=True, check=True)
    server = Server(["mosquitto", "-c", str(tmp_path / "mosquitto.conf")], number, tmp_path / "log")
    server.start()
    try:
        with pytest.raises(BusError, match="refused a client without a login"):
            probe(BrokerAddress("mqtt", "127.0.0.1", number))
        probe(configured_broker(load(tmp_path / "sensor-hub.toml", {"SENSOR_HUB_MQTT_PASSWORD": secret})))
    finally:
        server.stop()
    show = "sensor-hub() { printenv SENSOR_HUB_MQTT_PASSWORD; printf '%s\\n' \"$@\"; }\n"
    ran = subprocess.run(
        ["bash", "-ec", show + run], input=f"{secret}\n", capture_output=True, text=True, check=True
    )
    password, command, *arguments = ran.stdout.splitlines()
    assert password == secret
    monkeypatch.chdir(tmp_path)
    known = main.get_command(Context(main), command)
    assert known is not None
    known.make_context(command, arguments)
