"""The ring: numbers and dates of what is held, holes, room made by the oldest."""

from collections.abc import Callable
from typing import Any

OnBoard = Callable[..., list[Any]]

HEAD = """
from ring import Ring
import struct
def put(ring, first, count):
    ring.put(b"".join(struct.pack("<hhh", k, 0, 0) for k in range(first, first + count)))
def held(ring):
    rows = []
    for place in range(ring.oldest, ring.end):
        run, end = ring.run_of(place)
        data = bytearray(8)
        ring.copy(place, 1, data, 2)
        rows.append([run.sequence_at(place), struct.unpack_from("<h", data, 2)[0], run.date_at(place)])
    return rows
"""


def test_samples_keep_their_numbers_and_dates_while_the_ring_turns(on_board: OnBoard) -> None:
    program = """
ring = Ring(100)
ring.begin_run(1000, 5_000_000, 10_000 << 8)
for first in range(1000, 1300, 7):
    put(ring, first, 7)
tell(held(ring))
"""
    (rows,) = on_board(HEAD + program)
    numbers = list(range(1301 - 100, 1301))
    assert [row[0] for row in rows] == numbers
    assert [row[1] for row in rows] == numbers
    assert [row[2] for row in rows] == [5_000_000 + 10_000 * (number - 1000) for number in numbers]


def test_a_hole_separates_runs_and_is_skipped_when_a_number_is_looked_for(on_board: OnBoard) -> None:
    program = """
ring = Ring(100)
ring.begin_run(10, 100_000, 10_000 << 8)
put(ring, 10, 5)
ring.begin_run(50, 500_000, 9_000 << 8)
put(ring, 50, 5)
tell(held(ring))
tell([ring.place_from(number) for number in (0, 10, 14, 15, 49, 50, 54, 55, 99)])
tell([ring.run_of(4)[1], ring.run_of(5)[1]])
"""
    rows, places, ends = on_board(HEAD + program)
    assert [row[0] for row in rows] == [10, 11, 12, 13, 14, 50, 51, 52, 53, 54]
    assert [row[2] for row in rows[4:7]] == [140_000, 500_000, 509_000]
    assert places == [0, 0, 4, 5, 5, 5, 9, 10, 10]
    assert ends == [5, 10]


def test_many_short_runs_cost_samples_never_wrong_numbers(on_board: OnBoard) -> None:
    program = """
ring = Ring(240)
for first in range(0, 2000, 4):
    ring.begin_run(first, 1000 * first, 1000 << 8)
    put(ring, first, 2)
tell(held(ring))
"""
    (rows,) = on_board(HEAD + program)
    assert 30 <= len(rows) < 240
    assert rows[-1][0] == 1997
    assert all(row[0] == row[1] and row[2] == 1000 * row[0] for row in rows)


def test_a_run_without_samples_leaves_no_trace(on_board: OnBoard) -> None:
    program = """
ring = Ring(50)
for sequence in range(100):
    ring.begin_run(sequence, sequence, 1 << 8)
put(ring, 99, 2)
tell(held(ring))
ring.clear()
tell([ring.oldest == ring.end, ring.place_from(0) == ring.end])
"""
    rows, cleared = on_board(HEAD + program)
    assert [row[0] for row in rows] == [99, 100]
    assert cleared == [True, True]
