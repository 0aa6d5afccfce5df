"""Who got what and the cut-offs as tables for a terminal, cut short with a hint where the rest is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import polars as pl

from allocation.result_tables import assignment_table, cutoffs_table
from allocation.why_not import Outcome
from api.console import show
from publication.messages import Lang, sentence

ROWS = 40
"""So many rows of a table are shown."""

HIDDEN = frozenset({"pool", "band", "category", "categories", "tier", "points", "tie_keys"})
"""Columns that are left out where they are empty."""


def show_tables(outcome: Outcome, lang: Lang) -> None:
    """Print who got what, then the cut-offs if the mechanism has any."""
    _show(assignment_table(outcome), lang)
    lines = cutoffs_table(outcome)
    if lines.height:
        show("")
        show(sentence("allocate.cutoffs", {}, lang))
        _show(lines, lang)


def _show(table: pl.DataFrame, lang: Lang) -> None:
    shown = [name for name in table.columns if name not in HIDDEN or not _is_empty(table[name])]
    head = table.select(shown).head(ROWS)
    for line in aligned([tuple(head.columns), *(tuple(map(_cell, row)) for row in head.iter_rows())]):
        show(line)
    if table.height > ROWS:
        show(sentence("allocate.more_rows", {"number": table.height - ROWS}, lang))


def _is_empty(column: pl.Series) -> bool:
    if isinstance(column.dtype, pl.List):
        return bool((column.list.len().fill_null(0) == 0).all())
    return bool(column.is_null().all())


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "–" if value is None else str(value)


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines with columns of one width each; wide characters count double.

    >>> aligned([("a", "offer"), ("甲", "s1")])
    ['a   offer', '甲  s1']
    """
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )
