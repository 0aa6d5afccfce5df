"""One service with a round that was scored and allocated. Nobody may submit to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.service.office import Decided, Office, open_office
from tests.api.service.staff import Staff, staffed


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


@pytest.fixture(scope="session")
def staff(decided: Decided) -> Staff:
    """The decided round behind sign-in. Whoever changes what is there puts it back."""
    return staffed(decided)


@pytest.fixture(scope="session")
def letters(decided: Decided) -> str:
    """A job that made everybody's letter of the decided round; what other tests left waiting is cancelled."""
    for job in decided.office.get(f"/rounds/{decided.round}/jobs").json():
        if job["status"] == "queued":
            decided.office.post(f"/jobs/{job['id']}/cancel")
    return decided.office.done(decided.round, "letters")
