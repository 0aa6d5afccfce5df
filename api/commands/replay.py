"""`jifen replay`: run the round of an audit bundle again and compare the records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import (
    AsJson,
    Language,
    chosen_language,
    face,
    print_json,
    problem_document,
    progress_bars,
    report,
    show,
)


@face
def replay(
    bundle: Annotated[Path, typer.Argument(help="An audit bundle, or a run's results.", metavar="BUNDLE")],
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Run a round again from its audit bundle; the result's digest must be the same."""
    from storage.bundles import audit_folder
    from storage.replays import replay_bundle

    with progress_bars(quiet=as_json) as progress:
        outcome = replay_bundle(audit_folder(bundle), progress=progress)
    if as_json:
        differences = [problem_document(problem) for problem in outcome.differences]
        print_json(
            {"format": "replay/1", "same": outcome.same, "digest": outcome.digest, "differences": differences}
        )
    else:
        report(outcome.differences, lang=chosen_language(lang), as_json=False)
        show(f"{'same' if outcome.same else 'DIFFERENT'} {outcome.digest}")
    raise typer.Exit(0 if outcome.same else 1)
