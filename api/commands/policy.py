"""`jifen policy`: tools for the people who write packs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face, progress_bars
from api.options import AsOf, PackName, Parameters, ServiceName
from api.pack_forms import Form, Languages, languages_of
from api.pack_options import At, Switches, as_of_day, chosen_pack
from publication.messages import Lang

policy = typer.Typer(no_args_is_help=True, help="Tools for policy packs.")


@policy.command()
@face
def check(
    pack: Annotated[str, typer.Argument(help="A pack file, or the id of a shipped pack.", metavar="POLICY")],
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Report everything that is wrong with a pack, on every day and under every two readings together."""
    from api.rendering import show_pack
    from storage.packs import check_file, find_pack

    path = find_pack(pack, base=Path.cwd())
    with progress_bars(quiet=as_json) as progress:
        found = check_file(path, progress=progress)
    show_pack(found, chosen_language(lang), as_json=as_json)


@policy.command("test")
@face
def compare_cases(
    pack: Annotated[
        str, typer.Argument(help="A pack file, a folder of versions, the id of a shipped pack, or `all`.")
    ] = "all",
    pins: Annotated[
        bool,
        typer.Option(
            "--pins",
            help="Alter every number, bound, member and reading by one step: tell what no case notices.",
        ),
    ] = False,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Compute the worked cases and rounds beside a pack and compare them with what the text gives.

    Exit status: 0 all as the text says, 1 a case or round differs (with --pins also: an alteration that none
    notices), 2 a file is wrong.
    """
    from api.pack_tests import show_tests
    from storage.examples import run_examples

    tested = run_examples(pack, base=Path.cwd())
    differ = any(one.failed or one.failed_rounds for one in tested)
    if differ or not pins:
        show_tests(tested, chosen_language(lang), as_json=as_json)
    if differ or (pins and _gaps(pack, chosen_language(lang), as_json=as_json)):
        raise typer.Exit(1)


def _gaps(pack: str, lang: Lang, *, as_json: bool) -> bool:
    """Show what no case notices; whether there is anything."""
    from api.pack_pins import show_pins
    from storage.examples import run_pins

    with progress_bars(quiet=as_json) as progress:
        pinned = run_pins(pack, base=Path.cwd(), progress=progress)
    show_pins(pinned, lang, as_json=as_json)
    return any(one.pins.unnoticed or one.pins.idle for one in pinned)


@policy.command("show")
@face
def show_pack_as_resolved(
    pack: PackName,
    at: At = None,
    switch: Switches = None,
    parameter: Parameters = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Show a pack as it stands on a day: layers laid, parameters put in, readings chosen."""
    from api.pack_show import show_snapshot

    show_snapshot(chosen_pack(pack, at, switch, parameter), chosen_language(lang), as_json=as_json)


@policy.command()
@face
def diff(
    before: Annotated[str, typer.Argument(help="A pack; `PACK@YYYY-MM-DD` as it stands on a day.")],
    after: Annotated[str, typer.Argument(help="The pack to compare with it.")],
    facts: Annotated[
        Path | None,
        typer.Option("--facts", help="People to tell the effect on: a round's folder or a table."),
    ] = None,
    service: ServiceName = None,
    as_of: AsOf = None,
    switch: Switches = None,
    parameter: Parameters = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Tell what two versions say differently; with --facts, who gains and who loses.

    --reading and --parameter choose for the second.
    """
    from api.pack_diff import compare, show_comparison

    day = as_of_day(as_of)
    old, new = chosen_pack(before, None, None), chosen_pack(after, None, switch, parameter)
    show_comparison(compare(old, new, facts, service, day), chosen_language(lang), as_json=as_json)


@policy.command("print")
@face
def print_announcement(
    pack: PackName,
    form: Annotated[Form, typer.Option("--format", help="The form of the announcement.")] = Form.text,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write to this file.")] = None,
    at: At = None,
    switch: Switches = None,
    parameter: Parameters = None,
    as_json: AsJson = False,
    lang: Annotated[Languages | None, typer.Option("--lang", help="Language, or both.")] = None,
) -> None:
    """Print a pack as the announcement it came from: who may apply, what earns points, who comes first."""
    from api.pack_print import print_pack

    languages = languages_of(lang, chosen_language(None))
    print_pack(chosen_pack(pack, at, switch, parameter), form, languages, out, as_json=as_json)


@policy.command()
@face
def schema(as_json: AsJson = False, lang: Language = None) -> None:
    """Print the JSON Schema of packs, for editors."""
    from api.console import print_json
    from scoring.schema import pack_schema

    print_json(pack_schema())


@policy.callback()
def describe() -> None:
    """Tools for policy packs."""
