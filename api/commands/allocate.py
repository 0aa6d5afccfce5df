"""`jifen allocate`: a market in, an allocation out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face, progress_bars
from api.options import Replace


@face
def allocate(
    market: Annotated[
        Path, typer.Argument(help="A market/1 JSON file, or a folder of Parquet tables.", metavar="MARKET")
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Write the answer to this file (a folder's to a folder)."),
    ] = None,
    why: Annotated[
        list[str] | None, typer.Option("--why", help="Give reasons to 'all', or to this applicant (repeat).")
    ] = None,
    more: Annotated[
        list[str] | None,
        typer.Option("--more", help="With --why: what so many more points would have done (repeat)."),
    ] = None,
    replace: Replace = False,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Allocate a market (market/1): read, rank, run the mechanism, verify, answer."""
    from api.allocating import allocate_file, print_allocation, refuse_target

    refuse_target(market, out, replace=replace)
    with progress_bars(quiet=as_json) as progress:
        answer = allocate_file(market, why=tuple(why or ()), more=tuple(more or ()), progress=progress)
    print_allocation(answer, out, as_json=as_json, lang=chosen_language(lang), replace=replace)
