"""`python -m sensor_hub.app.export` in a checkout brings the JSON Schema up to date; a test says when it is not."""

from sensor_hub.app.export.document import SCHEMA, schema_text

SCHEMA.write_text(schema_text(), encoding="utf-8")
