"""Names and ids: made from what a thing is about, so that a resend is recognised anywhere."""

import re
import unicodedata
from datetime import datetime
from hashlib import blake2s

MAX_NAME = 63
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def machine_name(bluetooth_name: str) -> str:
    """A sensor's Bluetooth name as a machine's name: small letters without accents, digits, - and _."""
    plain = unicodedata.normalize("NFKD", bluetooth_name.lower().translate(_GERMAN))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    slug = re.sub(r"[^a-z0-9_]+", "-", bare).strip("-_")[:MAX_NAME]
    return slug or "sensor"


def session_id(started: datetime, machine: str, sensor: str, start_s: float) -> str:
    """`<UTC start>-<machine>-<8 hex>`; the digits tell apart what machines of one name began in one second. Among
    10 000 machines with ten sessions a day each, two of one id would take a thousand years."""
    digest = blake2s(f"{sensor} {start_s:.6f} {started.isoformat()}".encode(), digest_size=4).hexdigest()
    return f"{started:%Y%m%dT%H%M%SZ}-{machine}-{digest}"


def moment_id(*parts: str | int, at_s: float) -> str:
    """Dotted parts and a device time in whole milliseconds."""
    return ".".join([*(str(part) for part in parts), str(round(at_s * 1000))])
