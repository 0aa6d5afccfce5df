"""`jifen letter`: decision letters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, face, progress_bars
from api.options import Replace


@face
def letter(
    bundle: Annotated[
        Path, typer.Argument(help="A run's results, an audit bundle, or a round's folder.", metavar="BUNDLE")
    ],
    applicant: Annotated[
        list[str] | None, typer.Option("--applicant", help="Write this candidate's letter (repeat).")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Write everybody's letters.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write the letters to.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Also typeset every letter as PDF.")] = False,
    replace: Replace = False,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Write decision letters: points, rank, outcome, reasons, how to object. Both languages unless --lang."""
    from api.letters import chosen, deliver, refuse_request
    from storage.letters import letters_from

    refuse_request(applicant, everybody, out, as_json=as_json, replace=replace)
    with progress_bars(quiet=as_json) as progress:
        letters = letters_from(bundle, progress=progress)
        people = chosen(letters, applicant, everybody)
        deliver(letters, people, out, lang, pdf=pdf, replace=replace, as_json=as_json, progress=progress)
