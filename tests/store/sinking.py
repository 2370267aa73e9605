"""Running a sink beside a store, until everything is passed on."""

from collections.abc import Iterator
from contextlib import contextmanager

from sensor_hub.store import InfluxSink, InfluxTarget, Store
from tests.conftest import wait_for


def target(url: str, token: str = "t", timeout_s: float = 2.0) -> InfluxTarget:
    return InfluxTarget(url, token, "gym", "legpress", timeout_s=timeout_s)


@contextmanager
def passing_on(
    store: Store, url: str, token: str = "t", timeout_s: float = 2.0, hub: str = "hub-1"
) -> Iterator[InfluxSink]:
    sink = InfluxSink(store, target(url, token, timeout_s), hub=hub)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


def passed_on(sink: InfluxSink) -> None:
    wait_for(lambda: sink.pending() == 0, 15, lambda: str(sink.problem))
    wait_for(lambda: sink.problem is None, 5)
