"""Reps as a table, one a row, for spreadsheets and data frames."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sensor_hub.app.export.document import ExportedSession, shown
from sensor_hub.app.telling.rep_words import tempo
from sensor_hub.coach.corrected import turn_of
from sensor_hub.errors import StoreError
from sensor_hub.messages import RepMessage, SessionMessage, SetMessage

_NOT_A_METRIC = {"schema_", "id", "seq", "time", "site", "machine", "session", "set_number", "number"}
_INSTANTS = ("start_s", "bottom_s", "turn_s", "end_s")
_FLAGS = ("bounced", "hard_lockout", "partial")
METRICS = [name for name in RepMessage.model_fields if name not in _NOT_A_METRIC | {"uncertainty", "trace"}]
TEXTS = ("session", "site", "machine", "sensor", "athlete", "side", "tempo", "bounce_cause", "corrected")
UNCERTAIN = [name for name in METRICS if name not in (*_INSTANTS, *_FLAGS, *TEXTS)]
COLUMNS = [
    *(
        "session",
        "site",
        "machine",
        "sensor",
        "athlete",
        "load_kg",
        "side",
        "started",
        "analysis",
        "set_number",
        "number",
        "measured_set_number",
        "measured_number",
        "corrected",
        "time",
    ),
    *("tempo", *METRICS, *(f"{name}_uncertainty" for name in UNCERTAIN)),
]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for the beginning of one, in full width too (OWASP, CSV injection)."""

Row = dict[str, Any]


def rep_rows(sessions: Iterable[ExportedSession]) -> Iterator[Row]:
    for one in sessions:
        session = one.session
        shared = {
            "session": session.session,
            "site": session.site,
            "machine": session.machine,
            "sensor": session.sensor,
            "started": session.started,
            "analysis": one.analysis,
        }
        lifters = {lifted.number: _lifter(lifted, session) for lifted in one.sets}
        measured = {turn_of(each.measured): each.measured for part in shown(one) for each in part.reps}
        for rep in one.reps:
            values = rep.model_dump()
            place = {"set_number": rep.set_number, "number": rep.number, "time": rep.time, "tempo": tempo(values)}
            place |= _as_measured(rep, measured.get(turn_of(rep), rep))
            metrics = {name: values[name] for name in METRICS}
            lifter = lifters.get(rep.set_number) or _lifter(None, session)
            yield (
                shared | lifter | place | metrics | {f"{n}_uncertainty": rep.uncertainty.get(n) for n in UNCERTAIN}
            )


def _as_measured(rep: RepMessage, measured: RepMessage) -> Row:
    """Where it was counted, and what of it somebody has said to be otherwise."""
    names = [name for name in _FLAGS if getattr(rep, name) != getattr(measured, name)]
    return {
        "measured_set_number": measured.set_number,
        "measured_number": measured.number,
        "corrected": " ".join(names) or None,
    }


def _lifter(lifted: SetMessage | None, session: SessionMessage) -> Row:
    """The session's word counts where nobody said anything of the set."""
    if lifted is None or (lifted.athlete, lifted.load_kg, lifted.side) == (None, None, None):
        return {"athlete": session.athlete, "load_kg": session.load_kg, "side": None}
    return {"athlete": lifted.athlete, "load_kg": lifted.load_kg, "side": lifted.side and lifted.side.value}


def write_csv(sessions: Iterable[ExportedSession], path: Path) -> None:
    """RFC 4180 in UTF-8. Text that a spreadsheet would take for a formula gets a ' in front."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rep_rows(sessions):
            writer.writerow({name: _cell(value) for name, value in row.items()})


def write_parquet(sessions: Iterable[ExportedSession], path: Path) -> None:
    """The same columns with types. Raises StoreError where pyarrow is not installed."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise StoreError("Parquet needs pyarrow: pip install 'sensor-hub[parquet]'.") from error
    schema = pyarrow.schema([(name, _arrow(pyarrow, name)) for name in COLUMNS])
    with parquet.ParquetWriter(path, schema) as writer:
        for one in sessions:
            writer.write_table(pyarrow.Table.from_pylist(list(rep_rows([one])), schema=schema))


def _arrow(pyarrow: Any, name: str) -> Any:
    if name in TEXTS:
        return pyarrow.string()
    if name in ("started", "time"):
        return pyarrow.timestamp("us", tz="UTC")
    if name in ("analysis", "set_number", "number", "measured_set_number", "measured_number"):
        return pyarrow.int32()
    return pyarrow.bool_() if name in _FLAGS else pyarrow.float64()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if isinstance(value, datetime) else value
