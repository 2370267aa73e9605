"""One file of an archive: written stretch by stretch, read back whole or a session at a time.

A stretch is what a machine measured in one session: a row group, or several where it is long, so that a session is read
without the rest. The key `sensor-hub` of the file's metadata holds, as JSON, what else an engine needs to know.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet

from sensor_hub.archive.columns import COLUMNS, DELTA, FORMAT, Chunk, Digest, chunks_of, schema, table_of
from sensor_hub.errors import ArchiveError

KEY = "sensor-hub"
CHUNKS_A_GROUP = 2000
"""About an hour of samples."""

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """digest: of what the chunks say, not of the file's bytes."""

    chunks: int
    rows: int
    digest: str


def write_part(file: BinaryIO, groups: Iterable[Sequence[Chunk]], facts: Facts) -> Summary:
    """groups: in their order, none empty, each of one machine and session. facts: JSON, instants may be among them."""
    digest, chunks, rows = Digest(), 0, 0
    with parquet.ParquetWriter(
        file,
        schema(),
        compression="zstd",
        use_dictionary=[name for name in COLUMNS if name not in DELTA],
        column_encoding=dict.fromkeys(DELTA, "DELTA_BINARY_PACKED"),
    ) as writer:
        for group in groups:
            table = table_of(group)
            writer.write_table(table, row_group_size=len(table))
            digest.add(group)
            chunks, rows = chunks + len(group), rows + len(table)
        summary = Summary(chunks, rows, digest.text())
        counted = {"chunks": chunks, "rows": rows, "digest": summary.digest}
        text = json.dumps({"format": FORMAT, **counted, **facts}, ensure_ascii=False, default=_iso)
        writer.add_key_value_metadata({KEY: text})
    return summary


class PartFile:
    """A file of an archive, open for reading. Raises ArchiveError where it is none."""

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._file = parquet.ParquetFile(file)
        except pa.ArrowException as error:
            raise ArchiveError(f"no whole Parquet file ({error})") from error
        self.facts: dict[str, Any] = json.loads((self._file.metadata.metadata or {}).get(KEY.encode(), b"{}"))
        if self.facts.get("format") != FORMAT:
            raise ArchiveError(f"its format is {self.facts.get('format')}, this program reads {FORMAT}")
        self.summary = Summary(self.facts["chunks"], self.facts["rows"], self.facts["digest"])

    def groups(self, machine: str | None = None, session: str | None = None) -> Iterator[list[Chunk]]:
        """In their order; only those of a machine and a session, where they are given."""
        for number in range(self._file.num_row_groups):
            if self._may_hold(number, "machine", machine) and self._may_hold(number, "session", session):
                yield self._group(number)

    def verified(self) -> Summary:
        """What is in it, all of it read. Raises ArchiveError where that is not what was written."""
        digest, chunks, rows = Digest(), 0, 0
        for group in self.groups():
            digest.add(group)
            chunks, rows = chunks + len(group), rows + sum(len(one.stored.samples) for one in group)
        found = Summary(chunks, rows, digest.text())
        if found != self.summary:
            raise ArchiveError(f"{rows} samples in it are not the {self.summary.rows} that were written")
        return found

    def _group(self, number: int) -> list[Chunk]:
        try:
            return chunks_of(self._file.read_row_group(number, use_threads=False))
        except (OSError, pa.ArrowException) as error:
            raise ArchiveError(f"it cannot be read ({error})") from error

    def _may_hold(self, group: int, column: str, value: str | None) -> bool:
        statistics = self._file.metadata.row_group(group).column(list(COLUMNS).index(column)).statistics
        if value is None or statistics is None:
            return True
        return bool(statistics.has_min_max and statistics.min <= value <= statistics.max)


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} cannot be written into an archive's file")
