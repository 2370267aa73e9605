"""The source of truth: sessions, sets, reps and raw samples in a database, and what is passed on from there."""

from sensor_hub.store.chunks import decode_samples, encode_samples
from sensor_hub.store.influx import InfluxSink
from sensor_hub.store.review import MachineRow, SessionRecord
from sensor_hub.store.store import Store
from sensor_hub.store.trace import RawTrace

__all__ = ["InfluxSink", "MachineRow", "RawTrace", "SessionRecord", "Store", "decode_samples", "encode_samples"]
