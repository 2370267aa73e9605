"""Settings: one TOML file, every key known, every value checked, a default for everything.

The models below are the documentation: `sensor-hub config check` and config/sensor-hub.toml are made from their
descriptions. Passwords and tokens never stand in the file: they come from the environment or a file of their own.
"""

from sensor_hub.config.reading import data_dir, default_file, load, nearest, secret_variable
from sensor_hub.config.sections import (
    EMBEDDED,
    EVERYTHING,
    SECTIONS,
    ArchiveSettings,
    ChainSettings,
    HubSettings,
    InfluxSettings,
    MachineSettings,
    MqttSettings,
    Section,
    Settings,
    StoreSettings,
    WebSettings,
)

__all__ = [
    "EMBEDDED",
    "EVERYTHING",
    "SECTIONS",
    "ArchiveSettings",
    "ChainSettings",
    "HubSettings",
    "InfluxSettings",
    "MachineSettings",
    "MqttSettings",
    "Section",
    "Settings",
    "StoreSettings",
    "WebSettings",
    "data_dir",
    "default_file",
    "load",
    "nearest",
    "secret_variable",
]
