"""The house keeps its promises: everything pinned with hashes, nothing that says where it was fetched from."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


@pytest.mark.parametrize("lock", LOCKS)
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


def test_no_committed_file_names_a_machine_path() -> None:
    pattern = r"(/work/|/root/|/home/[a-z]+/|\.pyenv|/tmp/w/)"
    hits = subprocess.run(
        ["git", "grep", "-nIE", pattern, "--", ".", ":!tests/test_house.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert hits.stdout == ""
