"""The house keeps its promises: everything pinned with hashes, nothing that says where it was fetched from."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import Context
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sensor_hub.cli import main
from sensor_hub.config import load

ROOT = Path(__file__).parents[1]
LOCKS = ("demo.lock", "dev.lock")


def pins(lock: str) -> dict[str, set[str]]:
    """Versions of every package in a lock file."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", read(lock), flags=re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def read(lock: str) -> str:
    return (ROOT / "requirements" / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", [*LOCKS, "fuzz.lock"])
def test_locks_hold_versions_and_hashes_only(lock: str) -> None:
    line = re.compile(r"[a-z0-9.-]+==\S+( ; [^/\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [text for text in read(lock).splitlines() if not line.fullmatch(text)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_declared_dependency_is_pinned_within_its_range(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["sim"]]
    declared += [*project["build-system"]["requires"]]
    if lock == "dev.lock":
        declared += project["dependency-groups"]["dev"]
    pinned = pins(lock)
    for text in declared:
        requirement = Requirement(text)
        versions = pinned[canonicalize_name(requirement.name)]
        assert all(version in requirement.specifier for version in versions), text


def test_both_locks_agree() -> None:
    dev = pins("dev.lock")
    assert {name: dev.get(name) for name in pins("demo.lock")} == pins("demo.lock")


def own_files() -> Iterator[Path]:
    """What the project consists of, without what its tools leave behind."""
    for top in ROOT.iterdir():
        if top.is_file():
            yield top
        elif top.name == ".ci" or (top.name[0] != "." and top.name not in ("build", "dist", "data")):
            yield from (path for path in top.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def test_no_file_names_a_machine_path() -> None:
    pattern = re.compile(rb"(/work/|/root/|/home/[a-z]+/|\.pyenv|/tmp/w/)")
    hits = [path for path in own_files() if path != Path(__file__) and pattern.search(path.read_bytes())]
    assert [path for path in hits if ".egg-info" not in str(path)] == []


def test_the_readmes_settings_are_valid(tmp_path: Path) -> None:
    snippets = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(snippets) >= 2
    for snippet in snippets:
        (tmp_path / "hub.toml").write_text(snippet, encoding="utf-8")
        load(tmp_path / "hub.toml", {})


def test_the_readme_names_every_command_and_only_files_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in main.list_commands(Context(main)):
        assert f"sensor-hub {command}" in text
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_service_unit_runs_the_command() -> None:
    unit = (ROOT / "config" / "systemd" / "sensor-hub.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=(.+)$", unit, flags=re.MULTILINE)
    program, *arguments = line.split()
    assert program.endswith("/sensor-hub")
    command = main.get_command(Context(main), arguments[0])
    assert command is not None
    command.make_context("run", arguments[1:])
