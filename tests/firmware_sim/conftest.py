"""Scenarios of the project, performed once for all tests."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from firmware_sim.performance import Performance
from firmware_sim.scenario import load

SCENARIOS = Path(__file__).parents[2] / "config" / "scenarios"

Perform = Callable[[str], Performance]


@pytest.fixture(scope="session")
def scenarios() -> Path:
    return SCENARIOS


@pytest.fixture(scope="session")
def perform() -> Perform:
    """Perform a scenario by its name, with seed 1."""

    @cache
    def performed(name: str) -> Performance:
        return Performance(load(SCENARIOS / f"{name}.toml"), 1)

    return performed
