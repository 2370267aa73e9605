"""The JSON export: everything of the sessions but their raw samples; `sensor-hub import` takes it back."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sensor_hub import __version__
from sensor_hub.coach.corrected import ShownSet, lay_over
from sensor_hub.coach.corrections import Correction, Kind, Lifter
from sensor_hub.errors import StoreError
from sensor_hub.messages import (
    AthleteId,
    Instant,
    LoadKg,
    MotionMessage,
    PhaseMessage,
    RejectedMessage,
    RepMessage,
    SessionMessage,
    SetMessage,
    Side,
)
from sensor_hub.prescription import Prescription
from sensor_hub.store import Store

SCHEMA = Path(__file__).with_name("export-1.json")
MOST_BYTES = 512_000_000
"""Of a file that is read at once; its messages take several times as much memory."""


class ExportedLifter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    athlete: AthleteId | None = None
    load_kg: LoadKg | None = None
    side: Side | None = None
    asked: Prescription | None = None


class ExportedCorrection(BaseModel):
    """As in sensor_hub.coach.corrections, without who said it and why: there may be names in that."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    number: int
    kind: Kind
    made: Instant
    set_number: int | None
    rep_number: int | None
    first: Instant
    last: Instant
    lifter: ExportedLifter
    flags: dict[str, bool] | None

    def word(self, session: str) -> Correction:
        values = {name: getattr(self, name) for name in type(self).model_fields} | {
            "lifter": Lifter(**dict(self.lifter))
        }
        return Correction(session=session, **values)


class Measured(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sets: list[SetMessage]
    reps: list[RepMessage]


class ExportedSession(BaseModel):
    """A session with all that belongs to it, as it went over MQTT; sets and reps are those that count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session: SessionMessage
    sets: list[SetMessage]
    reps: list[RepMessage]
    rejected: list[RejectedMessage] = []
    """What was not counted. Files of the first programs have none."""
    phases: list[PhaseMessage]
    motion: list[MotionMessage]
    """Like phases with the sets' numbers as measured."""
    measured: Measured | None = None
    """Sets and reps as measured, where something was said afterwards that counts."""
    corrections: list[ExportedCorrection] = []
    """Which make of what was measured what counts."""
    analysis: int = Field(0, ge=0)
    """Which version sets and reps are: 0 as measured live, more for later analyses of the raw samples."""


class ExportDocument(BaseModel):
    """What `sensor-hub export json` writes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: Literal["sensor-hub/export/1"] = Field("sensor-hub/export/1", alias="schema")
    version: str
    """Of the program that wrote it."""
    made: datetime
    sessions: list[ExportedSession]


def exported(store: Store, session: str, version: int | None = None) -> ExportedSession:
    """version: as of Store.session. Raises StoreError where there is no such session."""
    record = store.session(session, version)
    if record is None:
        raise StoreError(f"There is no session {session}. `sensor-hub sessions` lists those there are.")
    live = store.session(session, record.analysis.number if record.analysis else 0, as_measured=True)
    said = [one for one in record.corrections if one.revoked is None and one.kind is not Kind.VERSION]
    return ExportedSession(
        measured=Measured(sets=live.sets, reps=live.reps) if live is not None and said else None,
        corrections=[ExportedCorrection.model_validate(one) for one in said],
        session=record.session,
        sets=record.sets,
        reps=record.reps,
        rejected=record.rejected,
        phases=store.phases(session),
        motion=store.motion(session),
        analysis=record.analysis.number if record.analysis else 0,
    )


def shown(one: ExportedSession) -> list[ShownSet]:
    """All sets, also what does not count, beside what was measured."""
    measured = one.measured or Measured(sets=one.sets, reps=one.reps)
    words = [said.word(one.session.session) for said in one.corrections]
    return lay_over(measured.sets, measured.reps, words)


def json_parts(sessions: Iterable[ExportedSession], made: datetime) -> Iterable[str]:
    """The document piece by piece, a session a line, so that years of them need not fit into memory."""
    head = {"schema": "sensor-hub/export/1", "version": __version__, "made": made.isoformat()}
    yield json.dumps(head)[:-1] + ', "sessions": ['
    for number, session in enumerate(sessions):
        yield (",\n" if number else "\n") + session.model_dump_json(by_alias=True)
    yield "\n]}\n"


def read_document(path: Path) -> ExportDocument:
    """Raises StoreError where the file is no such export."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise StoreError(
                f"{path} is larger than {MOST_BYTES // 1_000_000} MB. Export fewer sessions at a time."
            )
        return ExportDocument.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}.") from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise StoreError(f"{path} is no export of sensor-hub: {place or 'it'}: {fault['msg']}.") from error


def schema_text() -> str:
    """The JSON Schema (2020-12) of the export."""
    schema = ExportDocument.model_json_schema(by_alias=True, mode="serialization")
    named = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA.name}
    return json.dumps(named | schema, indent=2, sort_keys=True) + "\n"
