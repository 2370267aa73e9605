"""Sessions as files for other programs: CSV, Parquet, FIT, JSON, and raw samples as recordings."""

from sensor_hub.app.export.document import (
    ExportDocument,
    ExportedSession,
    Measured,
    exported,
    json_parts,
    read_document,
    schema_text,
    shown,
)
from sensor_hub.app.export.recordings import write_recordings
from sensor_hub.app.export.single import MOST_SAMPLES, check_size, single_file
from sensor_hub.app.export.tables import write_csv
from sensor_hub.app.export.writing import Format, write_export

__all__ = [
    "MOST_SAMPLES",
    "ExportDocument",
    "ExportedSession",
    "Format",
    "Measured",
    "check_size",
    "exported",
    "json_parts",
    "read_document",
    "schema_text",
    "shown",
    "single_file",
    "write_csv",
    "write_export",
    "write_recordings",
]
