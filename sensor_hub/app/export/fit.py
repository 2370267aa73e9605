"""A session as a FIT activity: strength training, a `set` a set, a `record` a rep with developer fields for its tempo.

Message and field names: Garmin's FIT profile, through fit-tool (BSD-3-Clause). FIT keeps whole seconds; the tempo is in
the developer fields. A value that is not known is FIT's "invalid" (no number), never 0.
"""

import math
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sensor_hub.app.export.document import ExportedSession
from sensor_hub.errors import StoreError
from sensor_hub.messages import RepMessage, SetMessage

APPLICATION = b"sensor-hub-tempo"
"""16 bytes that tell these developer fields from all others."""
PRODUCT = 1
"""Of the manufacturer "development", whose products have no register."""
FIELDS: Sequence[tuple[str, str]] = (
    ("eccentric_s", "s"),
    ("bottom_pause_s", "s"),
    ("concentric_s", "s"),
    ("top_pause_s", "s"),
    ("rom_m", "m"),
    ("mean_velocity_mps", "m/s"),
    ("peak_velocity_mps", "m/s"),
    ("set_number", ""),
    ("number", ""),
)


def write_fit(one: ExportedSession, path: Path) -> None:
    """Raises StoreError where fit-tool is not installed."""
    try:
        from fit_tool.fit_file_builder import FitFileBuilder
    except ImportError as error:
        raise StoreError("FIT needs fit-tool: pip install 'sensor-hub[fit]'.") from error
    builder = FitFileBuilder(auto_define=True, strict=True)
    builder.add_all(list(_messages(one)))
    path.write_bytes(builder.build_bytes())


def _messages(one: ExportedSession) -> Iterator[Any]:
    from fit_tool.profile.messages.file_id_message import FileIdMessage
    from fit_tool.profile.profile_type import FileType, Manufacturer

    identity = FileIdMessage()
    identity.type = FileType.ACTIVITY
    identity.manufacturer = Manufacturer.DEVELOPMENT.value
    identity.product = PRODUCT
    identity.serial_number = zlib.crc32(one.session.sensor.encode()) or 1
    identity.time_created = _ms(one.session.started)
    yield identity
    yield from _descriptions()
    timed = [(rep.time, _rep(rep)) for rep in one.reps]
    timed += [(lifted.ended or lifted.started, _set(lifted, one)) for lifted in one.sets]
    yield from (message for _, message in sorted(timed, key=lambda pair: pair[0]))
    yield from _totals(one)


def _descriptions() -> Iterator[Any]:
    from fit_tool.base_type import BaseType
    from fit_tool.profile.messages.developer_data_id_message import DeveloperDataIdMessage
    from fit_tool.profile.messages.field_description_message import FieldDescriptionMessage

    developer = DeveloperDataIdMessage()
    developer.developer_data_index = 0
    developer.application_id = APPLICATION
    yield developer
    for number, (name, unit) in enumerate(FIELDS):
        described = FieldDescriptionMessage()
        described.developer_data_index = 0
        described.field_definition_number = number
        described.fit_base_type_id = BaseType.FLOAT32
        described.field_name = name
        if unit:
            described.units = unit
        yield described


def _rep(rep: RepMessage) -> Any:
    from fit_tool.base_type import BaseType
    from fit_tool.developer_field import DeveloperField
    from fit_tool.profile.messages.record_message import RecordMessage

    fields = []
    for number, (name, unit) in enumerate(FIELDS):
        field = DeveloperField(number, name, BaseType.FLOAT32, units=unit, size=4)
        value = getattr(rep, name)
        field.set_value(0, None if value is None else float(value))
        fields.append(field)
    record = RecordMessage(developer_fields=fields)
    record.timestamp = _ms(rep.time)
    return record


def _set(lifted: SetMessage, one: ExportedSession) -> Any:
    from fit_tool.profile.messages.set_message import SetMessage as FitSet
    from fit_tool.profile.profile_type import SetType

    message = FitSet(local_id=1)
    message.timestamp = _ms(lifted.ended or lifted.started)
    message.start_time = _ms(lifted.started)
    if lifted.end_s is not None:
        message.duration = lifted.end_s - lifted.start_s
    message.repetitions = sum(rep.set_number == lifted.number for rep in one.reps)
    message.set_type = SetType.ACTIVE.value
    message.message_index = lifted.number - 1
    load_kg = one.session.load_kg if lifted.load_kg is None else lifted.load_kg
    if load_kg is not None:
        message.weight = load_kg
    return message


def _totals(one: ExportedSession) -> Iterator[Any]:
    from fit_tool.profile.messages.activity_message import ActivityMessage
    from fit_tool.profile.messages.lap_message import LapMessage
    from fit_tool.profile.messages.session_message import SessionMessage
    from fit_tool.profile.profile_type import Activity, Event, EventType, Sport, SubSport

    ended = one.session.ended or max((rep.time for rep in one.reps), default=one.session.started)
    lasted_s = max(0.0, (ended - one.session.started).total_seconds())
    for message, event in ((LapMessage(local_id=2), Event.LAP), (SessionMessage(local_id=4), Event.SESSION)):
        message.message_index = 0
        message.timestamp, message.start_time = _ms(ended), _ms(one.session.started)
        message.sport, message.sub_sport = Sport.TRAINING, SubSport.STRENGTH_TRAINING
        message.event, message.event_type = event, EventType.STOP
        message.total_elapsed_time = message.total_timer_time = lasted_s
        if event is Event.SESSION:
            message.first_lap_index, message.num_laps = 0, 1
        yield message
    activity = ActivityMessage(local_id=3)
    activity.timestamp, activity.total_timer_time, activity.num_sessions = _ms(ended), lasted_s, 1
    activity.type, activity.event, activity.event_type = Activity.MANUAL, Event.ACTIVITY, EventType.STOP
    yield activity


def _ms(instant: datetime) -> int:
    """fit-tool's instants: milliseconds since 1970."""
    return math.floor(instant.timestamp()) * 1000
