"""Machine profiles on disk: kept whole, edited by people, set aside when broken, below what the settings say."""

from pathlib import Path

import pytest

from sensor_hub.app.measuring.profiles import MachineProfile, changed, parse, render
from sensor_hub.config import MachineSettings
from sensor_hub.engine import First, Profile
from sensor_hub.errors import ConfigError

LEARNED = Profile(First.ECCENTRIC, 44.5, 1.3, 0.42, 0.015, 0.06, None, 5.25, 7)


@pytest.fixture
def kept(tmp_path: Path) -> MachineProfile:
    return MachineProfile(tmp_path, "gym", "press")


def test_what_is_kept_is_read_again(kept: MachineProfile) -> None:
    assert kept.load() == (Profile(), None)
    kept.keep(LEARNED)
    assert kept.load() == (LEARNED, None)
    assert [path.name for path in kept.path.parent.iterdir()] == ["gym.press.toml"]


@pytest.mark.parametrize("profile", [LEARNED, Profile()])
def test_the_file_says_what_each_value_means(profile: Profile) -> None:
    text = render(profile, "press")
    assert parse(text.encode(), Path("press.toml")) == profile
    assert "# The rail's angle against the ground, in degrees.\n" in text


def test_an_edit_is_not_written_over_and_counts_from_the_next_load_on(kept: MachineProfile) -> None:
    kept.keep(LEARNED)
    kept.path.write_text("incline_deg = 30.0\n", encoding="utf-8")
    kept.keep(LEARNED)
    assert kept.load() == (Profile(incline_deg=30.0), None)
    kept.keep(LEARNED)
    assert kept.load() == (LEARNED, None)


def test_a_profile_that_was_forgotten_stays_so_until_the_next_session(kept: MachineProfile) -> None:
    kept.keep(LEARNED)
    assert kept.forget()
    kept.keep(LEARNED)
    assert not kept.path.exists()
    assert not kept.forget()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("incline_deg = 400", "incline_deg = 400: should be less than or equal to 90. The rail's angle"),
        ("inclin = 4", 'there is no value "inclin"; known are first, incline_deg'),
        ('first = "both"', "first = 'both'"),
        ("incline_deg = ", "is not valid TOML"),
    ],
)
def test_a_broken_file_is_set_aside_and_told(kept: MachineProfile, text: str, words: str) -> None:
    kept.path.parent.mkdir()
    kept.path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        kept.read()
    assert words in str(caught.value)
    assert str(kept.path) in str(caught.value)
    known, notice = kept.load()
    assert known == Profile()
    assert notice is not None
    assert kept.path.with_suffix(".broken").read_text(encoding="utf-8") == text
    kept.keep(LEARNED)
    assert kept.load() == (LEARNED, None)


def test_the_settings_stand_above_what_was_learned(tmp_path: Path) -> None:
    settings = MachineSettings(name="press", first=First.CONCENTRIC, incline_deg=90, full_range_m=0.5)
    kept = MachineProfile(tmp_path, "gym", "press", settings)
    kept.keep(LEARNED)
    known, _ = kept.load()
    assert (known.first, known.incline_deg, known.full_range_m) == (First.CONCENTRIC, 90, 0.5)
    assert known.stops_m == LEARNED.stops_m
    assert kept.params.first is First.CONCENTRIC


def test_settings_that_say_nothing_leave_what_was_learned(tmp_path: Path) -> None:
    kept = MachineProfile(tmp_path, "gym", "press", MachineSettings(name="press"))
    kept.keep(LEARNED)
    assert kept.load() == (LEARNED, None)
    assert kept.params.first is First.AUTO


def test_a_person_changes_single_values() -> None:
    edited = changed(LEARNED, {"incline_deg": "30", "first": "concentric", "stops_m": "unknown"})
    assert (edited.incline_deg, edited.first, edited.stops_m) == (30.0, First.CONCENTRIC, None)
    assert edited.full_range_m == LEARNED.full_range_m
    assert changed(LEARNED, {"first": "unknown"}).first is First.AUTO
    with pytest.raises(ConfigError, match="incline_deg = 'steep'"):
        changed(LEARNED, {"incline_deg": "steep"})
