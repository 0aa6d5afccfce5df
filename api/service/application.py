"""The HTTP application. Handlers are in `policies`, `rounds`, `jobs` and `results`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI

from api.service import jobs, policies, results, rounds
from api.service.described import DESCRIPTION, describe_problems, problems
from api.service.models import Health, Version
from api.service.origin import refuse_foreign
from api.service.problems import tell_problems
from api.service.requests import BodyLimit, Service, Serving
from api.service.worker import Worker
from api.service.working import Clock
from storage.registrations import Registry

about = APIRouter(prefix="/v1", tags=["service"])


@about.get("/health")
def get_health(service: Serving) -> Health:
    """Whether the service answers, and whether jobs are being done."""
    return Health(status="ok", worker=service.worker is not None and service.worker.is_alive())


@about.get("/version")
def get_version() -> Version:
    """Which engine this is."""
    return Version(jifen=version("jifen"), api="v1")


def create_app(
    registry: Registry, *, now: Clock, max_upload: int, worker: Worker | None, local_only: bool
) -> FastAPI:
    """The application on an open registry. Without a worker jobs are taken, and wait for another process.

    `max_upload` counts bytes. With `local_only`, pages from elsewhere are refused.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if worker is not None:
            worker.start()
        yield
        if worker is not None:
            worker.stop()
        registry.database.close()

    app = FastAPI(
        title="Jifen",
        version=version("jifen"),
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,  # these pages load their scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        redirect_slashes=False,
        telemetry={"logs": False},  # validation errors quote what was sent
        lifespan=lifespan,
        dependencies=[Depends(refuse_foreign)],
        responses=problems(403),
    )
    app.state.service = Service(registry, now, worker, local_only)
    for part in (about, policies.router, rounds.router, jobs.router, results.router):
        app.include_router(part)
    app.add_middleware(BodyLimit, limit=max_upload)
    tell_problems(app)
    describe_problems(app)
    return app
