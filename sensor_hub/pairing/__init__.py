"""Pairing, the pure part: what kinds of machine there are, what is measured of a freshly clipped sensor, what it means.

Data in, events out: `Procedure` takes samples and commands and says what to do next; the radio, the files, the
terminal and the page are elsewhere.
"""

from sensor_hub.pairing.kinds import KINDS, KindOfMachine, MachineKind

__all__ = ["KINDS", "KindOfMachine", "MachineKind"]
