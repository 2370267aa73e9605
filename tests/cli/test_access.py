"""Accounts, tokens and screens from the command line; and a hub that lets nobody in who has none."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_hub.access import AccessFile, Right, Role, Shared
from sensor_hub.app.running.site import Site, open_access
from sensor_hub.cli import main
from sensor_hub.config import HubSettings, Settings, WebSettings
from sensor_hub.errors import ServeError

PASSWORD = "four words in a row"


def said(folder: Path, *arguments: str, stdin: str | None = None, config: str = "") -> Result:
    (folder / "hub.toml").write_text(config, encoding="utf-8")
    command = [*arguments, "--config", str(folder / "hub.toml"), "--data", str(folder)]
    return CliRunner().invoke(main, command, input=stdin)


def test_an_account_from_first_to_last(tmp_path: Path) -> None:
    made = said(tmp_path, "user", "add", "anna", "--role", "admin", stdin=f"{PASSWORD}\n")
    assert (made.exit_code, made.output) == (0, "anna may log in as admin. A running hub notices at once.\n")
    assert said(tmp_path, "user", "list").output.split() == ["anna", "admin"]
    before = AccessFile(tmp_path).read().accounts
    assert said(tmp_path, "user", "password", "anna", stdin="another four words\n").exit_code == 0
    assert AccessFile(tmp_path).read().accounts != before
    assert said(tmp_path, "user", "remove", "anna").exit_code == 0
    assert said(tmp_path, "user", "list").output == "Nobody has an account.\n"


def test_a_short_password_is_refused_in_a_sentence(tmp_path: Path) -> None:
    refused = said(tmp_path, "user", "add", "anna", stdin="short\n")
    assert refused.exit_code == 2
    assert "10 to 200 characters" in refused.output
    assert "short" not in refused.output


def test_a_password_on_the_command_line_is_not_taken(tmp_path: Path) -> None:
    assert said(tmp_path, "user", "add", "anna", "--password", PASSWORD).exit_code == 2
    assert not (tmp_path / "access.json").exists()


def test_links_to_sessions_are_listed_and_ended_too(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    shared = Shared("evening", None, False, now + timedelta(days=7))
    share, secret = AccessFile(tmp_path).add_share(shared, [], now, "coach")
    listed = said(tmp_path, "token", "list").output
    assert f"link to evening until {share.expires:%Y-%m-%d}" in listed
    assert secret not in listed
    ended = said(tmp_path, "token", "remove", share.id).output
    assert ended.startswith("The link to evening opens nothing any more.")
    assert said(tmp_path, "token", "list").output == "There is no token.\n"


def test_a_token_from_first_to_last(tmp_path: Path) -> None:
    secret = said(tmp_path, "token", "add", "grafana", "--scope", "read:live", "--scope", "read:sessions").output
    assert re.fullmatch(r"[\w-]{43}\n", secret)
    (token,) = AccessFile(tmp_path).read().tokens
    assert token.scopes == {Right.LIVE, Right.SESSIONS}
    listed = said(tmp_path, "token", "list").output
    assert listed.split()[2:] == ["grafana", "read:live", "read:sessions"]
    assert secret.strip() not in listed
    assert said(tmp_path, "token", "remove", token.id).output.startswith("grafana opens nothing any more.")
    assert said(tmp_path, "token", "list").output == "There is no token.\n"


def test_a_screens_link(tmp_path: Path) -> None:
    inside = said(tmp_path, "kiosk", "press-1")
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/kiosk#[\w-]{43}\n", inside.output)
    open_to_all = '[web]\nhost = "0.0.0.0"\n'
    assert "--host" in said(tmp_path, "kiosk", "press-1", config=open_to_all).output
    named = said(tmp_path, "kiosk", "press-1", "--host", "hub.local", config=open_to_all)
    assert named.output.startswith("http://hub.local:8080/kiosk#")
    assert "Choose one" in said(tmp_path, "kiosk", "press-1", config="[web]\nport = 0\n").output
    assert "lets only this computer in" in said(tmp_path, "kiosk", "press-1", "--host", "hub.local").output
    assert "only home/press-1" in said(tmp_path, "token", "list").output


@pytest.mark.parametrize(
    ("web", "reason"),
    [
        (WebSettings(host="0.0.0.0"), "0.0.0.0 lets others in"),
        (WebSettings(host="192.168.1.2"), "192.168.1.2 lets others in"),
        (WebSettings(login=True), "web.login asks everybody"),
    ],
)
async def test_a_hub_that_others_reach_does_not_start_without_accounts(
    tmp_path: Path, web: WebSettings, reason: str
) -> None:
    settings = Settings(hub=HubSettings(data_dir=tmp_path), web=web)
    with pytest.raises(ServeError, match=rf"{reason}.*, and nobody has .*sensor-hub user add NAME --role admin"):
        async with asyncio.timeout(5):
            await Site(settings).run()
    AccessFile(tmp_path).add_account("anna", Role.ADMIN, PASSWORD)
    assert open_access(settings).trusting is False


def test_by_default_people_at_the_computer_are_trusted(tmp_path: Path) -> None:
    assert open_access(Settings(hub=HubSettings(data_dir=tmp_path))).trusting is True
