"""What a simulated sensor measures: the seam between the sled's physics, or a recording, and the radio."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

TimeBlock = NDArray[np.float64]
CountsBlock = NDArray[np.int16]


class SampleSource(Protocol):
    """One sensor's converter.

    name: Bluetooth name, up to 26 bytes; rate_hz: nominal rate; range_g: 2, 4, 8 or 16; bits: width of the
    converter, 8 to 16, counts being left-aligned in int16 so that ±range_g is full scale.
    """

    @property
    def name(self) -> str: ...

    @property
    def rate_hz(self) -> float: ...

    @property
    def range_g(self) -> float: ...

    @property
    def bits(self) -> int: ...

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        """(n,) rising device seconds, (n, 3) counts; any n. A hole in the times is samples that are missing."""
