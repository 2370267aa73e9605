import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sensor_hub.bus import BrokerAddress, EmbeddedBroker, probe
from sensor_hub.bus.broker_log import BrokerLog
from sensor_hub.errors import BusError
from tests.conftest import Mosquitto, free_port, wait_for


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_answers_and_stops_without_a_trace(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path)
    address = broker.start()
    probe(address)
    pid = broker.pid
    assert pid is not None
    broker.stop()
    broker.stop()
    assert broker.pid is None
    assert not alive(pid)


def test_its_files_are_private_and_its_login_stays(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as first:
        for name in ("broker.conf", "password"):
            assert stat.S_IMODE((tmp_path / "broker" / name).stat().st_mode) == 0o600
    with EmbeddedBroker(tmp_path) as second:
        assert second.password == first.password


def test_it_comes_back_on_the_same_port_when_killed(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path)
    address = broker.start()
    first = broker.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: broker.pid not in (None, first), 10)

    def answers() -> bool:
        try:
            probe(address, timeout_s=2)
        except BusError:
            return False
        return True

    wait_for(answers, 10)
    broker.stop()


def test_a_server_that_could_not_write_is_begun_anew_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Until then its own log repeats what it said first."""
    room = [0]
    monkeypatch.setattr("sensor_hub.bus.broker_log.LOOK_S", 0.05)
    monkeypatch.setattr(BrokerLog, "_has_room", lambda log: room[0] > 0)
    broker = EmbeddedBroker(tmp_path)
    address = broker.start()
    try:
        first = broker.pid
        with (tmp_path / "broker" / "broker.log").open("a") as log:
            log.write("[ERR] JetStream failed to store a msg on stream: no space left on device\n")
        time.sleep(0.5)
        assert broker.pid == first
        room[0] = 1
        wait_for(lambda: broker.pid not in (None, first), 10)
        wait_for(lambda: _answers(address), 10)
        assert "has room again" in caplog.text
        second = broker.pid
        time.sleep(0.5)
        assert broker.pid == second
    finally:
        broker.stop()


def _answers(address: BrokerAddress) -> bool:
    try:
        probe(address)
    except BusError:
        return False
    return True


def test_it_dies_with_a_hub_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from sensor_hub.bus import EmbeddedBroker\n"
        "broker = EmbeddedBroker(Path(sys.argv[1])); broker.start(); print(broker.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as hub:
        assert hub.stdout is not None
        pid = int(hub.stdout.readline())
        assert alive(pid)
        hub.kill()
    wait_for(lambda: not alive(pid), 5)
    with EmbeddedBroker(tmp_path) as address:
        probe(address)


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BusError, match=f"cannot listen on 127.0.0.1:{port}.*choose another port"):
            EmbeddedBroker(tmp_path, port=port).start()


def test_two_hubs_do_not_share_a_folder(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path), pytest.raises(BusError, match="Another hub is using"):
        EmbeddedBroker(tmp_path).start()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BusError, match="Check that it is writable"):
        EmbeddedBroker(tmp_path / "file").start()


def test_a_server_that_cannot_boot_says_why(tmp_path: Path) -> None:
    storage = tmp_path / "broker" / "storage"
    storage.parent.mkdir()
    storage.write_text("a file where a folder belongs")
    with pytest.raises(BusError, match=r"did not start: .*storage"):
        EmbeddedBroker(tmp_path).start()


def test_a_wrong_password_is_told(embedded: BrokerAddress, mosquitto: Mosquitto) -> None:
    for address in (embedded, mosquitto.address):
        wrong = BrokerAddress("mqtt", address.host, address.port, "hub", "wrong")
        with pytest.raises(BusError, match="refused user 'hub': check the name and the password"):
            probe(wrong)
        anonymous = BrokerAddress("mqtt", address.host, address.port)
        with pytest.raises(BusError, match="refused a client without a login"):
            probe(anonymous)


def test_an_absent_broker_is_told() -> None:
    with pytest.raises(BusError, match=r"No broker answers at 127\.0\.0\.1"):
        probe(BrokerAddress("mqtt", "127.0.0.1", free_port()))


def test_an_unknown_host_is_told() -> None:
    with pytest.raises(BusError, match=r"No broker answers at broker\.invalid:1883"):
        probe(BrokerAddress("mqtt", "broker.invalid", 1883))


def test_something_that_is_no_broker_is_told() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        with pytest.raises(BusError, match="Is it an MQTT broker"):
            probe(BrokerAddress("mqtt", "127.0.0.1", silent.getsockname()[1]), timeout_s=0.5)
        assert time.monotonic() - began < 5
