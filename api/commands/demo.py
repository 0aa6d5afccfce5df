"""`jifen demo`: the shipped rounds, end to end, on synthetic people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face, progress_bars


@face
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; replaced if it exists.")] = Path(
        "out/demo"
    ),
    families: Annotated[
        int, typer.Option(min=1, help="How many synthetic families apply; fewer in the housing rounds.")
    ] = 45_000,
    pdf: Annotated[bool, typer.Option(help="Also typeset the notices as PDF.")] = True,
    study: Annotated[bool, typer.Option(help="Also run the shipped what-if study.")] = True,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Run every shipped round and study: make synthetic people, decide, verify both bundles, publish."""
    from api.demonstration import demonstrate, demonstrate_study, show_demonstration

    language = chosen_language(lang)
    with progress_bars(quiet=as_json) as progress:
        rounds = demonstrate(out, families=families, pdf=pdf, progress=progress)
        changed = demonstrate_study(out, language, progress) if study else None
    show_demonstration(rounds, changed, out, language, as_json=as_json)
