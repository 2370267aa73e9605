"""The file of accounts, tokens and shared links: `access.json` in the data folder, readable by the hub's user alone.

A file and not a table: the store is copied, exported and may be a PostgreSQL of others; none of that should carry
anybody's password. A backup has the file beside the store, and so is for its owner alone.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from sensor_hub.access.records import Account, Records, Share, Token
from sensor_hub.access.rights import Right, Role, Shared
from sensor_hub.access.secrets import LONGEST, SHORTEST, digest, hash_password, new_secret
from sensor_hub.errors import ConfigError

MOST = 1000
"""Accounts, tokens, and shared links."""


class AccessFile:
    """Every method raises ConfigError with what to do."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "access.json"
        self._known: tuple[object, Records] = (None, Records())

    def read(self) -> Records:
        """As the file is now; it is parsed only when it has changed."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                mark = (status.st_ino, status.st_mtime_ns, status.st_size)
                if mark != self._known[0]:
                    self._check_mode(status.st_mode)
                    self._known = (mark, Records.model_validate_json(file.read()))
        except FileNotFoundError:
            return Records()
        except OSError as error:
            raise ConfigError(f"The accounts in {self.path} cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            raise ConfigError(
                f"{self.path} cannot be used: {error.error_count()} faults. Move it away and make the accounts anew."
            ) from error
        return self._known[1]

    def add_account(self, name: str, role: Role, password: str, athlete: str | None = None) -> None:
        """athlete: an id, for a lifter's own account."""
        _check_password(password)
        try:
            account = Account(name=name, role=role, password_hash=hash_password(password), athlete=athlete)
        except ValidationError as error:
            if any(fault["loc"] == ("athlete",) for fault in error.errors()):
                raise ConfigError(
                    f"{athlete!r} is no athlete's id. `sensor-hub athlete list` shows them."
                ) from error
            raise ConfigError(f'"{name}" is no name: use small letters, digits, "-" and "_".') from error
        with self._changing() as records:
            if any(one.name == name for one in records.accounts):
                raise ConfigError(
                    f"{name} has an account. `sensor-hub user password {name}` changes the password."
                )
            self._write(records.model_copy(update={"accounts": (*records.accounts, account)}))

    def set_password(self, name: str, password: str) -> None:
        """Whoever is logged in with the old one is logged in no longer."""
        _check_password(password)
        hashed = hash_password(password)
        with self._changing() as records:
            _account(records, name)
            changed = [
                one if one.name != name else one.model_copy(update={"password_hash": hashed})
                for one in records.accounts
            ]
            self._write(records.model_copy(update={"accounts": tuple(changed)}))

    def remove_account(self, name: str) -> None:
        with self._changing() as records:
            gone = _account(records, name)
            self._write(
                records.model_copy(update={"accounts": tuple(one for one in records.accounts if one != gone)})
            )

    def accounts_of(self, athlete: str) -> list[Account]:
        return [one for one in self.read().accounts if one.athlete == athlete]

    def shares_of(self, athlete: str) -> list[Share]:
        return [one for one in self.read().shares if athlete in one.athletes]

    def forget(self, athlete: str, sessions: Collection[str] = ()) -> list[str]:
        """The names of the athlete's accounts, which are no more; nor are links that showed the athlete, or one of the
        sessions."""
        ends = [one for one in self.read().shares if athlete in one.athletes or one.session in sessions]
        if not ends and not self.accounts_of(athlete):
            return []
        with self._changing() as records:
            gone = [one.name for one in records.accounts if one.athlete == athlete]
            accounts = tuple(one for one in records.accounts if one.athlete != athlete)
            shares = tuple(
                one.model_copy(update={"made_by": None}) if one.made_by in gone else one
                for one in records.shares
                if athlete not in one.athletes and one.session not in sessions
            )
            self._write(records.model_copy(update={"accounts": accounts, "shares": shares}))
            return gone

    def add_token(
        self, label: str, scopes: frozenset[Right], made: datetime, place: tuple[str, str] | None = None
    ) -> str:
        """The token, which only its holder knows from then on. place: site and machine it is bound to."""
        secret = new_secret()
        token_id = digest(secret)[:8]
        site, machine = place or (None, None)
        try:
            token = Token(
                id=token_id,
                label=label,
                scopes=scopes,
                site=site,
                machine=machine,
                made=made,
                secret_hash=digest(secret),
            )
        except ValidationError as error:
            fault = error.errors()[0]
            raise ConfigError(f"{fault['loc'][-1]} {fault['input']!r}: {fault['msg'].lower()}.") from error
        with self._changing() as records:
            self._write(records.model_copy(update={"tokens": (*records.tokens, token)}))
        return secret

    def remove_token(self, token_id: str) -> Token:
        with self._changing() as records:
            gone = next((one for one in records.tokens if one.id == token_id), None)
            if gone is None:
                raise ConfigError(f"There is no token {token_id!r}. `sensor-hub token list` names them.")
            self._write(records.model_copy(update={"tokens": tuple(one for one in records.tokens if one != gone)}))
            return gone

    def add_share(
        self, shared: Shared, athletes: Collection[str], made: datetime, made_by: str | None
    ) -> tuple[Share, str]:
        """A link, and the secret that only who gets it knows from then on. athletes: everybody whom it shows. Links
        that have ended go out of the file."""
        secret = new_secret()
        share = Share(
            id=digest(secret)[:8],
            session=shared.session,
            athlete=shared.athlete,
            athletes=tuple(sorted(athletes)),
            named=shared.named,
            made=made,
            made_by=made_by,
            expires=shared.expires,
            secret_hash=digest(secret),
        )
        with self._changing() as records:
            lasting = [one for one in records.shares if one.expires > made]
            self._write(records.model_copy(update={"shares": (*lasting, share)}))
        return share, secret

    def end_share(self, share_id: str) -> Share | None:
        """The link that opens nothing any more; None where there is none of this id."""
        with self._changing() as records:
            gone = next((one for one in records.shares if one.id == share_id), None)
            if gone is not None:
                left = tuple(one for one in records.shares if one != gone)
                self._write(records.model_copy(update={"shares": left}))
            return gone

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Records]:
        """One writer at a time."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be written: {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.read()
        finally:
            os.close(lock)

    def _write(self, records: Records) -> None:
        """Whole or not at all."""
        if max(map(len, (records.accounts, records.tokens, records.shares))) > MOST:
            raise ConfigError(f"There are {MOST} already. Remove some first.")
        partial = self.path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(records.model_dump_json(indent=2))
            file.flush()
            os.fsync(descriptor)
        partial.replace(self.path)

    def _check_mode(self, mode: int) -> None:
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"Others may read the accounts in {self.path}. Run: chmod 600 {self.path}")


def _account(records: Records, name: str) -> Account:
    found = next((one for one in records.accounts if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in records.accounts)
        raise ConfigError(f"Nobody called {name} has an account. {f'Known: {known}.' if known else ''}".strip())
    return found


def _check_password(password: str) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(
            f"A password has {SHORTEST} to {LONGEST} characters. Some words in a row are a good one."
        )
