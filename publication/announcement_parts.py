"""What an announcement is made of, and who writes it: rows, sections, the words of a policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from publication.arithmetic import Detail
from publication.messages import Lang, sentence
from publication.rule_text import CITES, Wording

Plain = Mapping[str, Any]
Cell = tuple[Detail, ...]


@dataclass(frozen=True)
class Row:
    """One line of a points table; a row of one cell is a heading across the table."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it: lines by depth, then a table."""

    heading: str
    level: int
    lines: tuple[Detail, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Announcement:
    """A policy in one language: title, place, what its status means, head lines, sections, digest."""

    lang: Lang
    title: str
    place: str
    banner: str
    head: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    digest: str


@dataclass
class Writer:
    """The words of a policy, and the parts of it that are told already."""

    words: Wording
    told: set[str] = field(default_factory=set)

    def heading(self, code: str, **figures: object) -> str:
        """A heading or a fixed phrase of the announcement."""
        return sentence(f"announcement.{code}", figures, self.words.lang)

    def part(self, name: str) -> Any:
        """A section of the policy, from now on told."""
        self.told.add(name)
        return self.words.document.get(name) or {}

    def cited(self, text: str, rule: Plain, key: str = "cite") -> str:
        """A text with its clause behind it."""
        cite = rule.get(key)
        return self.heading("cited", text=text, clause=self.words.clause(cite)) if cite else text

    def rest(self, rule: Plain, *told: str, depth: int = 1) -> Iterator[Detail]:
        """What no sentence told of a rule."""
        left = {key: part for key, part in rule.items() if key not in {*told, *CITES}}
        yield from self.words.tree(
            {key: part for key, part in left.items() if not key.endswith("_cite")}, depth
        )
