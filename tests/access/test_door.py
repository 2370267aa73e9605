"""Who gets in: with which login or token, for how long, and how often one may try."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sensor_hub.access import Access, AccessFile, Credentials, Refused, Right, Role, is_loopback
from sensor_hub.access.door import IDLE_S, LONGEST_S, MOST_LOGINS, network

PASSWORD = "four words in a row"
MADE = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> AccessFile:
    made = AccessFile(tmp_path)
    made.add_account("anna", Role.COACH, PASSWORD)
    return made


@pytest.fixture
def access(file: AccessFile, clock: Clock) -> Access:
    return Access(file, clock=clock)


def log_in(access: Access, name: str = "anna", password: str = PASSWORD, address: str = "192.0.2.7") -> str:
    kept = access.log_in(name, password, address)
    assert isinstance(kept, str)
    return kept


def inside(access: Access, login: str) -> bool:
    return access.visitor(Credentials(login=login)) is not None


def test_a_login_carries_its_accounts_rights(access: Access) -> None:
    visitor = access.visitor(Credentials(login=log_in(access)))
    assert visitor is not None
    assert (visitor.name, visitor.role) == ("anna", Role.COACH)
    assert visitor.may(Right.REVIEW)
    assert not visitor.may(Right.HUB)


@pytest.mark.parametrize(("name", "password"), [("anna", "four words in a mow"), ("ben", PASSWORD), ("", "")])
def test_a_wrong_name_or_password_does_not(access: Access, name: str, password: str) -> None:
    assert access.log_in(name, password, "192.0.2.7") == Refused()


def test_nothing_opens_nothing(access: Access) -> None:
    for stranger in (Credentials(), Credentials(login="x"), Credentials(kiosk=""), Credentials(here=True)):
        assert access.visitor(stranger) is None


def test_logging_out_ends_the_login(access: Access) -> None:
    first, second = log_in(access), log_in(access)
    access.log_out(first)
    assert (inside(access, first), inside(access, second)) == (False, True)


def test_a_login_ends_when_unused_and_after_a_week(access: Access, clock: Clock) -> None:
    idle, busy = log_in(access), log_in(access)
    for _ in range(int(LONGEST_S / IDLE_S)):
        clock.now_s += IDLE_S
        assert inside(access, busy)
    assert not inside(access, idle)
    clock.now_s += 1.0
    assert not inside(access, busy)


def test_another_password_or_no_account_ends_its_logins(access: Access, file: AccessFile) -> None:
    login = log_in(access)
    AccessFile(file.path.parent).set_password("anna", "another four words")
    assert not inside(access, login)
    login = log_in(access, password="another four words")
    AccessFile(file.path.parent).remove_account("anna")
    assert not inside(access, login)


def test_logins_are_bounded(access: Access, clock: Clock) -> None:
    account = access.file.read().accounts[0]
    first, *others = [access._remember(account) for _ in range(MOST_LOGINS + 1)]
    assert not inside(access, first)
    assert inside(access, others[0])


def test_guessing_at_one_account_from_many_addresses_is_slowed(access: Access, clock: Clock) -> None:
    for n in range(10):
        assert access.log_in("anna", "guess number x", f"192.0.2.{n}") == Refused()
    refused = access.log_in("anna", PASSWORD, "198.51.100.1")
    assert isinstance(refused, Refused)
    assert refused.wait_s == 30.0
    clock.now_s += 30.0
    log_in(access)


def test_guessing_at_many_accounts_from_one_address_is_slowed_even_with_a_good_one_among_them(
    access: Access, clock: Clock
) -> None:
    answers = []
    for n in range(12):
        answers.append(access.log_in(f"guess-{n}", PASSWORD, "2001:db8::1"))
        access.log_in("anna", PASSWORD, "2001:db8::1")
    assert answers[:10] == [Refused()] * 10
    assert answers[10] == Refused(10.0)
    assert access.log_in("guess", PASSWORD, "2001:db8::2") == Refused(10.0)
    assert access.log_in("guess", PASSWORD, "2001:db8:1::2") == Refused()


def test_a_token_opens_its_scopes_until_it_is_removed_even_at_the_computer(file: AccessFile) -> None:
    access = Access(file, trusting=True)
    secret = file.add_token("script", frozenset({Right.SESSIONS}), MADE)
    visitor = access.visitor(Credentials(bearer=secret, here=True))
    assert visitor is not None
    assert visitor.may(Right.SESSIONS)
    assert not visitor.may(Right.LIVE)
    file.remove_token(file.read().tokens[0].id)
    assert access.visitor(Credentials(bearer=secret, here=True)) is None


def test_a_screen_sees_its_machine_only(access: Access, file: AccessFile) -> None:
    secret = file.add_token("screen", frozenset({Right.LIVE}), MADE, ("home", "press-1"))
    visitor = access.visitor(Credentials(kiosk=secret))
    assert visitor is not None
    assert visitor.may(Right.LIVE, ("home", "press-1"))
    assert not visitor.may(Right.LIVE, ("home", "press-2"))
    assert not visitor.may(Right.LIVE)


def test_people_at_the_computer_need_not_log_in_where_it_trusts_them(file: AccessFile) -> None:
    visitor = Access(file, trusting=True).visitor(Credentials(here=True))
    assert visitor is not None
    assert visitor.may(Right.HUB)
    assert Access(file, trusting=True).visitor(Credentials()) is None


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.2", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("", False),
        (None, False),
    ],
)
def test_what_means_this_computer(host: str | None, own: bool) -> None:
    assert is_loopback(host) is own


def test_an_ipv6_household_counts_as_one() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:1") == "2001:db8::/64"
    assert network("::ffff:192.0.2.1") == network("192.0.2.1")
