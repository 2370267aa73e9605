"""The sled sensor's packets, from the sensor's side: docs/protocol.md in bytes. Pure, and the same on every board.

All numbers are little endian. Sequence numbers count samples since the boot.
"""

import struct

from micropython import const

SERVICE_UUID = "5a1ed000-2f7b-4c61-9e08-3bd4a96c17f2"
DATA_UUID = "5a1ed001-2f7b-4c61-9e08-3bd4a96c17f2"
CONTROL_UUID = "5a1ed002-2f7b-4c61-9e08-3bd4a96c17f2"
STATE_UUID = "5a1ed003-2f7b-4c61-9e08-3bd4a96c17f2"
BATTERY_SERVICE = const(0x180F)

SATURATED = const(0x01)
RESTARTED = const(0x02)
BATTERY_LOW = const(0x04)
DROPPED = const(0x08)
RESENT = const(0x10)

IDLE = const(0)
STREAMING = const(1)

START = const(0x01)
STOP = const(0x02)
SET_RATE = const(0x03)
SET_RANGE = const(0x04)
IDENTIFY = const(0x05)
CLEAR = const(0x06)
RESEND = const(0x07)

OK = const(0)
UNKNOWN_OPCODE = const(1)
BAD_PARAMETER = const(2)
NOT_NOW = const(3)

PACKET_US = const(40_000)
"""A packet goes out before its oldest sample is older than this."""
MTU = const(247)
MOST_SAMPLES = const(38)
"""What fits into a notification at that MTU."""
SAMPLE_BYTES = const(6)
HEADER_BYTES = const(14)
RANGES_G = (2, 4, 8, 16)

_PROFILE_VERSION = const(1)
_NOTIFY_BYTES = const(3)
_PARAMETERS = {START: "<", STOP: "<", SET_RATE: "<I", SET_RANGE: "<B", IDENTIFY: "<B", CLEAR: "<", RESEND: "<II"}


def samples_per_packet(mtu):
    """How many samples fit into one notification."""
    return min(MOST_SAMPLES, (mtu - _NOTIFY_BYTES - HEADER_BYTES) // SAMPLE_BYTES)


def write_header(packet, sequence, time_us, period_us, count, range_g, flags):
    """Fill in the first bytes of a packet whose samples are already in place behind them."""
    struct.pack_into("<II", packet, 0, sequence & 0xFFFFFFFF, time_us & 0xFFFFFFFF)
    packet[8] = (time_us >> 32) & 0xFF
    struct.pack_into("<HB", packet, 9, period_us & 0xFFFF, period_us >> 16)
    packet[12] = count
    packet[13] = flags | RANGES_G.index(range_g) << 6


def is_saturated(packet, count):
    """Whether a sample of the packet sits at either end of the converter's range."""
    for high in range(HEADER_BYTES + 1, HEADER_BYTES + SAMPLE_BYTES * count, 2):
        top = packet[high]
        if (top == 0x7F and packet[high - 1] == 0xFF) or (top == 0x80 and packet[high - 1] <= 1):
            return True
    return False


def parse_request(request):
    """Gives the opcode, and its parameters, or in their place the result that refuses it."""
    opcode = request[0] if request else 0
    if opcode not in _PARAMETERS:
        return opcode, UNKNOWN_OPCODE
    layout = _PARAMETERS[opcode]
    if len(request) != 1 + struct.calcsize(layout):
        return opcode, BAD_PARAMETER
    return opcode, struct.unpack_from(layout, request, 1)


def response(opcode, result):
    return bytes((0xF0, opcode, result))


def state(mode, range_g, bits, rate_mhz, boot_id, next_sequence, oldest_sequence):
    following, oldest = next_sequence & 0xFFFFFFFF, oldest_sequence & 0xFFFFFFFF
    return struct.pack("<BBBBIIII", _PROFILE_VERSION, mode, range_g, bits, rate_mhz, boot_id, following, oldest)


def advertisement(battery_percent):
    """Flags, the service, and how full the battery is where that is known."""
    parts = b"\x02\x01\x06" + _element(0x07, _uuid_bytes(SERVICE_UUID))
    if battery_percent is None:
        return parts
    return parts + _element(0x16, struct.pack("<HB", BATTERY_SERVICE, battery_percent))


def scan_response(name):
    return _element(0x09, name.encode())


def _element(kind, data):
    return bytes((len(data) + 1, kind)) + data


def _uuid_bytes(text):
    return bytes(reversed(bytes.fromhex(text.replace("-", ""))))
