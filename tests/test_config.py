"""Settings: what is accepted, what is refused and in which words."""

import re
import tomllib
from pathlib import Path

import pytest

from sensor_hub.cli.settings import example_file, explain
from sensor_hub.config import Settings, data_dir, default_file, load
from sensor_hub.errors import ConfigError

EXAMPLE = Path(__file__).parents[1] / "config" / "sensor-hub.toml"


def write(folder: Path, text: str) -> Path:
    path = folder / "sensor-hub.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_need_no_file() -> None:
    assert load(None, {}) == Settings()


def test_the_shipped_example_is_the_models_own_and_equals_the_defaults() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == example_file()
    assert load(EXAMPLE, {}) == Settings()


def test_the_example_is_valid_with_every_line_taken_in(tmp_path: Path) -> None:
    text = re.sub(r"^#(?=\S)", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for name in ("mqtt-password", "store-password", "influx-token", "chain-password"):
        (tmp_path / name).write_text("secret\n", encoding="utf-8")
    settings = load(write(tmp_path, text.replace("/etc/sensor-hub", str(tmp_path))), {})
    assert settings.machines[0].name == "leg-press-1"
    assert settings.mqtt.password is not None
    assert settings.mqtt.password.get_secret_value() == "secret"
    assert set(tomllib.loads(text)) == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[hub]\nsight = "x"', '[hub] has no setting "sight": did you mean "site"?'),
        ("[hub]\nport = 3", '"port" belongs to [web]'),
        ("[wbe]\nport = 3", 'the top level has no setting "wbe": did you mean "web"?'),
        ("[web]\nport = 99999", "web.port 99999: should be less than or equal to 65535"),
        ('[mqtt]\nurl = "http://x"', '"mqtt://user@host:1883"'),
        ('[[machines]]\nname = "Leg Press"', "machines.1.name 'Leg Press' does not fit: use small letters"),
        ('[[machines]]\nnam = "a"', '[machines] has no setting "nam": did you mean "name"?'),
        ('[[machines]]\nname = "a"\n[[machines]]\nname = "a"', 'two machines have the name "a"'),
        ('[mqtt]\npassword = "x"', "mqtt.password must not stand in the settings"),
        ('[store]\nurl = "postgresql://hub:secret@h/d"', "store.password must not stand in the settings"),
        ('[store]\nurl = "postgresql://h/d?password=secret"', "store.password must not stand in the settings"),
        ('[mqtt]\npassword_file = "/nowhere"', "Cannot read mqtt.password_file /nowhere"),
        (
            '[mqtt]\nversion = "5"',
            "the embedded broker speaks MQTT 3.1.1 only; take version away, or name a broker",
        ),
        ('[mqtt]\nversion = "4"', "'3.1.1' or '5'"),
        ('[mqtt]\nurl = "mqtt://b"\nca = "/ca"', "url must be mqtts:// or wss://"),
        ('[mqtt]\nurl = "mqtts://b"\ncertificate = "/c"', "certificate and key belong together"),
        ('[mqtt]\nurl = "mqtt://b"\nembedded_port = 1883', "write the port of another one into url"),
        ('[archive]\nurl = "ftp://me:pass@host/archive"', "archive.url"),
        ("[hub\n", "is not valid TOML"),
        ("hub = 3", "hub"),
    ],
)
def test_faults_are_told_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert words in str(caught.value)
    assert str(path) in str(caught.value) or "/nowhere" in words


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, "[web]\nport = -1\n[hub]\nsit = 1\n"), {})
    assert len(str(caught.value).splitlines()) == 3


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "none.toml", {})


def test_secrets_come_from_the_environment_and_stay_hidden(tmp_path: Path) -> None:
    settings = load(None, {"SENSOR_HUB_INFLUX_TOKEN": "t0p"})
    assert settings.influx.token is not None
    assert settings.influx.token.get_secret_value() == "t0p"
    assert "t0p" not in repr(settings) + settings.model_dump_json() + "\n".join(explain(settings))


def test_the_data_folder_follows_the_platform(tmp_path: Path) -> None:
    assert data_dir(Settings(), {"XDG_DATA_HOME": "/x"}) == Path("/x/sensor-hub")
    assert data_dir(Settings(), {"STATE_DIRECTORY": "/var/lib/sensor-hub"}) == Path("/var/lib/sensor-hub")
    set_one = load(write(tmp_path, '[hub]\ndata_dir = "/d"'), {})
    assert data_dir(set_one, {"XDG_DATA_HOME": "/x"}) == Path("/d")


def test_the_users_file_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    assert default_file({"XDG_CONFIG_HOME": str(tmp_path)}) == path


def test_every_setting_is_explained() -> None:
    lines = "\n".join(explain(Settings()))
    for section in ("hub", "bluetooth", "mqtt", "store", "influx", "web", "machines"):
        assert f"[{section}]" in lines
    assert "port = 8080  Port to listen on; 0 picks a free one. (from 0 to 65535)" in lines
