"""The measures of a running hub, for Prometheus."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sensor_hub import __version__
from sensor_hub.app.keeping.backlog import Watch
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.measuring.tally import Tally
from sensor_hub.app.running.condition import Condition
from sensor_hub.app.running.works import Works
from sensor_hub.errors import SensorHubError
from sensor_hub.link import Health
from sensor_hub.pairing import Grade
from sensor_hub.web import metrics
from sensor_hub.web.metrics import Reading

GRADES = {Grade.GOOD: 2.0, Grade.UNKNOWN: 1.0, Grade.POOR: 1.0, Grade.BAD: 0.0}
STATM = Path("/proc/self/statm")


def readings(works: Works, condition: Condition) -> Iterator[Reading]:
    """Everything that can be told now. What cannot is left out, as it is not 0."""
    yield Reading(metrics.INFO, 1, (__version__,))
    for part in condition.parts():
        yield Reading(metrics.PART_GRADE, GRADES[part.grade], (part.part,))
    for place, tally in works.tallies.items():
        yield from _of_machine(place, tally)
    yield from _of_outlets(works)
    for name, (up, _) in works.connections.items():
        yield Reading(metrics.BROKER, up, (name,))
    yield from _of_recorder(works)
    if works.centre is not None:
        yield from _of_centre(works.centre)
    yield from _of_sinks(works)
    yield from _of_process(works)


def _of_machine(place: Place, tally: Tally) -> Iterator[Reading]:
    health = tally.health or Health(None, None, None, None, None)
    for family, value in (
        (metrics.SAMPLES, tally.samples),
        (metrics.SAMPLES_LOST, tally.lost),
        (metrics.GAPS, tally.gaps),
        (metrics.DROPPED, tally.dropped),
        (metrics.FAULTS, tally.faults),
        (metrics.STREAMING, tally.streams),
        (metrics.BATTERY, _scaled(health.battery_percent, 1e-2)),
        (metrics.SIGNAL, health.rssi_dbm),
        (metrics.LOSS, health.loss_ratio),
        (metrics.CLOCK, _scaled(tally.clock_error_ppm, 1e-6)),
    ):
        if value is not None:
            yield Reading(family, value, (place.site, place.machine))


def _of_outlets(works: Works) -> Iterator[Reading]:
    for place, outlet in works.open_outlets:
        labels = (place.site, place.machine)
        yield Reading(metrics.REPS, outlet.reps, labels)
        yield Reading(metrics.OUTBOX_DROPPED, outlet.dropped, labels)
        with suppress(SensorHubError):
            yield Reading(metrics.OUTBOX, outlet.pending(), labels)


def _of_recorder(works: Works) -> Iterator[Reading]:
    if works.recorder is not None:
        yield Reading(metrics.STORED, works.recorder.stored)
        yield Reading(metrics.INVALID, works.recorder.invalid)
        yield Reading(metrics.WAITING, works.recorder.waiting)
        yield Reading(metrics.LAG, works.recorder.lag_s)
    if works.store is not None:
        with suppress(SensorHubError):
            yield Reading(metrics.STORE_SIZE, works.store.check())
    with suppress(OSError):
        yield Reading(metrics.DISK_FREE, shutil.disk_usage(works.folder).free)


def _of_centre(watch: Watch) -> Iterator[Reading]:
    lack = watch.lack
    yield Reading(metrics.CENTRE_LACKS, 0 if lack is None else lack.messages)
    if watch.backlog is not None:
        yield Reading(metrics.CENTRE_WAITING, watch.backlog.waiting)


def _of_sinks(works: Works) -> Iterator[Reading]:
    for name, sink in works.sinks.items():
        yield Reading(metrics.SINK_UP, sink.problem is None, (name,))
        yield Reading(metrics.SINK_PARKED, sink.parked, (name,))
        with suppress(SensorHubError):
            yield Reading(metrics.SINK_BACKLOG, sink.pending(), (name,))


def _of_process(works: Works) -> Iterator[Reading]:
    yield Reading(metrics.LOOP_LAG, works.pulse.lag_s)
    times = os.times()
    yield Reading(metrics.CPU, times.user + times.system)
    with suppress(OSError):
        pages = int(STATM.read_text().split()[1])
        yield Reading(metrics.MEMORY, pages * os.sysconf("SC_PAGE_SIZE"))


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
