"""A disk that fills: what is given up in which order, and who is told."""

from pathlib import Path

import pytest

from sensor_hub.app.floor.outlet import BrokerOutlet
from sensor_hub.app.keeping.recorder import Recorder
from sensor_hub.app.keeping.thrift import LOOK_S, Thrift, stores_thrift
from sensor_hub.bus import RECORDED, BrokerAddress, Outbox, Publisher, kind_of
from sensor_hub.bus.examples import examples
from sensor_hub.config import Settings, StoreSettings
from sensor_hub.messages import Kind
from sensor_hub.store import Store
from tests.conftest import free_port, wait_for

DURABLE = [examples()[kind] for kind in RECORDED]
ALL = {kind_of(message) for message in DURABLE}
SPARED = {Kind.RAW, Kind.MOTION, Kind.PHASE, Kind.REJECTED}


class Disk:
    def __init__(self) -> None:
        self.free = 10_000
        self.now_s = 0.0

    def thrift(self, folder: Path) -> Thrift:
        return Thrift(folder, 1000, lambda _: self.free, lambda: self.now_s)

    def shrink(self, free: int) -> None:
        self.free = free
        self.now_s += LOOK_S


@pytest.mark.parametrize(
    ("free", "given_up"),
    [
        (1000, set()),
        (999, {Kind.RAW}),
        (499, SPARED),
        (0, SPARED),
    ],
)
def test_raw_goes_first_and_reps_never(tmp_path: Path, free: int, given_up: set[Kind]) -> None:
    disk = Disk()
    thrift = disk.thrift(tmp_path)
    assert all(thrift.takes(message) for message in DURABLE)
    disk.shrink(free)
    assert {kind_of(message) for message in DURABLE if thrift.takes(message)} == ALL - given_up
    assert (thrift.problem is None) == (not given_up)
    assert thrift.spared == len(given_up)


def test_it_is_told_once_and_taken_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    disk = Disk()
    thrift = disk.thrift(tmp_path)
    for free in (900, 800, 5000):
        disk.shrink(free)
        thrift.takes(DURABLE[0])
    assert caplog.text.count("raw samples are no longer kept") == 1
    assert thrift.problem is None


def test_the_hub_spares_its_own_disk_and_says_so(tmp_path: Path) -> None:
    disk = Disk()
    nowhere = BrokerAddress("mqtt", "127.0.0.1", free_port())
    outlet = BrokerOutlet(nowhere, tmp_path, "hub", "gym", "press-1", thrift=disk.thrift(tmp_path))
    disk.shrink(300)
    for message in DURABLE:
        outlet.append(message)
    waiting = Outbox(tmp_path / "outbox" / "gym.press-1.db").after(0, 100)
    assert {one.topic.rsplit("/", 1)[1] for one in waiting} == ALL - SPARED
    assert "nearly full" in str(outlet.problem)
    outlet._stop(for_good=False)


def test_the_recorder_spares_its_disk_and_tells_the_hub(tmp_path: Path, embedded: BrokerAddress) -> None:
    disk, store = Disk(), Store.open(tmp_path / "hub.db")
    thrift = disk.thrift(tmp_path)
    disk.shrink(300)
    recorder = Recorder(store, embedded, thrift=thrift)
    outbox = Outbox(tmp_path / "outbox.db")
    publisher = Publisher(embedded, outbox, "hub", examples()[Kind.STATUS])
    for part in (recorder, publisher):
        part.start()
    wait_for(lambda: publisher.recorder_problem is not None, 20)
    for message in DURABLE:
        outbox.append(message)
    wait_for(lambda: recorder.stored >= len(DURABLE) and outbox.pending() == outbox.unconfirmed() == 0, 20)
    session = examples()[Kind.SESSION].session
    assert store.motion(session) == store.phases(session) == []
    record = store.session(session)
    assert record is not None
    assert record.reps != []
    assert record.rejected == []
    assert "raw samples, motion, phases and what was not counted are no longer kept" in str(
        publisher.recorder_problem
    )
    recorder.stop()
    publisher.stop()
    store.close()


def test_a_database_servers_disk_is_its_own_affair() -> None:
    assert stores_thrift(Settings(store=StoreSettings(url="postgresql+psycopg://hub@db/hub"))) is None
    assert stores_thrift(Settings()) is not None
