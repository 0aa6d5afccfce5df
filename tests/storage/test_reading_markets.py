"""Markets from JSON and from folders: exact or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.json_files import read_json
from storage.markets import read_market
from values.problems import BadInput


def written(folder: Path, text: str) -> Path:
    path = folder / "market.json"
    path.write_text(text, "utf-8")
    return path


def refused(path: Path) -> list[tuple[str, int, int, str]]:
    with pytest.raises(BadInput) as error:
        read_market(path)
    return [
        (problem.code.removeprefix("storage."), problem.place.line, problem.place.column, problem.place.path)
        for problem in error.value.problems
    ]


def test_a_document_is_read_with_whole_numbers_and_text(tmp_path: Path) -> None:
    path = written(
        tmp_path, '\ufeff{"format": "market/1", "offers": [{"id": "s1", "capacity": 2, "points": "1.50"}]}'
    )

    document, tables = read_market(path)

    assert document == {"format": "market/1", "offers": [{"id": "s1", "capacity": 2, "points": "1.50"}]}
    assert tables == {}


def test_every_fraction_and_every_repeated_key_is_named_with_line_column_and_path(tmp_path: Path) -> None:
    text = """{
  "applicants": [
    {"id": "a1", "points": 1.5},
    {"id": "a2", "points": 1e2, "id": "a3"}
  ],
  "a,b": {"x": [1, NaN]},
  "applicants": -0.5
}"""

    assert refused(written(tmp_path, text)) == [
        ("json_fraction", 3, 28, "applicants[0].points"),
        ("json_fraction", 4, 28, "applicants[1].points"),
        ("json_duplicate_key", 4, 33, "applicants[1].id"),
        ("json_fraction", 6, 20, "a,b.x[1]"),
        ("json_duplicate_key", 7, 3, "applicants"),
        ("json_fraction", 7, 17, "applicants"),
    ]


def test_keys_that_differ_only_in_their_escapes_are_the_same_key(tmp_path: Path) -> None:
    assert refused(written(tmp_path, '{"a": 1, "\\u0061": 2}')) == [("json_duplicate_key", 1, 10, "a")]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ('{"a": 1,}', "json_broken", 1, 9),
        ('{"a":\n tru}', "json_broken", 2, 2),
        ("", "json_broken", 1, 1),
        ("[1]", "json_not_an_object", 1, 1),
        ("[" * 100_000, "json_too_deep", 0, 0),
        ('{"a": ' + "9" * 5000 + "}", "json_number_too_long", 1, 7),
    ],
)
def test_a_document_that_is_no_json_object_is_refused(
    tmp_path: Path, text: str, code: str, line: int, column: int
) -> None:
    ((found, at_line, at_column, _),) = refused(written(tmp_path, text))

    assert (found, at_line, at_column) == (code, line, column)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=3), json_values, max_size=4), st.integers(0, 3))
def test_any_document_of_whole_numbers_is_read_as_written(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, object], indent: int
) -> None:
    path = written(tmp_path_factory.mktemp("json"), json.dumps(document, indent=indent or None))

    assert read_json(path) == document


@given(st.dictionaries(st.text(max_size=3), json_values, max_size=4))
def test_a_fraction_behind_any_document_is_found(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, object]
) -> None:
    text = json.dumps([document, 0])[:-2] + "0.5]"

    ((code, _, column, path),) = refused(written(tmp_path_factory.mktemp("json"), text))

    assert (code, column, path) == ("json_fraction", len(text) - 3, "[1]")


def test_a_folder_gives_the_document_and_its_tables(tmp_path: Path) -> None:
    written(tmp_path, '{"format": "market/1", "points_scale": 2}')
    applicants = pl.DataFrame({"id": ["a1"], "points": [8750], "categories": [["walk"]]})
    applicants.write_parquet(tmp_path / "applicants.parquet")

    document, tables = read_market(tmp_path)

    assert document["points_scale"] == 2
    assert tables["applicants"].equals(applicants)


def test_everything_wrong_with_a_folder_is_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, "{}")
    pl.DataFrame({"id": ["a1"], "points": [0.5], "tie_keys": [[1.5]]}).write_parquet(
        tmp_path / "applicants.parquet"
    )
    pl.DataFrame({"id": ["s1"]}).write_parquet(tmp_path / "offer.parquet")
    (tmp_path / "pools.parquet").write_bytes(b"x")

    with pytest.raises(BadInput) as error:
        read_market(tmp_path)

    assert [
        (Path(problem.place.file).name, problem.place.field, problem.code) for problem in error.value.problems
    ] == [
        ("offer.parquet", "", "storage.unknown_market_table"),
        ("applicants.parquet", "points", "storage.float_column"),
        ("applicants.parquet", "tie_keys", "storage.float_column"),
        ("pools.parquet", "", "storage.not_parquet"),
    ]
    assert dict(error.value.problems[0].params)["suggestion"] == "offers"


def test_a_folder_without_a_document_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path)[0][0] == "market_document_missing"
    assert refused(tmp_path / "none.json")[0][0] == "file_missing"


def test_degrees_may_have_a_fraction_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path, '{"offers": [{"location": [113.4, -22.5], "tie_keys": [1]}]}')

    document, _ = read_market(path)
    wrong = written(tmp_path, '{"offers": [{"location": [NaN, 1], "tie_keys": [0.5], "location2": 0.5}]}')

    assert document["offers"] == [{"location": ["113.4", "-22.5"], "tie_keys": [1]}]
    assert [code for code, *_ in refused(wrong)] == ["json_fraction"] * 3
