"""Reads and checks a settings file; every fault becomes a line that says what to do."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sensor_hub.config.sections import SECTIONS, Settings
from sensor_hub.errors import ConfigError


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads and checks a settings file; without one, the defaults. Raises ConfigError with a line per fault."""
    document = _read_toml(path) if path is not None else {}
    for section, key in (("mqtt", "password"), ("store", "password"), ("chain", "password"), ("influx", "token")):
        _place_secret(document, section, key, environ, path)
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        faults = [f"  {_explain(fault)}" for fault in error.errors()]
        raise ConfigError("\n".join([f"{path or 'The settings'} cannot be used:", *faults])) from error


def default_file(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The first settings file in the usual places: the user's, then the system's."""
    home = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    candidates = (home / "sensor-hub.toml", Path("/etc/sensor-hub.toml"))
    return next((path for path in candidates if path.is_file()), None)


def data_dir(settings: Settings, environ: Mapping[str, str] = os.environ) -> Path:
    """The data folder: as set, else systemd's state directory, else the user's data home."""
    if settings.hub.data_dir is not None:
        return settings.hub.data_dir.expanduser()
    if state := environ.get("STATE_DIRECTORY"):
        return Path(state)
    return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "sensor-hub"


def secret_variable(section: str, key: str) -> str:
    """The environment variable that holds a secret."""
    return f"SENSOR_HUB_{section}_{key}".upper()


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name a mistyped word most likely means."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.5)), None)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the settings file {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error


def _place_secret(
    document: dict[str, Any], section: str, key: str, environ: Mapping[str, str], path: Path | None
) -> None:
    """Puts a secret from the environment, or from the file that `<key>_file` names, where the models expect it."""
    table = document.setdefault(section, {})
    if not isinstance(table, dict):
        return
    variable = secret_variable(section, key)
    if key in table or _holds_password(table.get("url")):
        raise ConfigError(
            f"{path}: {section}.{key} must not stand in the settings. "
            f"Put it into a file and name that as {section}.{key}_file, or set {variable}."
        )
    if variable in environ:
        table[key] = environ[variable]
    elif isinstance(file := table.get(f"{key}_file"), str):
        try:
            table[key] = Path(file).expanduser().read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"Cannot read {section}.{key}_file {file}: {error.strerror}.") from error


def _holds_password(url: object) -> bool:
    return isinstance(url, str) and re.search(r"://[^/@]*:[^/@]*@|[?&]password=", url) is not None


def _explain(fault: ErrorDetails) -> str:
    """One fault in words. The location is a path of keys and list positions."""
    location = list(fault["loc"])
    dotted = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
    if fault["type"] == "extra_forbidden":
        return _explain_unknown(str(location[-1]), location[:-1])
    if fault["type"] == "missing":
        return f"{dotted} is missing."
    given = "" if isinstance(fault["input"], dict | list | tuple) else f" {fault['input']!r}"
    if fault["type"] == "string_pattern_mismatch":
        return f"{dotted}{given} does not fit: {_describe(location)}"
    problem = re.sub("^(Input|Value error,) ", "", fault["msg"])
    return f"{dotted}{given}: {problem}."


def _describe(location: list[int | str]) -> str:
    if location[-1] in ("site", "name"):
        return 'use small letters, digits, "-" and "_".'
    return _model_at(location[:-1]).model_fields[str(location[-1])].description or ""


def _explain_unknown(key: str, parents: list[int | str]) -> str:
    """The section's own names come first; a name that another section has is pointed to there."""
    known = list(_model_at(parents).model_fields)
    homes = {field: section for section, model in reversed(SECTIONS.items()) for field in model.model_fields}
    where = f"[{parents[0]}]" if parents else "the top level"
    likely = nearest(key, [*known, *homes])
    if likely is None:
        advice = f"known are {', '.join(known)}"
    elif likely in known:
        advice = f'did you mean "{likely}"?'
    else:
        advice = f'"{likely}" belongs to [{homes[likely]}]'
    return f'{where} has no setting "{key}": {advice}'


def _model_at(parents: list[int | str]) -> type[BaseModel]:
    return SECTIONS[str(parents[0])] if parents else Settings
