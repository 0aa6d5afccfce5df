"""`jifen run`: the main path on files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face, progress_bars
from api.options import Replace


@face
def run(
    round_dir: Annotated[
        Path, typer.Argument(help="Folder with round.yaml and the tables.", metavar="ROUND_DIR")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to write the results to.")],
    pdf: Annotated[bool, typer.Option(help="Also typeset the notices as PDF.")] = True,
    xlsx: Annotated[bool, typer.Option(help="Also write the notice as a workbook.")] = False,
    replace: Replace = False,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Decide a round: score, rank, allocate, verify, and publish bundles, tables and notices."""
    from api.memory import reuse_freed_memory

    reuse_freed_memory()
    from api.rendering import show_round
    from storage.folders import refuse_occupied
    from storage.publications import run_and_publish
    from storage.rounds import read_round

    refuse_occupied(out, replace=replace)
    files = read_round(round_dir)
    with progress_bars(quiet=as_json) as progress:
        decided = run_and_publish(files, out, pdf=pdf, xlsx=xlsx, replace=replace, progress=progress)
    show_round(decided, out, chosen_language(lang), as_json=as_json)
