"""What the firmware without its radio has sent, read as a hub reads it."""

import numpy as np

from sensor_hub import wire
from sensor_hub.wire import Response, Result

HEAD = """
from rig import Rig, START
import struct
def resend(first, count):
    return rig.ask(7, *struct.pack("<II", first & 0xFFFFFFFF, count))
"""


def packets(told: list[str]) -> list[wire.DataPacket]:
    return [wire.DataPacket.decode(bytes.fromhex(text)) for text in told]


def numbers(heard: list[wire.DataPacket]) -> list[int]:
    return [number for packet in heard for number in range(packet.sequence, packet.sequence + len(packet.counts))]


def result(text: str) -> Result:
    return Response.decode(bytes.fromhex(text)).result


def assert_right(heard: list[wire.DataPacket]) -> None:
    """Each sample is the one that its number says."""
    for packet in heard:
        wanted = packet.sequence + np.arange(len(packet.counts))
        assert (packet.counts[:, 0].astype(int) + 30000 * packet.counts[:, 1] == wanted).all()
