"""`jifen simulate`: what-if scenarios on one round."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face, progress_bars
from api.options import Replace


@face
def simulate(
    study: Annotated[
        str, typer.Argument(help="A study file, or a shipped study: zhongshan/2015-school.", metavar="STUDY")
    ],
    round_dir: Annotated[
        Path | None,
        typer.Option("--round", help="The round's folder, or its published results.", metavar="ROUND_DIR"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to; default out/ and the study's id.")
    ] = None,
    replace: Replace = False,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Decide a round again under other rules and compare: who gains, who loses, by group; never official."""
    from api.simulating import show_simulation, simulate_study

    language = chosen_language(lang)
    with progress_bars(quiet=as_json) as progress:
        done = simulate_study(study, round_dir, out, language, replace=replace, progress=progress)
    show_simulation(done, language, as_json=as_json)
    raise typer.Exit(1 if done.result.failed else 0)
