"""Whatever happens to the input files: a problem with its place and nothing written, or a right result."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import Phase, event, example, given, settings
from hypothesis import strategies as st

from tests.api.commands import copied, jifen, read_rows, write_rows
from tests.effort import COSTLY

Change = Callable[[Path], None]

TABLES = ("applicants", "candidates", "offers", "quotas", "refusals", "insurance", "permits")
WITHOUT_PLACE = {"round.nobody_eligible"}  # it is about everybody


@dataclass(frozen=True)
class Damage:
    """What is done to one file. Neutral damage must change nothing in the result."""

    file: str
    done: Change
    neutral: bool = False
    told: str = ""

    def __repr__(self) -> str:
        return f"{self.told} {self.file}"


def truncated(file: str, share: float) -> Damage:
    def change(folder: Path) -> None:
        data = (folder / file).read_bytes()
        (folder / file).write_bytes(data[: int(share * len(data))])

    return Damage(file, change, told=f"cut at {share}")


def flipped(file: str, share: float, mask: int) -> Damage:
    def change(folder: Path) -> None:
        data = bytearray((folder / file).read_bytes())
        data[min(int(share * len(data)), len(data) - 1)] ^= mask
        (folder / file).write_bytes(data)

    return Damage(file, change, told=f"byte at {share} ^ {mask}")


def columns_swapped(table: str, first: int, second: int, *, with_header: bool) -> Damage:
    def change(folder: Path) -> None:
        rows = read_rows(folder / f"{table}.csv")
        a, b = first % len(rows[0]), second % len(rows[0])
        for row in rows if with_header else rows[1:]:
            row[a], row[b] = row[b], row[a]
        write_rows(folder / f"{table}.csv", rows)

    return Damage(f"{table}.csv", change, neutral=with_header, told=f"columns {first} and {second}")


def encoded(table: str, encoding: str) -> Damage:
    def change(folder: Path) -> None:
        path = folder / f"{table}.csv"
        path.write_bytes(path.read_text("utf-8").encode(encoding, "replace"))

    return Damage(f"{table}.csv", change, neutral=encoding in ("gb18030", "utf-8-sig"), told=encoding)


def blank_line(table: str, share: float, text: str) -> Damage:
    def change(folder: Path) -> None:
        lines = (folder / f"{table}.csv").read_text("utf-8").splitlines(keepends=True)
        lines.insert(1 + int(share * (len(lines) - 1)), text + "\n")
        (folder / f"{table}.csv").write_text("".join(lines), "utf-8")

    return Damage(f"{table}.csv", change, neutral=True, told=f"blank line {text!r} at {share}")


PHASES = (Phase.explicit, Phase.generate)  # each example is a whole run: shrinking one would take minutes
SHARES = st.floats(0, 1, allow_nan=False)
NAMES = st.sampled_from(TABLES)
FILES = st.sampled_from([*(f"{name}.csv" for name in TABLES), "round.yaml"])
PLACES = st.integers(0, 30)
DAMAGES = st.one_of(
    st.builds(truncated, FILES, SHARES),
    st.builds(flipped, FILES, SHARES, st.integers(1, 255)),
    st.builds(columns_swapped, NAMES, PLACES, PLACES, with_header=st.booleans()),
    st.builds(encoded, NAMES, st.sampled_from(["gb18030", "utf-8-sig", "utf-16", "big5", "latin-1"])),
    st.builds(blank_line, NAMES, SHARES, st.sampled_from(["", " ", "　", "\t", '""'])),
)
BINARY = st.sampled_from(["candidates.parquet", "quotas.parquet", "offers.xlsx"])
BINARY_DAMAGES = st.builds(truncated, BINARY, SHARES) | st.builds(
    flipped, BINARY, SHARES, st.integers(1, 255)
)


def in_other_formats(folder: Path) -> None:
    """Two tables as Parquet, one as a workbook."""
    for name in ("candidates", "quotas"):
        path = folder / f"{name}.csv"
        pl.read_csv(path, infer_schema=False).write_parquet(path.with_suffix(".parquet"))
        path.unlink()
    with xlsxwriter.Workbook(folder / "offers.xlsx") as book:
        page = book.add_worksheet("offers")
        for number, row in enumerate(read_rows(folder / "offers.csv")):
            for column, cell in enumerate(row):
                page.write_string(number, column, cell)
    (folder / "offers.csv").unlink()


@pytest.fixture(scope="module")
def mixed_city(city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(city, tmp_path_factory.mktemp("mixed") / "round", in_other_formats)


@pytest.fixture(scope="module")
def record(results: Path) -> dict[str, Any]:
    """The record of the undamaged round."""
    return read_record(results)


def read_record(results: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((results / "audit" / "record.json").read_bytes())
    return found


def check(folder: Path, damage: Damage, undamaged: dict[str, Any]) -> None:
    """Run the damaged round and look at what it says and leaves behind."""
    with TemporaryDirectory() as place:
        here, out = Path(place) / "round", Path(place) / "out"
        shutil.copytree(folder, here)
        damage.done(here)

        ran = jifen("run", here, "--out", out, "--no-pdf", "--json")

        event(f"status {ran.status}")
        if ran.status == 0:
            check_result(read_record(out), damage, undamaged)
            assert sorted(path.name for path in Path(place).iterdir()) == ["out", "round"]
        else:
            check_refusal(ran.status, ran.document()["problems"], damage)
            assert [path.name for path in Path(place).iterdir()] == ["round"]


def check_result(record: dict[str, Any], damage: Damage, undamaged: dict[str, Any]) -> None:
    """Only the damaged file may be read differently, and the same input gives the same result."""
    same = {name for name, given in record["inputs"].items() if given == undamaged["inputs"].get(name, given)}
    others = set(undamaged["inputs"]) - {Path(damage.file).stem, Path(damage.file).with_suffix(".json").name}
    assert others <= same
    if damage.neutral or set(undamaged["inputs"]) == same:
        assert record["result_digest"] == undamaged["result_digest"]


def check_refusal(status: int, problems: list[dict[str, Any]], damage: Damage) -> None:
    assert status == 2, problems
    assert not damage.neutral, problems
    assert problems
    for problem in problems:
        assert problem["code"] != "console.defect", problem
        assert problem["place"].get("file") or problem["code"] in WITHOUT_PLACE, problem


@settings(COSTLY, phases=PHASES)
@example(damage=encoded("candidates", "utf-16"))
@example(damage=blank_line("candidates", 0.5, " "))
@example(damage=blank_line("refusals", 0.0, "　"))
@example(damage=truncated("candidates.csv", 0.0))
@given(damage=DAMAGES)
def test_a_damaged_text_file_is_refused_or_read_for_what_it_says(
    damage: Damage, city: Path, record: dict[str, Any]
) -> None:
    check(city, damage, record)


@settings(COSTLY, phases=PHASES)
@example(damage=truncated("candidates.parquet", 0.0))
@given(damage=BINARY_DAMAGES)
def test_a_damaged_workbook_or_parquet_file_is_refused_or_read_for_what_it_says(
    damage: Damage, mixed_city: Path, record: dict[str, Any]
) -> None:
    check(mixed_city, damage, record)
