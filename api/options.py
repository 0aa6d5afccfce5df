"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PackName = Annotated[str, typer.Argument(help="A pack file, or the id of a shipped pack.", metavar="POLICY")]
ServiceName = Annotated[str | None, typer.Option("--service", help="Service of the pack; default its first.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Date at which facts are measured.")
]
Readings = Annotated[
    list[str] | None,
    typer.Option("--reading", metavar="SWITCH=READING", help="Another reading than the one chosen."),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--parameter", metavar="NAME=VALUE", help="Another value of a parameter."),
]
Replace = Annotated[bool, typer.Option("--replace", help="Replace the output folder if it is not empty.")]
DataFolder = Annotated[
    Path,
    typer.Option("--data", envvar="JIFEN_DATA", help="Folder for everything that is kept; made if need be."),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database", envvar="JIFEN_DATABASE", help="sqlite:///… ; default a file in the data folder."
    ),
]
