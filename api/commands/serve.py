"""`jifen serve`: the HTTP service. The one place where its settings are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face


@face
def serve(
    data: Annotated[
        Path, typer.Option(envvar="JIFEN_DATA", help="Folder for everything that is kept; made if need be.")
    ] = Path("jifen-data"),
    database: Annotated[
        str | None,
        typer.Option(envvar="JIFEN_DATABASE", help="sqlite:///… ; default a file in the data folder."),
    ] = None,
    host: Annotated[
        str, typer.Option(envvar="JIFEN_HOST", help="Address to listen at; there is no authentication.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="JIFEN_PORT", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = 8470,
    max_upload_mb: Annotated[
        int, typer.Option(envvar="JIFEN_MAX_UPLOAD_MB", min=1, help="Largest request that is taken.")
    ] = 512,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Serve the API: register policies and rounds, upload tables, run jobs, fetch results."""
    from api.service.serving import ServiceSettings
    from api.service.serving import serve as run_service

    settings = ServiceSettings(data, database, host, port, max_upload_mb)
    run_service(settings, chosen_language(lang), as_json=as_json)
