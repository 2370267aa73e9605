"""Everything that can go wrong, as one tree.

    SensorHubError                 the message is a sentence that tells the user what to do
    ├── ConfigError                a settings or scenario file cannot be used
    ├── RecordingError             a recording cannot be read, or its units are not m/s²
    ├── PacketError                bytes from a sensor that are not a valid packet
    ├── LinkError                  Bluetooth: no adapter, adapter off, sensor gone
    ├── BusError                   MQTT: broker refused, unreachable, not embedded
    ├── StoreError                 the database cannot be opened, or is newer than this program
    │   ├── ArchiveError           the archive cannot be reached, or is damaged
    │   ├── MissingError           there is no such athlete, session or set
    │   └── UnfitError             what was given to keep is not fit to be kept
    ├── ServeError                 the web server cannot listen
    └── PictureError               a picture cannot be drawn: its ending, its library, its folder

Each class carries the exit code that a command ends with when the error reaches it.
"""

from typing import ClassVar


class SensorHubError(Exception):
    """Root of all errors this project raises on purpose."""

    exit_code: ClassVar[int] = 1


class ConfigError(SensorHubError):
    exit_code = 2


class RecordingError(SensorHubError):
    exit_code = 3


class PacketError(SensorHubError):
    exit_code = 4


class LinkError(SensorHubError):
    exit_code = 5


class BusError(SensorHubError):
    exit_code = 6


class StoreError(SensorHubError):
    exit_code = 7


class ArchiveError(StoreError):
    """The raw samples' archive cannot be reached, or a file in it is damaged."""


class MissingError(StoreError):
    """What was asked for is not in the database."""


class UnfitError(StoreError):
    """What was given to be kept says nothing, or what nobody could read."""


class ServeError(SensorHubError):
    exit_code = 8


class PictureError(SensorHubError):
    exit_code = 9
