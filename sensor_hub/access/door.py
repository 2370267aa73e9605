"""Who a request comes from: a login, a token, a kiosk screen, or somebody at the computer itself."""

import ipaddress
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sensor_hub.access.file import AccessFile
from sensor_hub.access.records import Account, Share, Token
from sensor_hub.access.rights import AT_THE_COMPUTER, ROLE_RIGHTS, Shared, Visitor
from sensor_hub.access.secrets import digest, new_secret, password_fits, same
from sensor_hub.access.throttle import Throttle

log = logging.getLogger(__name__)

IDLE_S = 12 * 3600.0
LONGEST_S = 7 * 24 * 3600.0
MOST_LOGINS = 1000


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request carries. here: it comes from the computer the hub runs on, which no proxy has passed on."""

    login: str | None = None
    kiosk: str | None = None
    bearer: str | None = None
    here: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """wait_s: where there were too many tries, so long until the next."""

    wait_s: float | None = None


@dataclass(slots=True)
class _Login:
    account: Account
    began_s: float
    seen_s: float


class Access:
    """trusting: whoever is at the computer itself need not log in. Thread-safe; log_in blocks."""

    def __init__(
        self,
        file: AccessFile,
        trusting: bool = False,
        clock: Callable[[], float] = time.monotonic,
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.trusting = trusting
        self.file = file
        self.utc = utc
        self._clock = clock
        self._lock = threading.Lock()
        self._logins: OrderedDict[str, _Login] = OrderedDict()
        """By the hash of its cookie; the one used longest ago first."""
        self._by_address = Throttle(burst=10, every_s=10.0, clock=clock)
        self._by_account = Throttle(burst=10, every_s=30.0, clock=clock)

    def visitor(self, credentials: Credentials) -> Visitor | None:
        """None for nobody known. A token that is no longer good opens nothing, not even here."""
        if credentials.bearer is not None:
            return self._by_token(credentials.bearer)
        if credentials.login is not None and (found := self._by_login(credentials.login)) is not None:
            return found
        if self.trusting and credentials.here:
            return AT_THE_COMPUTER
        return None if credentials.kiosk is None else self._by_token(credentials.kiosk)

    def log_in(self, name: str, password: str, address: str) -> str | Refused:
        """What the browser is to keep. address: where the request comes from."""
        tries = ((self._by_address, network(address)), (self._by_account, name))
        with self._lock:
            wait_s = max(throttle.wait_s(key) for throttle, key in tries)
            if wait_s:
                return Refused(wait_s)
            for throttle, key in tries:
                throttle.spend(key)
        account = next((one for one in self.file.read().accounts if one.name == name), None)
        if not password_fits(password, None if account is None else account.password_hash) or account is None:
            log.warning("A login from %s was refused.", address)
            return Refused()
        with self._lock:
            for throttle, key in tries:
                throttle.give_back(key)
            return self._remember(account)

    def log_out(self, login: str) -> None:
        with self._lock:
            self._logins.pop(digest(login), None)

    def _remember(self, account: Account) -> str:
        secret, now_s = new_secret(), self._clock()
        self._logins[digest(secret)] = _Login(account, now_s, now_s)
        if len(self._logins) > MOST_LOGINS:
            self._logins.popitem(last=False)
        return secret

    def _by_login(self, secret: str) -> Visitor | None:
        """Only while the account is what it was when its owner logged in."""
        key, now_s = digest(secret), self._clock()
        accounts = self.file.read().accounts
        with self._lock:
            login = self._logins.get(key)
            if login is None:
                return None
            if now_s - login.seen_s > IDLE_S or now_s - login.began_s > LONGEST_S or login.account not in accounts:
                del self._logins[key]
                return None
            login.seen_s = now_s
            self._logins.move_to_end(key)
            account = login.account
            return Visitor(account.name, ROLE_RIGHTS[account.role], account.role, athlete=account.athlete)

    def _by_token(self, secret: str) -> Visitor | None:
        hashed, records = digest(secret), self.file.read()
        token = next((one for one in records.tokens if same(one.secret_hash, hashed)), None)
        if token is not None:
            return Visitor(token.label, token.scopes, place=_place(token))
        share = next((one for one in records.shares if same(one.secret_hash, hashed)), None)
        return None if share is None or share.expires <= self.utc() else _holder(share)


def is_loopback(host: str | None) -> bool:
    """Whether a host's name or address always means the computer itself."""
    try:
        return host is not None and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def network(address: str) -> str:
    """What counts as one address: an IPv6 household has 2^64 of them."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


def _place(token: Token) -> tuple[str, str] | None:
    return None if token.site is None or token.machine is None else (token.site, token.machine)


def _holder(share: Share) -> Visitor:
    """Of a shared link."""
    shared = Shared(share.session, share.athlete, share.named, share.expires)
    return Visitor(None, frozenset(), shared=shared)
