"""Sessions as files for other programs: CSV, Parquet, FIT, JSON, and raw samples as recordings."""

from sensor_hub.app.export.document import (
    ExportDocument,
    ExportedSession,
    exported,
    json_parts,
    read_document,
    schema_text,
)
from sensor_hub.app.export.recordings import write_recordings
from sensor_hub.app.export.tables import write_csv
from sensor_hub.app.export.writing import Format, write_export

__all__ = [
    "ExportDocument",
    "ExportedSession",
    "Format",
    "exported",
    "json_parts",
    "read_document",
    "schema_text",
    "write_csv",
    "write_export",
    "write_recordings",
]
