"""Names that say nothing: of athletes, and of sessions that are no more."""

import secrets
from hashlib import blake2s

_LETTERS = "bcdfghjkmnpqrstvwxz23456789"


def new_athlete_id() -> str:
    """As sensor_hub.messages.AthleteId has it: drawn at random, one of 27^8."""
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


def session_digest(session: str) -> str:
    """By which a session is known again of which nothing else is kept."""
    return blake2s(session.encode(), digest_size=16).hexdigest()
