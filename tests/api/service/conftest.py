"""One service with a round that was scored and allocated. Nobody may submit to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.api.service.office import Office, open_office


@dataclass(frozen=True)
class Decided:
    """An office, a round in it, and the jobs that were done on the round."""

    office: Office
    round: str
    allocated: str
    scored: str


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A service with nothing in it."""
    folder = tmp_path / "services" / "one"
    folder.mkdir(parents=True)
    return open_office(folder)


@pytest.fixture(scope="session")
def decided(city: Path, tmp_path_factory: pytest.TempPathFactory) -> Decided:
    """The small round, decided."""
    office = open_office(tmp_path_factory.mktemp("office"))
    round_id = office.round(city)
    return Decided(office, round_id, office.done(round_id), office.done(round_id, "score"))
