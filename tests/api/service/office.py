"""A service without a network, and somebody who uses it. Jobs are done in this process when asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from api.service.application import create_app
from api.service.requests import Entrance
from api.service.working import perform
from storage.contents import Depot
from storage.database import migrate, open_database
from storage.jobs import lease_next
from storage.registrations import Registry
from tests.scenarios.cities import PLACE

YAML = {"Content-Type": "application/yaml"}
TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/vnd.apache.parquet",
}
PACK = PLACE / "points" / "2014-10-30.yaml"
NOW = 1_800_000_000
MAX_UPLOAD = 4 << 20
OPEN = Entrance(sign_in=False, loopback=False)


@dataclass(frozen=True, eq=False)
class Office:
    """An application, its registry and a client."""

    registry: Registry
    app: FastAPI
    client: TestClient

    def get(self, path: str, lang: str = "en", **params: str | int) -> Response:
        return self.client.get(f"/v1{path}", params=params, headers={"Accept-Language": lang})

    def post(self, path: str, **given: Any) -> Response:
        return self.client.post(f"/v1{path}", **given)

    def policy(self, text: str | bytes | None = None) -> str:
        """The id of a registered pack, the shipped one by default."""
        answer = self.post("/policies", content=text or PACK.read_bytes(), headers=YAML)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])

    def round(self, folder: Path, *, tables: bool = True, pack: bytes | None = None) -> str:
        """The id of a round registered from a folder, with its tables."""
        settings = (folder / "round.yaml").read_bytes()
        answer = self.post("/rounds", content=settings, headers=YAML, params={"policy": self.policy(pack)})
        assert answer.status_code in (200, 201), answer.text
        round_id = str(answer.json()["id"])
        if tables:
            uploaded = self.upload(round_id, folder)
            assert uploaded.status_code == 200, uploaded.text
        return round_id

    def upload(self, round_id: str, folder: Path) -> Response:
        """All tables of a folder at once."""
        tables = [path for path in sorted(folder.iterdir()) if path.suffix in TYPES]
        files = [("files", (path.name, path.read_bytes())) for path in tables]
        return self.post(f"/rounds/{round_id}/tables", files=files)

    def submit(self, round_id: str, key: str = "first", kind: str = "allocate", **options: Any) -> Response:
        headers = {"Idempotency-Key": key}
        return self.post(f"/rounds/{round_id}/jobs", json={"kind": kind, **options}, headers=headers)

    def done(self, round_id: str, kind: str = "allocate", **options: Any) -> str:
        """The id of a job that was submitted and done."""
        job_id = str(self.submit(round_id, key=kind, kind=kind, **options).json()["id"])
        self.work()
        assert self.get(f"/jobs/{job_id}").json()["status"] == "done"
        return job_id

    def work(self, lease: str = "") -> None:
        """Do the oldest job."""
        lease = lease or os.urandom(8).hex()
        with self.registry.database.writing() as session:
            assert lease_next(session, lease=lease, now=NOW, seconds=60) is not None
        assert perform(self.registry, lease, now=lambda: NOW)


@dataclass(frozen=True)
class Decided:
    """An office, a round in it, and the jobs that were done on the round."""

    office: Office
    round: str
    allocated: str
    scored: str


def open_office(folder: Path, *, entrance: Entrance = OPEN) -> Office:
    """A new service in a folder."""
    database = open_database(f"sqlite:///{folder / 'jifen.sqlite3'}")
    migrate(database)
    registry = Registry(database, Depot(folder))
    app = create_app(registry, now=lambda: NOW, max_upload=MAX_UPLOAD, worker=None, entrance=entrance)
    return Office(registry, app, TestClient(app))


def problems(answer: Response) -> list[tuple[str, Mapping[str, Any]]]:
    """(code, place) of everything that an answer says is wrong."""
    assert answer.headers["content-type"] == "application/problem+json"
    return [(problem["code"], problem["place"]) for problem in answer.json()["problems"]]


def codes(answer: Response) -> list[str]:
    return [code for code, _ in problems(answer)]
