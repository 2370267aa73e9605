import pytest

from sensor_hub.bus import BrokerAddress
from sensor_hub.errors import BusError


def test_everything_is_read() -> None:
    address = BrokerAddress.parse("mqtts://anna%40gym:p%3Aw%2F@broker.local:8884")
    assert address == BrokerAddress("mqtts", "broker.local", 8884, "anna@gym", "p:w/")
    assert address.encrypted
    assert not address.over_websocket


@pytest.mark.parametrize(("scheme", "port"), [("mqtt", 1883), ("mqtts", 8883), ("ws", 80), ("wss", 443)])
def test_ports_have_defaults(scheme: str, port: int) -> None:
    assert BrokerAddress.parse(f"{scheme}://broker").port == port


def test_a_websocket_has_a_path() -> None:
    assert BrokerAddress.parse("wss://broker/mqtt").path == "/mqtt"


def test_the_password_is_hidden_when_shown_and_kept_in_the_url() -> None:
    address = BrokerAddress.parse("mqtt://hub:s%40cret@[::1]:1883")
    assert str(address) == "mqtt://hub:***@[::1]:1883"
    assert "cret" not in repr(address)
    assert BrokerAddress.parse(address.url) == address


def test_any_broker_of_a_cluster_will_do() -> None:
    address = BrokerAddress.parse("mqtts://gym:s%40cret@a.chain:7000,b.chain,[::1]:9000")
    assert [(one.host, one.port, one.user, one.password) for one in address.each] == [
        ("a.chain", 7000, "gym", "s@cret"),
        ("b.chain", 8883, "gym", "s@cret"),
        ("::1", 9000, "gym", "s@cret"),
    ]
    assert str(address) == "mqtts://gym:***@a.chain:7000,b.chain:8883,[::1]:9000"
    assert BrokerAddress.parse(address.url) == address


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("broker:1883", "is not a broker address"),
        ("http://broker", "is not a broker address"),
        ("mqtt://", "names no host"),
        ("mqtt://broker:99999", "impossible port"),
        ("mqtt://broker:0", "impossible port"),
        ("mqtt://broker:x", "impossible port"),
        ("mqtt://a,b:0", "impossible port"),
        ("mqtt://a,", "names no host"),
    ],
)
def test_what_is_wrong_is_said(url: str, said: str) -> None:
    with pytest.raises(BusError, match=said):
        BrokerAddress.parse(url)


def test_an_error_does_not_show_the_password() -> None:
    with pytest.raises(BusError) as caught:
        BrokerAddress.parse("mqtt://hub:secret@broker:99999")
    assert "secret" not in str(caught.value)
    assert "hub" in str(caught.value)
