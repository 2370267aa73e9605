"""`python -m tests.store.keep FOLDER`: writes a small evening as this version of the program stores it.

Run once with each new version of the tables; what it writes stays in tests/store/kept for ever, and every later program
must open it. To make one of an older version, check that version out, take this file along and run it there.
"""

import gzip
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from sensor_hub.store import Store
from sensor_hub.store.database import NEWEST
from tests.store.conftest import Lifter, counts_block

KEPT = Path(__file__).parent / "kept"


def keep(folder: Path) -> Path:
    """Two sets of three reps, their motion, and 4 s of raw samples."""
    lifter = Lifter()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "hub.db")
        store = Store.open(path)
        store.record(lifter.whole_session())
        store.record([lifter.raw(100.0 + 2 * n, counts_block(200, 2.0 * n, seed=n)) for n in range(2)])
        store.close()
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("VACUUM")
        file = folder / f"{NEWEST}.db.gz"
        file.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    return file


def opened(file: Path, path: Path) -> Path:
    """A kept store, unpacked."""
    path.write_bytes(gzip.decompress(file.read_bytes()))
    return path


if __name__ == "__main__":
    print(keep(Path(sys.argv[1])))
