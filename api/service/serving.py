"""The service as a process: open the data folder, migrate the database, listen until told to stop."""

from __future__ import annotations

import signal
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from api.console import say, show
from api.service.application import create_app
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
        BadInput: `service.database_not_supported`.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    registry = Registry(open_database(settings.url), Depot(settings.data.resolve()))
    migrate(registry.database)
    return registry


def serve(settings: ServiceSettings, lang: Lang) -> None:
    """Answer requests and do jobs until the process is told to stop (SIGTERM, ctrl-C)."""
    registry = open_registry(settings)
    worker = Worker(registry, now_in_seconds)
    app = create_app(
        registry, now=now_in_seconds, max_upload=settings.max_upload_mb * MEGABYTE, worker=worker
    )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, settings.port), family=family) as listening:
        if not is_loopback(settings.host):
            say(sentence("service.open_to_network", {"host": settings.host}, lang))
        url = f"http://{_in_address(settings.host)}:{listening.getsockname()[1]}"
        show(sentence("service.serving", {"url": url, "folder": settings.data}, lang))
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


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address to listen at."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host
