"""`jifen serve`: the HTTP service. The one place where its settings are read."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face
from api.options import DatabaseUrl, DataFolder


class SignIn(str, Enum):  # noqa: UP042 - the command line shows the values
    """Who may ask: whoever is signed in, or everybody on this machine."""

    required = "required"
    off = "off"


@face
def serve(
    data: DataFolder = Path("jifen-data"),
    database: DatabaseUrl = None,
    host: Annotated[
        str, typer.Option(envvar="JIFEN_HOST", help="Address to listen at; any but loopback needs sign-in.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="JIFEN_PORT", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = 8470,
    max_upload_mb: Annotated[
        int, typer.Option(envvar="JIFEN_MAX_UPLOAD_MB", min=1, help="Largest request that is taken.")
    ] = 512,
    sign_in: Annotated[
        SignIn, typer.Option(envvar="JIFEN_SIGN_IN", help="Whether people and programs must sign in.")
    ] = SignIn.off,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Serve the API: register policies and rounds, upload tables, run jobs, fetch results."""
    from api.service.serving import ServiceSettings
    from api.service.serving import serve as run_service

    settings = ServiceSettings(data, database, host, port, max_upload_mb, sign_in is SignIn.required)
    run_service(settings, chosen_language(lang), as_json=as_json)
