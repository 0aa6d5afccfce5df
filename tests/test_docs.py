"""The documents are true: links lead somewhere, examples run, figures are those of a real round."""

from __future__ import annotations

import csv
import importlib
import inspect
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer.main

from allocation.registry import MECHANISMS
from api.cli import app
from api.commands.demo import demo
from publication.messages import sentence, sentences
from scenarios.config import load_config
from scenarios.demo_rounds import demo_tables
from scenarios.round import Round
from storage.folders import write_folder
from storage.packs import find_pack, policies_folder, read_pack, shipped_packs
from storage.publications import publish_round
from tests.documents import (
    NOT_OURS,
    ROOT,
    Fence,
    anchors,
    cells,
    fences,
    files_of,
    links,
    pages,
    prose,
    run_console,
    run_session,
    shown,
)
from tests.pack_examples import document_with, outcome_of_row, policy_of, tables_of

INDEX, README = ROOT / "docs/index.md", ROOT / "README.md"
MAIN_PATH, PACK_GUIDE = ROOT / "docs/main_path.md", ROOT / "docs/policy_packs"
PACK_PAGES = sorted(PACK_GUIDE.glob("*.md"))
OF_THE_DEMO = (MAIN_PATH, README)
ROUND = "2015-school"
FAMILIES = inspect.signature(demo).parameters["families"].default
RESULTS = Path(f"out/demo/zhongshan-{ROUND}/results")
CODE_NAME = re.compile(r"`((?:[a-z_]+\.)+[a-z_]+):(\w+)`")
NUMBER = re.compile(r"(?<![A-Za-z\d.-])(?:\d[\d,]*\d(?:\.\d+)?|\d+\.\d+)")
OF_ROUNDS = {"pack.source_value"}
"""Problems of `round.yaml` among those of packs."""


@dataclass(frozen=True)
class Reader:
    """Somebody who ran the first round of the demo in `folder` and typed the main path's session."""

    folder: Path
    decided: Round
    wrong: list[str]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("reader")
    source = policies_folder() / "zhongshan" / "rounds" / ROUND
    settings = (source / "round.yaml").read_text("utf-8")
    config = load_config(settings, "round.yaml")
    pack = read_pack(find_pack(config.policy, base=source, as_of=config.as_of))
    tables = demo_tables(pack, config, pl.read_csv(source / "quotas.csv"), families=FAMILIES)
    write_folder(folder / RESULTS.parent / "input", {**tables, "round.yaml": settings.encode("utf-8")})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        names, wrong = run_session(MAIN_PATH)
        publish_round(names["decided"], folder / RESULTS, pdf=False)
        yield Reader(folder, names["decided"], wrong)


@pytest.mark.parametrize("page", pages(), ids=shown)
def test_every_link_and_picture_leads_somewhere(page: Path) -> None:
    """Relative links name files that exist, anchors name headings, and pictures are described."""
    broken = []
    for target in links(page):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)

    assert broken == []
    assert "![](" not in page.read_text("utf-8")


@pytest.mark.parametrize(
    "page", [page for page in pages() if page != MAIN_PATH and fences(page, "pycon")], ids=shown
)
def test_every_python_session_gives_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sessions of methods and guides."""
    monkeypatch.chdir(tmp_path)

    _, wrong = run_session(page)

    assert not wrong, "\n".join(wrong)


def test_the_main_path_and_the_readme_show_what_the_demo_gives(reader: Reader) -> None:
    """Every session, row, record and command of the two pages, compared with the round of the demo."""
    bundle = reader.folder / RESULTS / "audit"
    wrong = list(reader.wrong)

    for page in OF_THE_DEMO:
        for fence in fences(page, "console", "run"):
            wrong += run_console(fence)
        for fence in fences(page, "csv"):
            wrong += rows_that_differ(fence, bundle)
        for fence in fences(page, "json", "record.json"):
            if differs(json.loads(fence.text), reader.decided.record.document):
                wrong.append(f"{shown(page)}:{fence.line}: record.json")

    if counts_line(reader.decided) not in README.read_text("utf-8"):
        wrong.append(f"README.md: {counts_line(reader.decided)}")

    assert not wrong, "\n".join(wrong)


def counts_line(decided: Round) -> str:
    """What the command line prints of a round's counts."""
    counts = decided.record.document["counts"]
    figures = {name: value if isinstance(value, int) else value["total"] for name, value in counts.items()}
    return sentence("console.counts", figures, "en")


def rows_that_differ(fence: Fence, bundle: Path) -> list[str]:
    """Rows of a `csv` block that the bundle's table has otherwise; the columns may be some of the table's."""
    wanted = list(csv.DictReader(io.StringIO(fence.text)))
    table = pl.read_csv(bundle / fence.words[1], infer_schema=False).fill_null("").select(list(wanted[0]))
    have = set(table.rows())
    lost = [row for row in wanted if tuple(row.values()) not in have]
    ids = [next(iter(row.values())) for row in lost]
    return [f"line {fence.line}: {table.filter(table.to_series(0).is_in(ids)).rows()}"] if lost else []


def differs(part: Any, whole: Any) -> bool:
    """Whether a part of a JSON document says otherwise than the whole."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return any(differs(value, whole.get(key)) for key, value in part.items())
    return bool(part != whole)


@pytest.mark.parametrize("page", OF_THE_DEMO, ids=shown)
def test_no_figure_stands_in_the_text_alone(page: Path) -> None:
    """A number of two digits or more in the text stands in a checked block or in the pack too."""
    blocks = [fence.text for source in OF_THE_DEMO for fence in fences(source) if fence.words]
    packs = ("zhongshan/points/2014-10-30.yaml", "beijing/public-rental/2011-12-01.yaml")
    rules = " ".join((policies_folder() / pack).read_text("utf-8") for pack in packs)
    checked = set(NUMBER.findall(" ".join([*blocks, rules, str(FAMILIES)]).replace(",", " ")))
    text = re.sub(r"\]\([^)]*\)|`[^`\n]*`|Python 3\.\d+", " ", prose(page))

    assert {number.replace(",", "") for number in NUMBER.findall(text)} - checked == set()


@pytest.mark.parametrize("page", pages(), ids=shown)
def test_every_function_that_a_page_names_exists(page: Path) -> None:
    """`module:name` can be imported."""
    named = CODE_NAME.findall(prose(page))

    missing = [
        f"{module}:{name}" for module, name in named if not hasattr(importlib.import_module(module), name)
    ]

    assert missing == []


@pytest.mark.parametrize(
    "fence",
    [
        pytest.param(fence, id=f"{page.stem}:{fence.line}")
        for page in PACK_PAGES
        for fence in fences(page, "yaml")
        if len(fence.words) > 1 and not fence.words[1].startswith("file=")
    ],
)
def test_every_example_of_the_pack_guide_gives_what_its_table_says(fence: Fence) -> None:
    """The block, put into the guide's whole pack, loads and gives the points of the table below it."""
    (whole,) = fences(PACK_GUIDE / "index.md", "yaml", "pack")
    document = document_with(fence, whole.text)
    policy_of(document)

    for table in tables_of(fence):
        for row in table:
            assert {**row, **outcome_of_row(document, row)} == row


@pytest.mark.parametrize("page", PACK_PAGES, ids=shown)
def test_every_table_of_results_in_the_pack_guide_belongs_to_an_example(page: Path) -> None:
    """No table with expected values is left unread."""
    written = re.findall(r"^\|.*\*\*.*\|\n\|-", prose(page), re.MULTILINE)

    read = [table for fence in fences(page, "yaml") for table in tables_of(fence)]

    assert len(read) == len(written)


@pytest.mark.parametrize(
    "page",
    [page for page in pages() if page not in OF_THE_DEMO and fences(page, "console", "run")],
    ids=shown,
)
def test_every_command_on_a_page_prints_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run on the page's own files, changed first where the block says so."""
    monkeypatch.chdir(tmp_path)
    files, wrong = files_of(page), []

    for fence in fences(page, "console", "run"):
        right, _, slip = fence.option("replace").replace("\\n", "\n").partition("|")
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text.replace(right, slip, 1) if right else text, "utf-8")
        wrong += run_console(fence)

    assert not wrong, "\n".join(wrong)


def test_the_pack_guide_lists_every_problem_a_check_can_report() -> None:
    """Codes and sentences are those of the message file."""
    known = {code: text["en"] for code, text in sentences().items() if code.startswith(("pack.", "yaml."))}

    page = (PACK_GUIDE / "errors.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `((?:pack|yaml)\.\w+)` \| (.*) \|$", page, re.MULTILINE))

    assert listed == {code: text for code, text in known.items() if code not in OF_ROUNDS}


def command_names(command: Any, name: str) -> Iterator[str]:
    """The names of all commands below a command of the command line."""
    below = getattr(command, "commands", None)
    if below is None:
        yield name
    for child, part in (below or {}).items():
        yield from command_names(part, f"{name} {child}")


@pytest.mark.parametrize("name", sorted(command_names(typer.main.get_command(app), "jifen")))
def test_every_command_is_in_the_documents(name: str) -> None:
    """Named in the README or under docs/."""
    assert any(name in page.read_text("utf-8") for page in pages() if page.name != "CHANGELOG.md")


@pytest.mark.parametrize("name", sorted(MECHANISMS))
def test_every_mechanism_has_a_page_that_the_map_names(name: str) -> None:
    """docs/methods/<name>.md, linked from docs/index.md."""
    assert (ROOT / f"docs/methods/{name}.md").is_file()
    assert f"methods/{name}.md" in links(INDEX)


def test_the_map_of_the_documents_names_every_page() -> None:
    """There is a way to everything under docs/, the pages about packs from their own map."""
    maps = (INDEX, PACK_GUIDE / "index.md")
    linked = {(page.parent / target.partition("#")[0]).resolve() for page in maps for target in links(page)}

    lost = {shown(page) for page in (ROOT / "docs").rglob("*.md")} - {shown(INDEX)}

    assert {page for page in lost if (ROOT / page) not in linked} == set()


def test_the_map_of_the_readme_names_every_folder() -> None:
    """One line a folder."""
    folders = {path.relative_to(ROOT).parts[0] for path in ROOT.glob("*/*.*") if path.suffix != ".pyc"}
    ours = {name for name in folders - NOT_OURS if not name.startswith((".", "__"))}

    assert {name for name in ours if f"`{name}/`" not in README.read_text("utf-8")} == set()


@pytest.mark.parametrize("pack", shipped_packs())
def test_every_pack_has_its_sources_and_worked_examples(pack: str) -> None:
    """Beside the pack, and not empty; where versions differ each has examples of its own."""
    folder = policies_folder() / pack

    for found in (folder.glob("SOURCES.md"), folder.glob("examples*.yaml")):
        texts = [path.read_text("utf-8") for path in found]
        assert texts
        assert all(text.strip() for text in texts)


def test_no_term_stands_in_the_glossary_twice() -> None:
    """One word an idea, and one idea a word."""
    text = (ROOT / "docs/glossary.md").read_text("utf-8").partition("## Words we avoid")[0]
    rows = [cells(line) for line in text.split("\n") if line.startswith("| ") and "| 中文 |" not in line]

    terms = [term for row in rows for term in row[0].split(", ")]

    assert terms
    assert sorted({term for term in terms if terms.count(term) > 1}) == []
