"""`jifen residence`: states, deadlines and residence time of one person or of a registry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face, progress_bars
from api.options import Replace


@face
def residence(
    rules: Annotated[
        str,
        typer.Argument(
            help="Settings with rules and choices, or the name of shipped rules.", metavar="RULES"
        ),
    ],
    history: Annotated[
        Path, typer.Argument(help="Events of one person or of many: CSV, XLSX or Parquet.", metavar="HISTORY")
    ],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="The day asked about.")
    ] = None,
    person: Annotated[str | None, typer.Option("--person", help="One person out of many, by id.")] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option("--choose", metavar="NAME=VALUE", help="A reading of what the rules leave open."),
    ] = None,
    places: Annotated[
        Path | None, typer.Option("--places", help="A table of the areas and offices that exist.")
    ] = None,
    ahead: Annotated[
        int, typer.Option("--ahead", min=0, help="Deadlines within so many days are at risk.")
    ] = 7,
    per: Annotated[int, typer.Option("--per", min=1, help="Registered people per coordinator.")] = 800,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Write lists, or the timeline, here.")
    ] = None,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="The lists as one workbook instead of CSV files.")
    ] = False,
    replace: Replace = False,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Tell what is so on a day: one person's timeline, or the lists of a registry."""
    from api.residence import Asked, choices_of, day_of, given_of, person_of, tell_person, tell_registry

    chosen, day = chosen_language(lang), day_of(as_of)
    given = given_of(rules, history, choices_of(choose), places)
    if (one := person_of(given, person)) is not None:
        tell_person(given, one, day, out, chosen, as_json=as_json, replace=replace)
        return
    with progress_bars(quiet=as_json) as progress:
        told = tell_registry(
            given, Asked(day, ahead, per), out, chosen,
            as_json=as_json, replace=replace, workbooks=xlsx, progress=progress,
        )  # fmt: skip
    if told.problems:
        raise typer.Exit(2)
