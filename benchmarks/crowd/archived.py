"""What an hour on a machine in use takes in the archive."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.crowd.recorded import EVENING, MACHINE, SITE, Stream
from sensor_hub.app.keeping.archiving import Archivist
from sensor_hub.bus import decode
from sensor_hub.config import ArchiveSettings, HubSettings, Settings
from sensor_hub.store import Store

_LATER = EVENING + timedelta(days=3650)


def archived(streams: Sequence[Stream]) -> float:
    """MB, with all these machines in one file."""
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder, "hub.db"))
        for number, stream in enumerate(streams):
            name = f"press-{number:05}".encode()
            store.record(
                [
                    decode(
                        f"legpress/{SITE}/{name.decode()}/{one.kind}", one.payload.replace(MACHINE.encode(), name)
                    )
                    for one in stream.messages
                ]
            )
        hub, archive = HubSettings(data_dir=Path(folder)), ArchiveSettings(url=f"file://{folder}/archive")
        taken = list(Archivist(store, Settings(hub=hub, archive=archive)).take(_LATER))
        store.close()
    return sum(one.size_bytes for one in taken) / 1e6 / (sum(one.seconds for one in streams) / 3600)
