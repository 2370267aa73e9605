"""The source of truth: sessions, sets, reps and raw samples in a database, and what is passed on from there."""

from sensor_hub.store.chunks import decode_samples, encode_samples
from sensor_hub.store.copies import Contents, close_file, contents_of, copy_store, file_of
from sensor_hub.store.influx import InfluxSink
from sensor_hub.store.review import MachineRow, SessionRecord
from sensor_hub.store.store import Store
from sensor_hub.store.trace import RawTrace

__all__ = [
    "Contents",
    "InfluxSink",
    "MachineRow",
    "RawTrace",
    "SessionRecord",
    "Store",
    "close_file",
    "contents_of",
    "copy_store",
    "decode_samples",
    "encode_samples",
    "file_of",
]
