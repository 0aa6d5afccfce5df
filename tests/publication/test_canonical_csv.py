"""The vectorised writer against a slow one that shares nothing with it, and reading back."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publication.canonical_csv import canonical_csv
from publication.tables import Table
from values.tables import Column, TableSchema

COLUMNS = (
    Column("id", "id"),
    Column("note, “with” marks", "text"),
    Column("count", "integer"),
    Column("points", "decimal", decimals=2),
    Column("whole", "decimal", decimals=0),
    Column("fine", "decimal", decimals=9),
    Column("held", "boolean"),
    Column("stage", "choice", members=("primary", "junior", "a,b")),
    Column("day", "date"),
    Column("filed_at", "datetime"),
    Column("month", "month"),
)
SCHEMA = TableSchema("sample", COLUMNS)
STORED = {
    "id": pl.String, "note, “with” marks": pl.String, "count": pl.Int64, "points": pl.Int64,
    "whole": pl.Int64, "fine": pl.Int64, "held": pl.Boolean, "stage": pl.Enum(["primary", "junior", "a,b"]),
    "day": pl.Date, "filed_at": pl.Datetime("us"), "month": pl.Int32,
}  # fmt: skip

INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.sampled_from(
    ['"', ",", "\r", "\n", '""', " a ", "=1+1", "\ufeff", "𠮷", "a\r\nb"]
)
MINUTE = st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 31)).map(
    lambda t: t.replace(second=0, microsecond=0)
)
ROWS = st.lists(
    st.tuples(
        TEXT.filter(bool), st.none() | TEXT, st.none() | INT64, st.none() | INT64, st.none() | INT64,
        st.none() | INT64, st.none() | st.booleans(), st.none() | st.sampled_from(COLUMNS[7].members),
        st.none() | st.dates(), st.none() | MINUTE, st.none() | st.integers(0, 9999 * 12 + 11),
    ),
    max_size=6,
)  # fmt: skip


def table(rows: list[tuple[object, ...]]) -> Table:
    return Table(SCHEMA, pl.DataFrame(rows, schema=STORED, orient="row"))


def slow_cell(column: Column, value: object) -> str:
    if value is None:
        return ""
    if column.type == "boolean":
        return "true" if value else "false"
    if column.type == "decimal" and column.decimals:
        assert isinstance(value, int)
        whole, part = divmod(abs(value), 10**column.decimals)
        text = f"{whole}.{part:0{column.decimals}d}"
        while text[-1] == "0":
            text = text[:-1]
        return "-" * (value < 0) + (text[:-1] if text[-1] == "." else text)
    if column.type == "month":
        assert isinstance(value, int)
        return f"{value // 12:04d}-{value % 12 + 1:02d}"
    if isinstance(value, datetime):
        return f"{value.year:04d}-{value.month:02d}-{value.day:02d}T{value.hour:02d}:{value.minute:02d}"
    if isinstance(value, date):
        return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    return str(value)


def slow_csv(rows: list[tuple[object, ...]]) -> bytes:
    lines = []
    header = [column.name for column in COLUMNS]
    for cells in [header, *([slow_cell(c, v) for c, v in zip(COLUMNS, row, strict=True)] for row in rows)]:
        quoted = ['"' + c.replace('"', '""') + '"' if set(c) & set('",\r\n') else c for c in cells]
        lines.append(",".join(quoted) + "\n")
    return "".join(lines).encode("utf-8")


@given(ROWS)
def test_the_vectorised_writer_equals_a_slow_independent_one(rows: list[tuple[object, ...]]) -> None:
    assert canonical_csv(table(rows)) == slow_csv(rows)


@given(ROWS)
def test_an_ordinary_reader_gets_every_cell_back(rows: list[tuple[object, ...]]) -> None:
    text = canonical_csv(table(rows)).decode("utf-8")

    read = list(csv.reader(io.StringIO(text, newline="")))

    expected = [[slow_cell(c, v) for c, v in zip(COLUMNS, row, strict=True)] for row in rows]
    assert read == [[column.name for column in COLUMNS], *expected]


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [
        (150, 2, "1.5"),
        (-5, 1, "-0.5"),
        (30000, 2, "300"),
        (0, 2, "0"),
        (-1, 2, "-0.01"),
        (7, 0, "7"),
        (100, 9, "0.0000001"),
    ],
)
def test_decimals_are_their_shortest_exact_text(units: int, decimals: int, text: str) -> None:
    schema = TableSchema("t", (Column("points", "decimal", decimals=decimals),))

    data = canonical_csv(Table(schema, pl.DataFrame({"points": [units]})))

    assert data == f"points\n{text}\n".encode()


CLOSE = st.builds(
    lambda amounts, shift: [None if amount is None else amount + shift for amount in amounts],
    st.lists(st.none() | st.integers(-8, 8), min_size=150, max_size=200),
    st.integers(-(10**12), 10**12),
)
FAR = st.lists(st.none() | st.integers(0, 2**63 - 1), min_size=100, max_size=150)


@given(CLOSE | FAR)
def test_many_amounts_are_written_like_a_few(units: list[int | None]) -> None:
    """Amounts that lie close together, and many amounts with few different fractions, go through look-ups."""
    schema = TableSchema("t", (Column("id", "id"), Column("points", "decimal", decimals=1)))
    frame = pl.DataFrame({"id": ["x"] * len(units), "points": pl.Series(units, dtype=pl.Int64)})

    lines = canonical_csv(Table(schema, frame)).decode().splitlines()[1:]

    assert lines == [f"x,{slow_cell(schema.columns[1], amount)}" for amount in units]


def test_an_empty_table_is_its_header() -> None:
    schema = TableSchema("refusals", (Column("candidate", "id"),))

    assert canonical_csv(Table(schema, pl.DataFrame(schema={"candidate": pl.String}))) == b"candidate\n"


def test_a_time_finer_than_a_minute_is_refused() -> None:
    schema = TableSchema("t", (Column("id", "id"), Column("filed_at", "datetime")))
    frame = pl.DataFrame({"id": ["a"], "filed_at": [datetime(2015, 3, 1, 9, 30, 1)]})

    with pytest.raises(ValueError, match="finer than a minute"):
        canonical_csv(Table(schema, frame))


def test_an_empty_cell_alone_on_its_line_is_refused() -> None:
    schema = TableSchema("t", (Column("candidate", "id"),))

    with pytest.raises(ValueError, match="empty cell"):
        canonical_csv(Table(schema, pl.DataFrame({"candidate": ["a", None]})))


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"candidate": ["a"], "total": [1.5]}),
        pl.DataFrame({"candidate": [1], "total": [1]}),
        pl.DataFrame({"total": [1], "candidate": ["a"]}),
        pl.DataFrame({"candidate": ["a"]}),
    ],
    ids=["points as floats", "a number as an id", "columns in another order", "a column missing"],
)
def test_a_frame_that_does_not_fit_its_schema_is_refused(frame: pl.DataFrame) -> None:
    schema = TableSchema("t", (Column("candidate", "id"), Column("total", "decimal", decimals=2)))

    with pytest.raises(TypeError, match="table t"):
        Table(schema, frame)


def test_rows_sort_by_the_bytes_of_their_text_not_by_the_order_of_a_choice() -> None:
    schema = TableSchema("t", (Column("scope", "choice", members=("z", "a")), Column("candidate", "id")))
    stored = {"scope": pl.Enum(["z", "a"]), "candidate": pl.String}
    frame = pl.DataFrame({"scope": ["z", "a", "a"], "candidate": ["1", "é", "z"]}, schema=stored)

    ordered = Table(schema, frame).sorted_by("scope", "candidate").frame

    assert ordered.rows() == [("a", "z"), ("a", "é"), ("z", "1")]
