"""`sensor-hub config`: the settings explained, checked and written out as an example."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

import click
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from sensor_hub.cli.options import config_option, json_option, print_json
from sensor_hub.config import SECTIONS, Settings, data_dir, default_file, load, secret_variable


@click.group()
def config() -> None:
    """Check and explain the settings."""


@config.command()
@config_option
@json_option
def check(config_file: Path | None, as_json: bool) -> None:
    """Check a settings file and say what each setting is, means and may be.

    A fault is named with its place; a mistyped name with the one it probably means. Exit code 2 when the file
    cannot be used.
    """
    file = config_file or default_file()
    settings = load(file)
    if as_json:
        print_json({"file": str(file) if file else None, "settings": settings.model_dump(mode="json")})
        return
    click.echo(f"{file} is valid." if file else "No settings file found; these are the defaults.")
    click.echo(f"Data folder: {data_dir(settings)}")
    for line in explain(settings):
        click.echo(line)


@config.command()
def example() -> None:
    """Print a commented settings file with every default."""
    click.echo(example_file(), nl=False)


def explain(settings: Settings) -> Iterator[str]:
    """Every setting of every section: its value and its sentence."""
    for name, model in SECTIONS.items():
        value = getattr(settings, name)
        for section in value if isinstance(value, tuple) else (value,):
            yield f"\n[{name}]  {model.__doc__}"
            for key, field in model.model_fields.items():
                yield f"  {key} = {_shown(getattr(section, key))}  {_meaning(name, key, field)}"
        if value == ():
            yield f"\n[{name}]  none listed. {model.__doc__}"


def example_file() -> str:
    """config/sensor-hub.toml: every setting commented out at its default, below its sentence."""
    lines = ["# Settings of a sensor hub. Every line is optional: take the # away from what you change.", ""]
    for name, model in SECTIONS.items():
        lines += [*_comment(model.__doc__ or ""), f"#[[{name}]]" if name == "machines" else f"[{name}]"]
        for key, field in model.model_fields.items():
            lines += _example_lines(name, key, field)
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


EXAMPLES: Mapping[str, str] = {
    "hub.data_dir": '"/var/lib/sensor-hub"',
    "bluetooth.rate_hz": "104.0",
    "machines.name": '"leg-press-1"',
    "machines.sensor": '"C0:FF:EE:00:00:01"',
    "machines.incline_deg": "45.0",
    "machines.full_range_m": "0.45",
    "machines.site": '"upstairs"',
    "mqtt.password_file": '"/etc/sensor-hub/mqtt-password"',
    "mqtt.url": '"mqtts://hub@broker.local:8883"',
    "mqtt.ca": '"/etc/sensor-hub/ca.crt"',
    "mqtt.certificate": '"/etc/sensor-hub/hub.crt"',
    "mqtt.key": '"/etc/sensor-hub/hub.key"',
    "store.url": '"postgresql://hub@127.0.0.1/hub"',
    "store.password_file": '"/etc/sensor-hub/store-password"',
    "chain.urls": '["tls://gym-a@a.chain.example:7422", "tls://gym-a@b.chain.example:7422"]',
    "chain.password_file": '"/etc/sensor-hub/chain-password"',
    "chain.ca": '"/etc/sensor-hub/chain-ca.crt"',
    "archive.url": '"file:///srv/archive"',
    "influx.url": '"http://127.0.0.1:8086"',
    "influx.token_file": '"/etc/sensor-hub/influx-token"',
    "influx.ca_file": '"/etc/sensor-hub/influx-ca.pem"',
    "web.certificate": '"/etc/sensor-hub/hub.pem"',
    "web.key": '"/etc/sensor-hub/hub.key"',
}
"""What the example shows where the default is "not set"."""


def _example_lines(section: str, key: str, field: FieldInfo) -> list[str]:
    if _is_secret(field):
        return _comment(f"The {key} itself never stands here: set {secret_variable(section, key)}, or {key}_file.")
    place = f"{section}.{key}"
    value = EXAMPLES[place] if place in EXAMPLES else _shown(field.default)
    return [*_comment(_meaning(section, key, field)), f"#{key} = {value}"]


def _comment(text: str) -> list[str]:
    return wrap(text, width=100, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _meaning(section: str, key: str, field: FieldInfo) -> str:
    if _is_secret(field):
        return f"{field.description} From {secret_variable(section, key)} or {key}_file."
    limits = {type(limit).__name__: limit for limit in field.metadata}
    bounds = [f"{word} {getattr(limits[kind], kind.lower()):g}" for kind, word in BOUNDS if kind in limits]
    extra = field.json_schema_extra
    unit = f" {extra['unit']}" if isinstance(extra, dict) and "unit" in extra else ""
    return (field.description or "") + (f" ({' '.join(bounds)}{unit})" if bounds else "")


BOUNDS = (("Ge", "from"), ("Le", "to"))


def _is_secret(field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation)


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, SecretStr):
        return "(secret)"
    if isinstance(value, tuple):
        return f"[{', '.join(_shown(one) for one in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str | Path) else str(value)
