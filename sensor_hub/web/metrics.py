"""What Prometheus scrapes at /metrics: every family of measures, and their text.

Text and names: https://prometheus.io/docs/instrumenting/exposition_formats/ and
https://prometheus.io/docs/practices/naming/. Labels are machines, parts and routes, so their number is bounded.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fastapi import APIRouter, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PLACE = ("site", "machine")
UNROUTED = "other"
"""The route of a request that no route answers, or that the guard has turned away."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """labels: values for the family's labels, in their order."""

    family: Family
    value: float
    labels: tuple[str, ...] = ()


FAMILIES: list[Family] = []
"""In the order they are shown."""


def _family(name: str, kind: Kind, meaning: str, labels: tuple[str, ...] = ()) -> Family:
    FAMILIES.append(Family(name, kind, meaning, labels))
    return FAMILIES[-1]


def _counter(name: str, meaning: str, *labels: str) -> Family:
    return _family(f"sensor_hub_{name}_total", Kind.COUNTER, meaning, labels)


def _gauge(name: str, meaning: str, *labels: str) -> Family:
    return _family(f"sensor_hub_{name}", Kind.GAUGE, meaning, labels)


INFO = _gauge("info", "Always 1; the version is in the label.", "version")
PART_GRADE = _gauge("part_grade", "How a part does, as in /health: 2 good, 1 poor, 0 bad.", "part")
SAMPLES = _counter("samples", "Samples that came from the machine's sensor.", *PLACE)
SAMPLES_LOST = _counter("samples_lost", "Samples that never came, where their number is known.", *PLACE)
GAPS = _counter("gaps", "Gaps between samples.", *PLACE)
DROPPED = _counter("dropped_notifications", "Notifications that this computer was too slow to take.", *PLACE)
REPS = _counter("reps", "Reps that were counted.", *PLACE)
FAULTS = _counter("faults", "Times the machine's engine failed and began anew.", *PLACE)
STREAMING = _gauge("sensor_streaming", "1 while samples come from the machine's sensor, else 0.", *PLACE)
BATTERY = _gauge("sensor_battery_ratio", "Charge of the sensor's battery, 0 to 1.", *PLACE)
SIGNAL = _gauge("sensor_rssi_dbm", "Signal strength of the sensor.", *PLACE)
LOSS = _gauge("sensor_loss_ratio", "Share of the samples that were lost in about the last minute, 0 to 1.", *PLACE)
CLOCK = _gauge("sensor_clock_error_ratio", "How much faster the sensor's clock runs than the hub's.", *PLACE)
OUTBOX = _gauge("outbox_messages", "Messages that no broker has acknowledged yet.", *PLACE)
OUTBOX_DROPPED = _counter("outbox_dropped", "Messages that were given up because the outbox was full.", *PLACE)
BROKER = _gauge("broker_connected", "1 while this connection to the broker is up, else 0.", "client")
STORED = _counter("recorder_stored", "Messages committed to the store, resends included.")
INVALID = _counter("recorder_invalid", "Messages on the bus that were none of ours and were ignored.")
WAITING = _gauge("recorder_waiting_messages", "Messages that have come and are not committed yet.")
LAG = _gauge("recorder_lag_seconds", "For how long the oldest of them has waited.")
STORE_SIZE = _gauge("store_size_bytes", "Size of the database.")
DISK_FREE = _gauge("disk_free_bytes", "Room left on the disk of the data folder.")
CENTRE_WAITING = _gauge("centre_waiting_messages", "Messages that a chain's centre has not fetched from here yet.")
CENTRE_LACKS = _gauge("centre_lacking_messages", "Messages whose room was full before the centre fetched them.")
SINK_UP = _gauge("sink_up", "1 while the sink takes what it is sent, else 0.", "sink")
SINK_BACKLOG = _gauge("sink_backlog_rows", "Rows that the sink does not have yet.", "sink")
SINK_PARKED = _gauge("sink_parked_points", "Points the sink has refused, which stand parked.", "sink")
LOOP_LAG = _gauge("event_loop_lag_seconds", "Longest time the event loop was late in the last minute.")
LIVE_PAGES = _gauge("live_pages", "Live pages that are open.")
REQUESTS = _counter("http_requests", "HTTP requests that were answered.", "method", "route", "status")
MEMORY = _family("process_resident_memory_bytes", Kind.GAUGE, "Memory of the process.")
CPU = _family("process_cpu_seconds_total", Kind.COUNTER, "Computing time of the process.")

Measure = Callable[[], Iterable[Reading]]


class Requests:
    """Counts what was asked, by the route that answered: an address is not a label, for there is no end of those."""

    def __init__(self, app: ASGIApp, counts: Counter[tuple[str, str, str]]) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                method = scope["method"] if scope["method"] in METHODS else UNROUTED
                route = getattr(scope.get("route"), "path", UNROUTED)
                self._counts[method, route, str(message["status"])] += 1
            await send(message)

        await self._app(scope, receive, counted if scope["type"] == "http" else send)


def metrics_router(measures: Sequence[Measure]) -> APIRouter:
    router = APIRouter()

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def metrics() -> Response:
        """For Prometheus, in its text format."""
        text = render(reading for measure in measures for reading in measure())
        return Response(text, media_type="text/plain; version=0.0.4")

    return router


def render(readings: Iterable[Reading]) -> str:
    """The text format, every family together and in the order of `FAMILIES`."""
    lines: dict[Family, list[str]] = defaultdict(list)
    for one in readings:
        pairs = zip(one.family.labels, one.labels, strict=True)
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs)
        lines[one.family].append(f"{one.family.name}{f'{{{labels}}}' if labels else ''} {float(one.value)!r}\n")
    return "".join(
        f"# HELP {family.name} {family.meaning}\n# TYPE {family.name} {family.kind}\n{''.join(lines[family])}"
        for family in FAMILIES
        if family in lines
    )


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
