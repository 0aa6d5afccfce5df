"""What must not change a result: the form of the files, their order, the machine they are read on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from tests.api.commands import copied, digest_of, fresh, read_rows, write_rows

TABLES = ("applicants", "candidates", "offers", "quotas", "refusals", "insurance", "permits")


@pytest.fixture(scope="module")
def digest(city: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the round as it was filed."""
    return digest_of(copied(city, tmp_path_factory.mktemp("plain") / "round"))


def in_encoding(encoding: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for path in (*(folder / f"{name}.csv" for name in TABLES), folder / "round.yaml"):
            path.write_bytes(path.read_text("utf-8").encode(encoding))

    return change


def with_line_ends(end: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for name in TABLES:
            path = folder / f"{name}.csv"
            path.write_bytes(path.read_bytes().replace(b"\n", end.encode()))

    return change


def backwards(folder: Path) -> None:
    """Rows and columns in the opposite order."""
    for name in TABLES:
        head, *rows = read_rows(folder / f"{name}.csv")
        write_rows(folder / f"{name}.csv", [head[::-1], *(row[::-1] for row in reversed(rows))])


def as_parquet(folder: Path) -> None:
    for name in TABLES:
        path = folder / f"{name}.csv"
        pl.read_csv(path, infer_schema=False).write_parquet(path.with_suffix(".parquet"))
        path.unlink()


def as_workbooks_of_text(folder: Path) -> None:
    _as_workbooks(folder, lambda book, page, row, column, cell: page.write_string(row, column, cell))


def as_workbooks_of_numbers(folder: Path) -> None:
    """As Excel itself would store what is typed: numbers, yes and no, days and times."""
    _as_workbooks(folder, _typed)


def _as_workbooks(folder: Path, write: Callable[..., object]) -> None:
    for name in TABLES:
        path = folder / f"{name}.csv"
        with xlsxwriter.Workbook(path.with_suffix(".xlsx")) as book:
            book.add_worksheet("说明").write_string(0, 0, "这一页不是数据")
            page = book.add_worksheet(name)
            for row, cells in enumerate(read_rows(path)):
                for column, cell in enumerate(cells):
                    if cell:
                        write(book, page, row, column, cell)
        path.unlink()


def _typed(book: xlsxwriter.Workbook, page: object, row: int, column: int, cell: str) -> None:
    kinds = {
        r"-?\d+(\.\d+)?": "number",
        r"true|false": "boolean",
        r"\d{4}-\d\d(-\d\d(T\d\d:\d\d)?)?": "datetime",
    }
    kind = next((kind for shape, kind in kinds.items() if row and re.fullmatch(shape, cell)), "string")
    write = getattr(page, f"write_{kind}")
    if kind == "datetime":
        day = datetime.fromisoformat(cell if len(cell) > 7 else f"{cell}-01")
        write(row, column, day, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    else:
        write(row, column, {"number": float, "boolean": "true".__eq__}.get(kind, str)(cell))


def as_people_write(folder: Path) -> None:
    """Full-width digits, slashes, 年 and 月, 是 and 否, blanks around cells, empty rows."""
    rows = read_rows(folder / "permits.csv")
    spoken = [[row[0], f" {row[1].replace('-', '年')}月", row[2].replace("-", "/")] for row in rows[1:]]
    write_rows(folder / "permits.csv", [rows[0], ["", "", ""], *spoken, ["", "", ""]])
    applicants = read_rows(folder / "applicants.csv")
    words = {"true": "是", "false": "  否"}
    answers = [[words.get(cell, cell) for cell in row] for row in applicants[1:]]
    write_rows(folder / "applicants.csv", [applicants[0], *answers])
    quotas = read_rows(folder / "quotas.csv")
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    write_rows(
        folder / "quotas.csv", [quotas[0], *([*row[:2], row[2].translate(wide)] for row in quotas[1:])]
    )


@pytest.mark.parametrize(
    "change",
    [
        in_encoding("gb18030"),
        in_encoding("utf-8-sig"),
        with_line_ends("\r\n"),
        with_line_ends("\r"),
        backwards,
        as_parquet,
        as_workbooks_of_text,
        as_workbooks_of_numbers,
        as_people_write,
    ],
    ids=["GB18030", "BOM", "CRLF", "CR", "order", "Parquet", "XLSX", "typed XLSX", "by hand"],
)
def test_the_same_tables_in_another_form_give_the_same_digest(
    change: Callable[[Path], None], city: Path, tmp_path: Path, digest: str
) -> None:
    assert digest_of(copied(city, tmp_path / "round", change)) == digest


MACHINES = {
    "China": {"TZ": "Asia/Shanghai", "LANG": "zh_CN.UTF-8", "LC_ALL": "zh_CN.UTF-8", "PYTHONHASHSEED": "0"},
    "America": {"TZ": "America/New_York", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    "Turkey": {
        "TZ": "Europe/Istanbul",
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "2",
    },
    "one thread": {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    "two threads": {"POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2"},
}


@pytest.mark.parametrize(
    "machine",
    [
        pytest.param(name, marks=[] if name in ("Turkey", "one thread") else pytest.mark.slow)
        for name in MACHINES
    ],
)
def test_another_machine_gives_the_same_digest(machine: str, city: Path, tmp_path: Path, digest: str) -> None:
    """Time zone, locale, hash seed and number of threads decide nothing; the record's bytes agree too."""
    ran = fresh("run", city, "--out", tmp_path / "out", "--no-pdf", "--json", **MACHINES[machine])

    assert ran.status == 0, ran.err
    assert ran.document()["result_digest"] == digest


def test_a_folder_of_another_name_gives_the_same_record(city: Path, results: Path, tmp_path: Path) -> None:
    """No path enters a record."""
    folder = copied(city, tmp_path / "另一个 文件夹")

    fresh("run", folder, "--out", tmp_path / "out", "--no-pdf")

    records = [(path / "public" / "record.json").read_bytes() for path in (results, tmp_path / "out")]
    assert records[0] == records[1]
