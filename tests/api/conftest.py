"""One small round on disk for all tests of the commands, and its results. Nobody may write into them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.commands import completed, write_city


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round's folder as a bureau would hand it in."""
    return write_city(tmp_path_factory.mktemp("city") / "round")


@pytest.fixture(scope="session")
def wishes_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same families in the configuration with wishes."""
    return write_city(tmp_path_factory.mktemp("city") / "wishes", "2015-school-wishes")


@pytest.fixture(scope="session")
def results(city: Path) -> Path:
    """What `jifen run` makes of the round."""
    out = city.parent / "results"
    completed("run", city, "--out", out, "--no-pdf")
    return out


@pytest.fixture(scope="session")
def wishes_results(wishes_city: Path) -> Path:
    """What `jifen run` makes of the round with wishes."""
    out = wishes_city.parent / "wishes-results"
    completed("run", wishes_city, "--out", out, "--no-pdf")
    return out
