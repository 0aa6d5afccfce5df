"""Reading the documents: fenced blocks, links, sessions and commands that can be run again.

What a fenced block is, its first line says:

* `pycon`: a session, run as a doctest;
* `console run`: commands of `jifen` and what they print, where `…` stands for anything and a line `…` for
  any lines; `replace=a|b` first changes the files of the page (`\\n` is a line end);
* `csv <table>`, `json record.json`: some of what the demo's audit bundle holds;
* `<format> file=<name>`: a file that the commands of the page read; `diff of=<name> file=<name>` one that
  differs from another in these lines;
* `yaml pack`: a whole pack; `yaml points`, `yaml add`, `yaml service`: what is put into it (`pack_examples`).
"""

from __future__ import annotations

import doctest
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from api.cli import app

ROOT = Path(__file__).resolve().parents[1]
NOT_OURS = {".venv", "out", "build", "dist"}
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```[ ]*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


@dataclass(frozen=True)
class Fence:
    """A fenced block: its first line, its text, its place, and the page's text after it."""

    head: str
    text: str
    line: int
    after: str

    def option(self, name: str) -> str:
        """What stands after `name=`, which may hold spaces and ends the line; empty if it is not there."""
        found = re.search(rf"\b{name}=(.*)$", self.head)
        return found.group(1).rstrip() if found else ""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the first line."""
        return tuple(self.head.split())


def pages() -> list[Path]:
    """Every Markdown page of the repository."""
    return [
        page
        for page in sorted(ROOT.rglob("*.md"))
        if not any(part in NOT_OURS or part.startswith(".") for part in page.relative_to(ROOT).parts)
    ]


def shown(page: Path) -> str:
    """A page's path as it is written."""
    return page.relative_to(ROOT).as_posix()


def fences(page: Path, *words: str) -> list[Fence]:
    """The fenced blocks of a page whose first line begins with these words."""
    text = page.read_text("utf-8")
    found = [
        Fence(
            match.group(1),
            match.group(2),
            text.count("\n", 0, match.start()) + 1,
            text[match.end() :],
        )
        for match in FENCE.finditer(text)
    ]
    return [fence for fence in found if fence.words[: len(words)] == words]


def files_of(page: Path) -> dict[str, str]:
    """The files that a page's commands read, by name: written out, or as a `diff` of another of them."""
    files = {fence.option("file"): fence.text for fence in fences(page) if fence.option("file")}
    for fence in fences(page, "diff"):
        files[fence.option("file")] = _changed(files[fence.option("of").split()[0]], fence.text)
    return files


def _changed(text: str, diff: str) -> str:
    """A text with every block of `-` lines replaced by the `+` lines that follow it."""
    for gone, come in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", diff, re.MULTILINE):
        old, new = ("".join(line[1:] for line in block.splitlines(keepends=True)) for block in (gone, come))
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    """The targets of a page's links and pictures inside the repository."""
    found = [one or other for one, other in LINK.findall(prose(page))]
    return [target for target in found if "://" not in target and not target.startswith("mailto:")]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in plain}


def cells(row: str) -> list[str]:
    """The cells of a row of a Markdown table."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def run_session(page: Path) -> tuple[dict[str, Any], list[str]]:
    """Run all `pycon` blocks of a page as one session: its names, and what came out otherwise."""
    text = "\n".join(f"{fence.text}\n" for fence in fences(page, "pycon"))
    test = doctest.DocTestParser().get_doctest(text, {}, shown(page), shown(page), 0)
    told = io.StringIO()
    doctest.DocTestRunner().run(test, out=told.write, clear_globs=False)
    return test.globs, [told.getvalue()] if told.getvalue() else []


def run_console(fence: Fence) -> list[str]:
    """Run a block's commands in the current folder: what they print otherwise than the block says."""
    wrong = []
    for part in re.split(r"^\$ ", fence.text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        output = CliRunner().invoke(app, command.split()[1:], catch_exceptions=False).output
        given = output.replace(f"{Path.cwd()}/", "").rstrip("\n") + "\n"
        lines = expected.rstrip("\n").split("\n")
        pattern = "".join(
            r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r" *\n" for line in lines
        )
        if not re.fullmatch(pattern, given):
            wrong.append(f"line {fence.line}: $ {command}\n{given}")
    return wrong
