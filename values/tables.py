"""What a table must look like: its columns, their types and limits. Reading files is storage's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal[
    "id",  # text that names something; never numeric in a spreadsheet cell; NFC; safe in Excel
    "text",
    "integer",  # Int64
    "decimal",  # Int64 in units of 10^-decimals
    "boolean",
    "choice",  # Polars Enum over `members`
    "date",
    "datetime",
    "month",  # Int32: year * 12 + month - 1
]


@dataclass(frozen=True)
class Column:
    """One column. `required` columns must be present; `complete` columns must have no empty cell.

    `minimum` and `maximum` are inclusive, in the stored unit (for `decimal`: 10^-decimals).
    """

    name: str
    type: ColumnType
    required: bool = True
    complete: bool = False
    members: tuple[str, ...] = ()
    decimals: int = 0
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class TableSchema:
    """A table's name, its columns, and the columns whose combination must be unique.

    `unread` are names of columns that a file may have too and that nobody reads.
    """

    name: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...] = ()
    may_be_empty: bool = False
    unread: tuple[str, ...] = ()
