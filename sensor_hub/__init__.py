"""The hub: from a sensor on the sled to live tempo and logged sessions."""

__version__ = "0.1.0"
