"""A table that can be published: a schema and a frame that fits it exactly."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from values.tables import Column, TableSchema


@dataclass(frozen=True, eq=False)
class Table:
    """A typed frame with its schema. The frame holds the schema's columns, in its order.

    Stored types: id and text String; integer Int64; decimal Int64 in units of 10^-decimals; boolean
    Boolean; choice Enum or String; date Date; datetime Datetime("us") without zone; month Int32
    (year * 12 + month - 1).

    Raises:
        TypeError: columns or types differ from the schema.
    """

    schema: TableSchema
    frame: pl.DataFrame

    def __post_init__(self) -> None:
        wanted = [column.name for column in self.schema.columns]
        if self.frame.columns != wanted:
            raise TypeError(f"table {self.schema.name}: columns are {self.frame.columns}, not {wanted}")
        for column in self.schema.columns:
            stored = self.frame.schema[column.name]
            if not _fits(column, stored):
                raise TypeError(f"table {self.schema.name}: {column.name} ({column.type}) is a {stored}")

    def sorted_by(self, *names: str) -> Table:
        """The same rows in the order of these columns: text bytewise, empty cells first."""
        return Table(self.schema, self.frame[self.order(*names)])

    def order(self, *names: str) -> pl.Series:
        """The row numbers in the order of `sorted_by`."""
        plain = [pl.col(name).cast(pl.String) if self._is_choice(name) else pl.col(name) for name in names]
        return self.frame.select(pl.arg_sort_by(plain, maintain_order=True).alias("row")).to_series()

    def _is_choice(self, name: str) -> bool:
        return isinstance(self.frame.schema[name], pl.Enum)


def _fits(column: Column, stored: pl.DataType) -> bool:
    match column.type:
        case "id" | "text":
            return stored == pl.String
        case "integer" | "decimal" | "month":
            return stored.is_integer()
        case "boolean":
            return stored == pl.Boolean
        case "choice":
            return isinstance(stored, pl.Enum) or stored == pl.String
        case "date":
            return stored == pl.Date
        case "datetime":
            return isinstance(stored, pl.Datetime) and stored.time_zone is None
