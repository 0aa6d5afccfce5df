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
from api.service.requests import Entrance
from api.service.worker import Worker
from api.service.working import now_in_seconds
from publication.messages import Lang, sentence
from storage.accounts import may_administer
from storage.registrations import open_registry
from values.problems import bad_input

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
    sign_in: bool


def serve(settings: ServiceSettings, lang: Lang, *, as_json: bool) -> None:
    """Answer requests and do jobs until the process is told to stop (SIGTERM, ctrl-C).

    Raises:
        BadInput: `service.sign_in_needed` if others than this machine could ask without signing in; those of
            `open_registry`.
    """
    entrance = Entrance(settings.sign_in, is_loopback(settings.host))
    if not entrance.sign_in and not entrance.loopback:
        raise bad_input("service.sign_in_needed", host=settings.host)
    registry = open_registry(settings.data, settings.database)
    worker = Worker(registry, now_in_seconds)
    app = create_app(
        registry,
        now=now_in_seconds,
        max_upload=settings.max_upload_mb * MEGABYTE,
        worker=worker,
        entrance=entrance,
    )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, settings.port), family=family) as listening:
        if not entrance.loopback:
            say(sentence("service.needs_encryption", {"host": settings.host}, lang))
        if entrance.sign_in and not may_administer(registry.database):
            say(sentence("service.nobody_can_sign_in", {}, lang))
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
