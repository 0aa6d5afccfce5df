"""The service as a process: open the data folder, migrate the database, listen until told to stop."""

from __future__ import annotations

import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from api.console import print_json, say, show
from api.service.application import create_app
from api.service.origin import is_loopback
from api.service.worker import Worker
from api.service.working import now_in_seconds
from publication.messages import Lang, sentence
from storage.contents import Depot
from storage.database import migrate, open_database
from storage.registrations import Registry

MEGABYTE = 1 << 20
GRACE_SECONDS = 5
"""How long requests that are being answered may take when the service is told to stop."""


@dataclass(frozen=True)
class ServiceSettings:
    """What an administrator sets. Without `database` it is a file in the data folder."""

    data: Path
    database: str | None
    host: str
    port: int
    max_upload_mb: int

    @property
    def url(self) -> str:
        """The database's address."""
        return self.database or f"sqlite:///{self.data.resolve() / 'jifen.sqlite3'}"


def open_registry(settings: ServiceSettings) -> Registry:
    """The data folder and its database, made if need be and brought up to date.

    Raises:
        BadInput: `service.database_not_supported`, `service.database_newer`, `service.database_unusable`.
    """
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds people's facts
    registry = Registry(open_database(settings.url), Depot(settings.data.resolve()))
    migrate(registry.database)
    return registry


def serve(settings: ServiceSettings, lang: Lang, *, as_json: bool) -> None:
    """Answer requests and do jobs until the process is told to stop (SIGTERM, ctrl-C)."""
    registry = open_registry(settings)
    worker = Worker(registry, now_in_seconds)
    app = create_app(
        registry,
        now=now_in_seconds,
        max_upload=settings.max_upload_mb * MEGABYTE,
        worker=worker,
        local_only=is_loopback(settings.host),
    )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, settings.port), family=family) as listening:
        if not is_loopback(settings.host):
            say(sentence("service.open_to_network", {"host": settings.host}, lang))
        _announce(settings, listening.getsockname()[1], lang, as_json=as_json)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        for told in (signal.SIGTERM, signal.SIGINT):  # the server raises them again when it has stopped
            signal.signal(told, lambda number, frame: None)
        uvicorn.Server(config).run(sockets=[listening])


def _announce(settings: ServiceSettings, port: int, lang: Lang, *, as_json: bool) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    told = {"url": f"http://{host}:{port}", "folder": str(settings.data)}
    if as_json:
        print_json({"format": "service/1", **told})
    else:
        show(sentence("service.serving", told, lang))
    sys.stdout.flush()
