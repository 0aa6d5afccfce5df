"""`jifen verify`: the independent verifier on a published bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face


@face
def verify(
    bundle: Annotated[Path, typer.Argument(help="A bundle folder (public or audit).", metavar="BUNDLE")],
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Check a bundle with verifier/verify_bundle.py, which shares no code with the engine."""
    from storage.bundles import require_bundle
    from verifier.verify_bundle import main as verify_bundle

    require_bundle(bundle)
    options = ["--lang", chosen_language(lang), *(["--json"] if as_json else [])]
    raise typer.Exit(verify_bundle([str(bundle), *options]))
