"""The announcement of a policy as a web page, a PDF or plain text, in one language or in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from itertools import chain
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from publication.announcement import announcement
from publication.announcement_parts import Announcement, Cell, Section
from publication.messages import Lang, sentence
from publication.resources import template
from publication.typesetting import typeset
from scoring.policy import Policy


def announcement_html(policy: Policy, languages: Sequence[Lang]) -> str:
    """One page without outside parts; with two languages one after the other."""
    parts = [_content(policy, lang) for lang in languages]
    styles = {"page_style": template("page.css"), "style": template("announcement.css")}
    return _template().render(parts=parts, **styles)


def announcement_pdf(policy: Policy, languages: Sequence[Lang]) -> bytes:
    """A PDF, dated the first day in force: the same policy gives the same bytes.

    Raises:
        BadInput: `publication.typesetting`.
    """
    parts = [_content(policy, lang) for lang in languages]
    return typeset("announcement.typ", {"parts": parts, "lang": languages[0]}, policy.effective.start)


def announcement_text(policy: Policy, languages: Sequence[Lang]) -> str:
    """Plain text, a line a rule."""
    return "\n\n".join("\n".join(_lines(announcement(policy, lang))) for lang in languages) + "\n"


def _content(policy: Policy, lang: Lang) -> Mapping[str, Any]:
    told = announcement(policy, lang)
    return {**asdict(told), "foot": sentence("announcement.digest", {"digest": told.digest}, lang)}


def _lines(told: Announcement) -> list[str]:
    head = [told.title, told.place, told.banner, *(f"{label}: {text}" for label, text in told.head)]
    foot = ["", sentence("announcement.digest", {"digest": told.digest}, told.lang)]
    return [*head, *chain.from_iterable(map(_section_lines, told.sections)), *foot]


def _section_lines(section: Section) -> list[str]:
    lines = ["", "#" * section.level + " " + section.heading]
    lines += ["  " * detail.depth + detail.text for detail in section.lines]
    for row in section.rows:
        if len(row.cells) == 1:
            lines += ["", *_cell_lines(row.cells[0], 0)]
        else:
            lines += _cell_lines(row.cells[0], 1)
            lines += [
                line
                for name, cell in zip(section.columns[1:], row.cells[1:], strict=True)
                for line in _labelled(name, cell)
            ]
    return lines


def _labelled(name: str, cell: Cell) -> list[str]:
    if len(cell) == 1:
        return [f"    {name}: {cell[0].text}"]
    return [f"    {name}:", *_cell_lines(cell, 3)] if cell else []


def _cell_lines(cell: Cell, depth: int) -> list[str]:
    return ["  " * (depth + detail.depth) + detail.text for detail in cell]


@lru_cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template("announcement.html"))
