"""Every account tries everything at both real brokers: it can do what it must, and nothing else."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from sensor_hub.bus import Account, BrokerAddress, EmbeddedBroker, login, probe
from sensor_hub.bus.rights import WRITER, mosquitto_acl
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind
from tests.bus.test_mosquitto_example import logins, port
from tests.conftest import wait_for

__all__ = ["logins", "port"]

CONFIG = Path(__file__).parents[2] / "config"
OF_A_HUB = {
    *("live", "phase", "rep", "rejected", "set", "session", "motion", "raw"),
    *("sensor", "status", "hub", "lifter", "erased"),
}
PLACES = ("legpress/gym/press-1", "legpress/other/press-1")
DEVICES = (
    "homeassistant/device/legpress-gym/press-1/config",
    "homeassistant/device/legpress-other/press-1/config",
)
OWN = {f"{PLACES[0]}/{kind}" for kind in OF_A_HUB}
OTHERS = {f"{PLACES[1]}/{kind}" for kind in OF_A_HUB}
ORDERS = {f"{place}/{kind}" for place in PLACES for kind in ("assign", "erase")}
STORED = {f"{place}/stored" for place in PLACES}
EVERYTHING = OWN | OTHERS | STORED | ORDERS
HOME = {*DEVICES, "homeassistant/status"}

TOPICS = EVERYTHING | HOME | {"other/topic", "legpress2/gym/press-1/rep"}
HEARD = EVERYTHING | HOME
"""All that Home Assistant may read, the witness."""

WRITES = {
    "hub": EVERYTHING | {*DEVICES},
    "hub-gym": OWN | {DEVICES[0]},
    "machines": OWN | OTHERS | {*DEVICES},
    "recorder": STORED | {f"{place}/erase" for place in PLACES},
    "web": {f"{place}/assign" for place in PLACES},
    "homeassistant": {"homeassistant/status"},
}
READS = {
    "hub": EVERYTHING,
    "hub-gym": {f"{PLACES[0]}/{kind}" for kind in ("status", "stored", "assign", "erase")},
    "machines": {*STORED, *ORDERS, *(f"{place}/status" for place in PLACES)},
    "recorder": EVERYTHING,
    "web": EVERYTHING,
    "homeassistant": EVERYTHING | HOME,
}


class Client:
    """A client that notes what it hears on topics."""

    def __init__(self, address: BrokerAddress, topics: set[str], name: str) -> None:
        self.heard: set[str] = set()
        self._subscribed = threading.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name)
        self._client.username_pw_set(address.user, address.password)
        self._client.on_connect = lambda client, *_: client.subscribe([(topic, 1) for topic in sorted(topics)])
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda client, userdata, message: self.heard.add(message.topic)
        self._client.connect(address.host, address.port)
        self._client.loop_start()
        assert self._subscribed.wait(10)

    def say(self, topics: set[str]) -> None:
        for topic in sorted(topics):
            self._client.publish(topic, b"{}", qos=1).wait_for_publish(5)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def client_of() -> Iterator[Callable[..., Client]]:
    with ExitStack() as stack:

        def make(address: BrokerAddress, topics: set[str], name: str) -> Client:
            made = Client(address, topics, name)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture(params=["mosquitto", "embedded"])
def accounts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, BrokerAddress]]:
    if request.param == "mosquitto":
        yield request.getfixturevalue("logins")
        return
    with EmbeddedBroker(tmp_path) as address:
        yield {str(account): login(tmp_path, address, account) for account in Account}


def test_each_account_can_do_what_it_must_and_nothing_else(
    accounts: dict[str, BrokerAddress], client_of: Callable[..., Client]
) -> None:
    witness = client_of(accounts["homeassistant"], TOPICS, "witness")
    for name, address in accounts.items():
        whole = name == "hub" and "machines" in accounts
        writes, reads = (HEARD, TOPICS) if whole else (WRITES[name], READS[name])
        probe(address)
        witness.heard.clear()
        tries = client_of(address, TOPICS, f"tries-{name}")
        tries.say(TOPICS)
        assert settled(witness, writes) == writes, name
        tries.heard.clear()
        for other in ("hub", "homeassistant"):
            client_of(accounts[other], {"legpress/nothing"}, f"{name}-{other}").say(TOPICS)
        assert settled(tries, reads) == reads, name


def settled(client: Client, expected: set[str]) -> set[str]:
    """What was heard when all that is expected has come, and nothing else for a moment."""
    with suppress(AssertionError):
        wait_for(lambda: client.heard >= expected, 5)
    time.sleep(0.1)
    return client.heard


def test_nobody_gets_in_without_an_account(accounts: dict[str, BrokerAddress]) -> None:
    for address in accounts.values():
        with pytest.raises(BusError, match="refused a client without a login"):
            probe(BrokerAddress("mqtt", address.host, address.port))


def test_every_kind_is_one_accounts_to_say() -> None:
    assert set(WRITER) == set(Kind)
    assert {str(kind) for kind, account in WRITER.items() if account is Account.MACHINES} == OF_A_HUB


def test_the_access_list_is_current() -> None:
    assert (CONFIG / "mosquitto.acl").read_text() == mosquitto_acl(), "run: make docs"
