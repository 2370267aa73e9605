"""What comes from elsewhere: sessions from our own JSON export, recordings from the apps of sensors' makers."""

from sensor_hub.app.importing.foreign import convert
from sensor_hub.app.importing.layouts import LAYOUTS
from sensor_hub.app.importing.sessions import Imported, import_sessions, is_export

__all__ = ["LAYOUTS", "Imported", "convert", "import_sessions", "is_export"]
