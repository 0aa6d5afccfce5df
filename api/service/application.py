"""The HTTP application. Handlers are in `policies`, `rounds`, `jobs` and `results`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, FastAPI

from api.service import accounts, attested, jobs, own, pages, policies, releases, results, rounds, sessions
from api.service.described import DESCRIPTION, describe_problems, describe_sign_in, problems
from api.service.guard import GuardedRoute, guarded
from api.service.models import Health, Version
from api.service.permissions import requires
from api.service.problems import tell_problems
from api.service.requests import BodyLimit, Entrance, Service, Serving
from api.service.worker import Worker
from api.service.working import Clock
from storage.registrations import Registry

about = APIRouter(prefix="/v1", tags=["service"], route_class=GuardedRoute)
PARTS = (
    about,
    sessions.router,
    accounts.router,
    policies.router,
    rounds.router,
    releases.router,
    attested.router,
    jobs.router,
    results.router,
    own.router,
    pages.router,
)


@about.get("/health")
@requires("anyone")
def get_health(service: Serving) -> Health:
    """Whether the service answers, and whether jobs are being done."""
    return Health(status="ok", worker=service.worker is not None and service.worker.is_alive())


@about.get("/version")
@requires("anyone")
def get_version() -> Version:
    """Which engine this is."""
    return Version(jifen=version("jifen"), api="v1")


def create_app(
    registry: Registry, *, now: Clock, max_upload: int, worker: Worker | None, entrance: Entrance
) -> FastAPI:
    """The application on an open registry. Without a worker jobs are taken, and wait for another process.

    `max_upload` counts bytes.

    Raises:
        TypeError: a part has a route that is not guarded.
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
        responses=problems(401, 403) if entrance.sign_in else problems(403),
    )
    app.state.service = Service(registry, now, worker, entrance)
    app.router.route_class = GuardedRoute
    for part in PARTS:
        app.include_router(guarded(part))
    app.add_middleware(BodyLimit, limit=max_upload)
    tell_problems(app)
    describe_problems(app)
    if entrance.sign_in:
        describe_sign_in(app)
    return app
