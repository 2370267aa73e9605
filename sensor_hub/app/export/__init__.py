"""Sessions as files for other programs: CSV, Parquet, FIT, JSON, and raw samples as recordings."""

from sensor_hub.app.export.document import ExportDocument, ExportedSession, read_document, schema_text
from sensor_hub.app.export.writing import Format, write_export

__all__ = ["ExportDocument", "ExportedSession", "Format", "read_document", "schema_text", "write_export"]
