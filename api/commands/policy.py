"""`jifen policy`: tools for the people who write packs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face

policy = typer.Typer(no_args_is_help=True, help="Tools for policy packs.")


@policy.command()
@face
def check(
    pack: Annotated[str, typer.Argument(help="A pack file, or the id of a shipped pack.", metavar="POLICY")],
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Report everything that is wrong with a pack, on every day and under every reading."""
    from api.rendering import show_pack
    from storage.packs import check_file, find_pack

    found = check_file(find_pack(pack, base=Path.cwd()))
    show_pack(found, chosen_language(lang), as_json=as_json)


@policy.command("test")
@face
def compare_cases(
    pack: Annotated[
        str, typer.Argument(help="A pack file, a folder of versions, the id of a shipped pack, or `all`.")
    ] = "all",
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Compute the worked cases beside a pack and compare them with what the text gives.

    Exit status: 0 all as the text says, 1 a case differs, 2 a file is wrong.
    """
    from api.pack_tests import show_tests
    from storage.examples import run_examples

    tested = run_examples(pack, base=Path.cwd())
    show_tests(tested, chosen_language(lang), as_json=as_json)
    if any(one.failed for one in tested):
        raise typer.Exit(1)


@policy.callback()
def describe() -> None:
    """Tools for policy packs."""
