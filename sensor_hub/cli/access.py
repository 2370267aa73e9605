"""`sensor-hub user`, `token` and `kiosk`: who may open the pages and the HTTP API."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.access import SCREEN_RIGHTS, AccessFile, Right, Role, is_loopback
from sensor_hub.cli.options import settings_from, settings_options
from sensor_hub.config import Settings, data_dir
from sensor_hub.errors import ConfigError

NOTICED = "A running hub notices at once."
EVERY_ADDRESS = ("0.0.0.0", "::")


@click.group()
def user() -> None:
    """Accounts for the pages. Passwords are asked for, or read from standard input; never given on the command line."""


@user.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.LIFTER.value,
    show_default=True,
    help="lifter: live pages and the list of sessions; coach: all of every session; admin: may also change things.",
)
@click.option(
    "--athlete",
    help="Number of the athlete whose account it is: a lifter sees these sessions in full, and no others.",
)
@settings_options
def add_user(
    name: str, role: str, athlete: str | None, config_file: Path | None, data_folder: Path | None
) -> None:
    """Make an account called NAME."""
    _file(config_file, data_folder).add_account(name, Role(role), _ask_password(), athlete)
    click.echo(f"{name} may log in as {role}. {NOTICED}")


@user.command("list")
@settings_options
def list_users(config_file: Path | None, data_folder: Path | None) -> None:
    """Show every account and its role."""
    accounts = _file(config_file, data_folder).read().accounts
    for one in accounts:
        click.echo(f"{one.name:20s} {one.role:6s} {one.athlete or ''}".rstrip())
    if not accounts:
        click.echo("Nobody has an account.")


@user.command("remove")
@click.argument("name")
@settings_options
def remove_user(name: str, config_file: Path | None, data_folder: Path | None) -> None:
    """Remove NAME's account; who is logged in with it is logged out."""
    _file(config_file, data_folder).remove_account(name)
    click.echo(f"{name} has no account any more. {NOTICED}")


@user.command("password")
@click.argument("name")
@settings_options
def change_password(name: str, config_file: Path | None, data_folder: Path | None) -> None:
    """Give NAME's account another password; who is logged in with it is logged out."""
    _file(config_file, data_folder).set_password(name, _ask_password())
    click.echo(f"{name} has another password. {NOTICED}")


@click.group()
def token() -> None:
    """Tokens for programs that use the HTTP API, as `Authorization: Bearer TOKEN`."""


@token.command("add")
@click.argument("label")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([right.value for right in Right]),
    multiple=True,
    required=True,
    help="What it may do; may be given several times.",
)
@settings_options
def add_token(label: str, scopes: Sequence[str], config_file: Path | None, data_folder: Path | None) -> None:
    """Make a token; LABEL says what it is for. It is shown this once."""
    rights = frozenset(Right(scope) for scope in scopes)
    click.echo(_file(config_file, data_folder).add_token(label, rights, datetime.now(UTC)))


@token.command("list")
@settings_options
def list_tokens(config_file: Path | None, data_folder: Path | None) -> None:
    """Show every token's id, age and scopes; screens and links to sessions are among them."""
    records = _file(config_file, data_folder).read()
    for one in records.tokens:
        place = f"  only {one.site}/{one.machine}" if one.machine else ""
        click.echo(f"{one.id}  {one.made:%Y-%m-%d}  {one.label:20s} {' '.join(sorted(one.scopes))}{place}")
    for share in records.shares:
        click.echo(f"{share.id}  {share.made:%Y-%m-%d}  link to {share.session} until {share.expires:%Y-%m-%d}")
    if not records.tokens and not records.shares:
        click.echo("There is no token.")


@token.command("remove")
@click.argument("token_id", metavar="ID")
@settings_options
def remove_token(token_id: str, config_file: Path | None, data_folder: Path | None) -> None:
    """Make the token, or the link to a session, with this ID worthless."""
    file = _file(config_file, data_folder)
    share = file.end_share(token_id)
    what = f"The link to {share.session}" if share else file.remove_token(token_id).label
    click.echo(f"{what} opens nothing any more. {NOTICED}")


@click.command()
@click.argument("machine")
@click.option("--site", help="The machine's site, where it is not the hub's.")
@click.option("--host", help="The hub's name or address, as the screen reaches it.")
@settings_options
def kiosk(
    machine: str, site: str | None, host: str | None, config_file: Path | None, data_folder: Path | None
) -> None:
    """Print a link for the screen beside MACHINE. It shows this machine's live page,
    where people say who lifts, and nothing else.

    Open it once on that screen. `sensor-hub token remove` ends it.
    """
    settings = settings_from(config_file, data_folder)
    place = (site or settings.hub.site, machine)
    base = _base(settings, host)
    secret = AccessFile(data_dir(settings)).add_token(
        f"screen at {machine}", SCREEN_RIGHTS, datetime.now(UTC), place
    )
    click.echo(f"{base}/kiosk#{secret}")


def _base(settings: Settings, host: str | None) -> str:
    web = settings.web
    name = host or web.host
    if web.port == 0:
        raise ConfigError("With web.port = 0 the hub has another port each time. Choose one.")
    if name in EVERY_ADDRESS:
        raise ConfigError("Say how the screen reaches this hub: --host, with its name or address.")
    if not is_loopback(name) and is_loopback(web.host) and not web.login:
        raise ConfigError('web.host lets only this computer in. Set it to "0.0.0.0" or this computer\'s address.')
    scheme = "http" if web.certificate is None else "https"
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{web.port}"


def _ask_password() -> str:
    if sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return password
    return sys.stdin.readline().rstrip("\r\n")


def _file(config_file: Path | None, data_folder: Path | None) -> AccessFile:
    return AccessFile(data_dir(settings_from(config_file, data_folder)))
