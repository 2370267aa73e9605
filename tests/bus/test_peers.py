"""Every way to a broker, with the hub's own client: Mosquitto 2 over TCP, WebSocket and TLS, in MQTT 3.1.1 and 5."""

import dataclasses
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sensor_hub.app.running.site import configured_broker
from sensor_hub.bus import BrokerAddress, MqttVersion, Outbox, Publisher, Subscriber, TlsFiles, filters_of, probe
from sensor_hub.config import load
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind, PhaseMessage
from tests.bus.authority import BROKER, Authority, blocks
from tests.bus.conftest import Ear
from tests.conftest import Server, free_port, wait_for

PASSWORD = "mosquitto-test"
LISTENERS = ("mqtt", "ws", "mqtts", "wss", "mqtts with a certificate")
MESSAGES = 120
"""More than Mosquitto takes before it has acknowledged one."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "made")


@pytest.fixture(scope="module")
def ways(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BrokerAddress]]:
    """One Mosquitto and the addresses of all its listeners."""
    with Listeners(authority, tmp_path_factory.mktemp("mosquitto")) as found:
        yield found


class Listeners:
    def __init__(self, authority: Authority, folder: Path) -> None:
        certificate, key = authority.files(BROKER)
        own = TlsFiles(authority.ca, *authority.files("hub"))
        subprocess.run(["mosquitto_passwd", "-b", "-c", folder / "passwords", "hub", PASSWORD], check=True)
        lines = ["user root", "per_listener_settings true"]
        self.addresses = {}
        for name in LISTENERS:
            scheme, _, demanding = name.partition(" ")
            port = free_port()
            lines += [f"listener {port} 127.0.0.1", f"password_file {folder}/passwords", "allow_anonymous false"]
            lines += ["protocol websockets"] if scheme.startswith("ws") else []
            lines += (
                [f"certfile {certificate}", f"keyfile {key}"] if scheme.endswith("s") and scheme != "ws" else []
            )
            lines += blocks("", "require_certificate")[0].splitlines()[-3:] if demanding else []
            address = BrokerAddress(scheme, BROKER, port, "hub", PASSWORD, tls=TlsFiles(authority.ca))
            self.addresses[name] = (
                dataclasses.replace(address, user=None, password=None, tls=own) if demanding else address
            )
        text = "\n".join(lines).replace("/etc/mosquitto/", f"{authority.folder}/")
        (folder / "mosquitto.conf").write_text(f"{text}\n")
        self._server = Server(["mosquitto", "-c", str(folder / "mosquitto.conf")], port, folder / "log")

    def __enter__(self) -> dict[str, BrokerAddress]:
        self._server.start()
        return self.addresses

    def __exit__(self, *_: object) -> None:
        self._server.stop()


@pytest.mark.parametrize("version", MqttVersion)
@pytest.mark.parametrize("way", LISTENERS)
def test_messages_pass_and_wait_for_a_durable_consumer(
    ways: dict[str, BrokerAddress],
    way: str,
    version: MqttVersion,
    tmp_path: Path,
    ear: Ear,
    phase: Callable[..., PhaseMessage],
) -> None:
    address = dataclasses.replace(ways[way], version=version)
    probe(address)
    name = f"{way}-{version}".replace(" ", "-")
    topics, sent = filters_of([Kind.PHASE], machine=f"m{free_port()}"), []
    machine = topics[0].split("/")[2]
    with closing(Outbox(tmp_path / "outbox.db")) as outbox:
        _visit(Subscriber(address, name, topics, ear, durable=True))
        publisher = Publisher(address, outbox, f"{name}-publisher")
        publisher.start()
        for number in range(1, MESSAGES + 1):
            sent.append(phase(number, machine))
            outbox.append(sent[-1])
        wait_for(lambda: publisher.pending() == 0, 15, lambda: str(publisher.problem))
        assert publisher.problem is None
        publisher.stop()
    assert ear.heard == []
    subscriber = Subscriber(address, name, topics, ear, durable=True)
    subscriber.start()
    wait_for(lambda: len(ear.heard) >= MESSAGES, 15)
    subscriber.stop()
    assert ear.heard == sent


def _visit(subscriber: Subscriber) -> None:
    """Subscribe and leave."""
    subscriber.start()
    wait_for(lambda: subscriber.connected, 10, lambda: str(subscriber.problem))
    time.sleep(0.2)
    subscriber.stop()


def wrong_login(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, password="wrong")


def no_authority(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, tls=TlsFiles())


def other_authority(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, tls=TlsFiles(authority.stranger.ca))


def other_name(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, host="127.0.0.1")


def no_certificate(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, tls=TlsFiles(authority.ca))


def strange_certificate(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, tls=TlsFiles(authority.ca, *authority.stranger.files("hub")))


def plain(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, scheme=address.scheme[:-1])


def encrypted(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, scheme=f"{address.scheme}s")


def raw_tcp(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, scheme="mqtt")


def websocket(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, scheme="ws")


def no_file(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    return dataclasses.replace(address, tls=TlsFiles(authority.folder / "none.crt"))


def no_pair(address: BrokerAddress, authority: Authority) -> BrokerAddress:
    files = TlsFiles(authority.ca, authority.files("hub")[0], authority.files(BROKER)[1])
    return dataclasses.replace(address, tls=files)


Spoil = Callable[[BrokerAddress, Authority], BrokerAddress]


@pytest.mark.parametrize("version", MqttVersion)
@pytest.mark.parametrize(
    ("way", "spoil", "said"),
    [
        ("mqtt", wrong_login, "refused user 'hub': check the name and the password"),
        ("mqtts", wrong_login, "refused user 'hub': check the name and the password"),
        ("wss", wrong_login, "refused user 'hub': check the name and the password"),
        ("mqtts", no_authority, "Name the certificate of its authority as mqtt.ca"),
        ("wss", no_authority, "Name the certificate of its authority as mqtt.ca"),
        ("mqtts", other_authority, "Name the certificate of its authority as mqtt.ca"),
        ("mqtts", other_name, "made out to another name than 127.0.0.1. Write one of its names into mqtt.url"),
        ("mqtts", plain, "If it speaks TLS there, write mqtts://"),
        ("wss", plain, "If it speaks TLS there, write wss://"),
        ("mqtt", encrypted, "does not speak TLS"),
        ("ws", encrypted, "does not speak TLS"),
        ("ws", raw_tcp, "ends the connection without an answer"),
        ("mqtt", websocket, "without WebSocket the address begins with mqtt://"),
        ("mqtts with a certificate", no_certificate, "set mqtt.certificate and mqtt.key"),
        ("mqtts with a certificate", strange_certificate, "refused this computer's certificate"),
        ("mqtts", no_file, "none.crt is no certificate in PEM that can be read"),
        ("mqtts with a certificate", no_pair, "Both must be PEM, belong together"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    ways: dict[str, BrokerAddress], authority: Authority, way: str, spoil: Spoil, said: str, version: MqttVersion
) -> None:
    address = dataclasses.replace(spoil(ways[way], authority), version=version)
    with pytest.raises(BusError, match=re.escape(said)):
        probe(address)


def test_an_expired_certificate_is_told(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "old")
    authority.outdate("hub")
    with (
        Listeners(authority, tmp_path) as ways,
        pytest.raises(BusError, match="Check that its authority has signed"),
    ):
        probe(ways["mqtts with a certificate"])
    authority.outdate(BROKER)
    with (
        Listeners(authority, tmp_path) as ways,
        pytest.raises(BusError, match=r"has expired\. Renew it at the broker"),
    ):
        probe(ways["mqtts"])


def test_a_running_client_says_the_same(
    ways: dict[str, BrokerAddress], authority: Authority, tmp_path: Path
) -> None:
    with closing(Outbox(tmp_path / "outbox.db")) as outbox:
        publisher = Publisher(no_authority(ways["mqtts"], authority), outbox, "hub")
        publisher.start()
        wait_for(lambda: "mqtt.ca" in str(publisher.problem), 10)
        publisher.stop()


def test_the_pages_certificates_pass_the_strictest_check(authority: Authority) -> None:
    for name in (BROKER, "hub"):
        command = ["openssl", "verify", "-x509_strict", "-CAfile", authority.ca, authority.files(name)[0]]
        assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def test_the_pages_settings_are_those_of_an_encrypted_connection(tmp_path: Path) -> None:
    (block,) = blocks("toml", "certificate")
    (tmp_path / "hub.toml").write_text(block)
    address = configured_broker(load(tmp_path / "hub.toml", {}))
    assert (address.host, address.port, address.encrypted) == ("broker.local", 8883, True)
    assert address.tls == TlsFiles(Path("ca.crt"), Path("hub.crt"), Path("hub.key"))


def test_the_embedded_broker_says_that_it_speaks_no_mqtt_5(embedded: BrokerAddress) -> None:
    with pytest.raises(BusError, match=re.escape('does not speak MQTT 5: set mqtt.version = "3.1.1"')):
        probe(dataclasses.replace(embedded, version=MqttVersion.V5))


def test_no_key_with_a_password_is_asked_for_at_the_terminal(authority: Authority, tmp_path: Path) -> None:
    locked = tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "ec", "-aes256", "-passout", "pass:secret", "-in", authority.files("hub")[1], "-out", locked],
        check=True,
        capture_output=True,
    )
    files = TlsFiles(authority.ca, authority.files("hub")[0], locked)
    with pytest.raises(BusError, match="the key must have no password"):
        probe(BrokerAddress("mqtts", BROKER, 1, tls=files))
