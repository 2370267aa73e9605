"""Passwords and tokens, and what is kept of them.

A person's password is guessable, so it is hashed slowly: argon2id with the smallest parameters OWASP's Password
Storage Cheat Sheet accepts (19 MiB, two passes, one lane), for the hub measures on the same small computer. A token is
256 random bits, which nobody guesses, so a fast hash is enough.
"""

import hashlib
import hmac
import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200
"""Characters of a password."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_one_at_a_time = threading.Lock()
"""However many log in at once, the engine keeps its core and its memory."""


def hash_password(password: str) -> str:
    with _one_at_a_time:
        return _hasher.hash(password)


def password_fits(password: str, hashed: str | None) -> bool:
    """Takes as long where there is no such account, and its hash is None."""
    with _one_at_a_time:
        try:
            return _hasher.verify(hashed or _nobodys(), password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)


@cache
def _nobodys() -> str:
    return _hasher.hash(new_secret())
