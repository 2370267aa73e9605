"""The file of accounts and tokens: whole or not at all, for the hub's user alone, without anything to log in with."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sensor_hub.access import AccessFile, Right, Role, Share, Shared
from sensor_hub.errors import ConfigError

PASSWORD = "four words in a row"
MADE = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> AccessFile:
    return AccessFile(tmp_path / "data")


def test_accounts_are_made_listed_and_removed(file: AccessFile) -> None:
    file.add_account("anna", Role.ADMIN, PASSWORD)
    file.add_account("ben", Role.LIFTER, PASSWORD)
    assert [(one.name, one.role) for one in AccessFile(file.path.parent).read().accounts] == [
        ("anna", Role.ADMIN),
        ("ben", Role.LIFTER),
    ]
    file.remove_account("anna")
    assert [one.name for one in file.read().accounts] == ["ben"]


def test_the_file_is_private_and_holds_no_secret(file: AccessFile) -> None:
    file.add_account("anna", Role.ADMIN, PASSWORD)
    secret = file.add_token("wall display", frozenset({Right.LIVE}), MADE)
    for path in file.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    text = file.path.read_text()
    assert PASSWORD not in text
    assert secret not in text
    assert "$argon2id$" in text


def test_two_accounts_with_one_password_do_not_show_it(file: AccessFile) -> None:
    for name in ("anna", "ben"):
        file.add_account(name, Role.LIFTER, PASSWORD)
    first, second = file.read().accounts
    assert first.password_hash != second.password_hash


@pytest.mark.parametrize(
    ("name", "password", "advice"),
    [
        ("Anna B", PASSWORD, "use small letters"),
        ("../anna", PASSWORD, "use small letters"),
        ("anna", "short", "10 to 200 characters"),
        ("anna", "x" * 201, "10 to 200 characters"),
    ],
)
def test_a_name_or_password_that_will_not_do_is_refused(
    file: AccessFile, name: str, password: str, advice: str
) -> None:
    with pytest.raises(ConfigError, match=advice):
        file.add_account(name, Role.LIFTER, password)
    assert not file.path.exists()


def test_nobody_has_two_accounts_and_strangers_have_none(file: AccessFile) -> None:
    file.add_account("anna", Role.ADMIN, PASSWORD)
    with pytest.raises(ConfigError, match="anna has an account"):
        file.add_account("anna", Role.LIFTER, PASSWORD)
    for change in (file.remove_account, lambda name: file.set_password(name, PASSWORD)):
        with pytest.raises(ConfigError, match="Known: anna"):
            change("ben")
    with pytest.raises(ConfigError, match="no token"):
        file.remove_token("12345678")


def test_accounts_made_at_once_are_all_there(file: AccessFile) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(
                lambda n: AccessFile(file.path.parent).add_account(f"lifter-{n}", Role.LIFTER, PASSWORD), range(8)
            )
        )
    assert len(file.read().accounts) == 8


def test_a_file_that_others_may_read_is_not_used(file: AccessFile) -> None:
    file.add_account("anna", Role.ADMIN, PASSWORD)
    file.path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        AccessFile(file.path.parent).read()


def test_a_broken_file_is_said_in_a_sentence_that_shows_nothing_of_it(file: AccessFile) -> None:
    file.add_account("anna", Role.ADMIN, PASSWORD)
    file.path.write_text(file.path.read_text().replace('"admin"', '"emperor"'))
    with pytest.raises(ConfigError, match="1 faults") as told:
        AccessFile(file.path.parent).read()
    assert "argon2" not in str(told.value)


def test_a_token_says_what_it_is_for_and_where(file: AccessFile) -> None:
    file.add_token("screen", frozenset({Right.LIVE}), MADE, ("home", "press-1"))
    (token,) = file.read().tokens
    assert (token.label, token.site, token.machine, token.made) == ("screen", "home", "press-1", MADE)
    with pytest.raises(ConfigError, match="machine"):
        file.add_token("screen", frozenset({Right.LIVE}), MADE, ("home", "../x"))
    file.remove_token(token.id)
    assert file.read().tokens == ()


def test_a_link_is_kept_as_a_hash_until_it_ends(file: AccessFile) -> None:
    def link(days: int, *athletes: str) -> tuple[Share, str]:
        shared = Shared("evening", None, False, MADE + timedelta(days=days))
        return file.add_share(shared, athletes, MADE, "coach")

    (one, secret), (other, _) = link(1, "k7m2p9xd"), link(30)
    assert secret not in file.path.read_text()
    assert file.shares_of("k7m2p9xd") == [one]
    later = MADE + timedelta(days=2)
    file.add_share(Shared("late", None, True, later + timedelta(days=1)), [], later, None)
    assert [share.session for share in file.read().shares] == ["evening", "late"]
    assert (file.end_share(other.id), file.end_share(other.id)) == (other, None)


def test_whoever_is_forgotten_ends_the_links_that_showed_them_and_made_none(file: AccessFile) -> None:
    file.add_account("anna", Role.COACH, PASSWORD, "k7m2p9xd")
    for session, athletes in (("own", ["k7m2p9xd"]), ("reassigned", []), ("other", ["z2z3z4z5"])):
        file.add_share(Shared(session, None, False, MADE + timedelta(days=1)), athletes, MADE, "anna")
    assert file.forget("k7m2p9xd", {"reassigned"}) == ["anna"]
    assert [(one.session, one.made_by) for one in file.read().shares] == [("other", None)]
