"""A market from tables: the same as from JSON, and every way the tables can be wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.allocate import allocate
from allocation.frame_reading import SHOWN
from allocation.market import Market
from allocation.market_frames import read_frames
from allocation.market_json import read_market
from allocation.result import assignment_document
from tests.allocation.documents import document_of, frames_of, small_market
from tests.allocation.test_market_json import RULES, points_documents
from tests.laws import ALL_SETUPS, Setup
from tests.strategies_market import outcome
from values.problems import BadInput, Problem

Frames = dict[str, pl.DataFrame]


def answer(document: dict[str, Any], frames: Frames) -> dict[str, str | None]:
    case = read_frames(document, frames)
    return assignment_document(case.market, allocate(case.market, case.mechanism, case.ties))


def small() -> tuple[dict[str, Any], Frames]:
    return frames_of(small_market())


def problems(document: dict[str, Any], frames: Frames) -> list[Problem]:
    with pytest.raises(BadInput) as error:
        read_frames(document, frames)
    return list(error.value.problems)


def found(code: str, frames: Frames, document: dict[str, Any] | None = None) -> list[str]:
    """Where a problem of this kind is, as file:row:column."""
    listed = problems(small()[0] if document is None else document, frames)
    return [str(problem.place) for problem in listed if problem.code == code]


def assert_same(one: Market, other: Market) -> None:
    """Every array of two markets is equal."""
    assert (one.applicants, one.offers) == (other.applicants, other.offers)
    for name in ("capacity", "wish_start", "wish_offer", "standing", "ranking", "tie_order"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for part in ("pools", "removed", "terms"):
        mine, theirs = getattr(one, part), getattr(other, part)
        assert (mine is None) == (theirs is None)
        for name in () if mine is None else vars(mine):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))


@pytest.mark.parametrize("setup", [x for x in ALL_SETUPS if x.ties != "refuse"], ids=str)
@given(data=st.data(), chance=st.randoms(use_true_random=False))
def test_tables_mean_what_the_document_means(setup: Setup, data: st.DataObject, chance: Any) -> None:
    """Whatever the mechanism and the order of the rows; an offer's list in a table is strict."""
    plain = data.draw(setup.plain(ties=False))
    ties: dict[str, Any] = {"policy": setup.ties}
    if setup.ties in ("lottery", "order"):
        ties = {"policy": "order", "order": list(plain.lots)}
    document, frames = frames_of(document_of(plain, mechanism=RULES[setup.name], ties=ties))
    shuffled = {
        name: frame[chance.sample(range(frame.height), frame.height)]
        if name in ("preferences", "pools", "costs")
        else frame
        for name, frame in frames.items()
    }

    assert answer(document, shuffled) == outcome(plain, setup.mechanism, setup.ties)


@given(points_documents())
def test_points_and_keys_rank_the_same_as_in_json(rows: list[dict[str, Any]]) -> None:
    people = [
        row | {"id": str(at), "preferences": ["s", "t"], "tier": {"s": row["tier"], "t": 1}}
        for at, row in enumerate(rows)
    ]
    offers = [
        {"id": "s", "capacity": 1, "minimum_points": "1"},
        {"id": "t", "capacity": 1, "points": {"0": "9"} if rows else {}},
    ]
    document = small_market(applicants=people, offers=offers, ties={"policy": "admit_all"})

    assert_same(read_market(document).market, read_frames(*frames_of(document)).market)


def test_rules_remove_the_same_wishes_as_in_json() -> None:
    document = small_market()
    document["applicants"][0] |= {"household_size": 3, "categories": ["local", "é"]}
    document["applicants"][1] |= {"household_size": 2, "preferences": ["s1", "s2"]}
    document["offers"] = [
        {"id": "s1", "capacity": 1, "household_size": [1, 2], "minimum_points": "86"},
        {"id": "s2", "capacity": 2, "requires": ["e\u0301", "local"]},
    ]
    document["applicants"][0]["categories"][1] = "\u00e9"

    json, tables = read_market(document).market, read_frames(*frames_of(document)).market

    assert_same(json, tables)
    assert json.removed.reason.size == 3


def test_whole_numbers_of_points_are_units_of_the_declared_scale() -> None:
    document, frames = small()
    frames["applicants"] = frames["applicants"].with_columns(points=pl.Series([8750, 8500]))

    market = read_frames(document | {"points_scale": 2}, frames).market

    assert market.figures.points is not None
    assert (market.figures.points.tolist(), market.figures.points_scale) == ([8750, 8500], 2)


def test_people_may_live_and_offers_lie_somewhere() -> None:
    document = small_market(mechanism={"name": "redistribution"})
    for row in (*document["applicants"], *document["offers"]):
        row["location"] = ["113.38", "22.52"]
    document["offers"][1]["location"] = ["113.39", "22.52"]

    assert answer(*frames_of(document)) == {"a1": "s1", "a2": "s2"}
    assert_same(read_market(document).market, read_frames(*frames_of(document)).market)


def test_more_than_64_categories_are_no_limit() -> None:
    document = small_market()
    document["applicants"][0]["categories"] = [f"zone {at}" for at in range(70)]
    document["offers"][0]["requires"] = ["zone 69"]
    document["offers"][1]["pools"] = [{"category": "zone 0", "seats": 1, "fallback": "none"}]
    document["applicants"][1]["preferences"] = ["s1", "s2"]

    expected = {"a1": "s1", "a2": None}
    assert answer(*frames_of(document)) == expected
    case = read_market(document)
    assert assignment_document(case.market, allocate(case.market, case.mechanism)) == expected


def change(table: str, **columns: Any) -> Frames:
    frames = small()[1]
    frames[table] = frames[table].with_columns(**columns)
    return frames


@pytest.mark.parametrize(
    ("code", "place", "frames"),
    [
        ("market.unknown_applicant", "preferences:2:applicant", change("preferences", applicant=pl.lit("x"))),
        ("market.unknown_offer", "preferences:2:offer", change("preferences", offer=pl.lit("x"))),
        ("market.listed_twice", "preferences:3:offer", change("preferences", offer=pl.lit("s1"))),
        ("market.rank_twice", "preferences:3:rank", change("preferences", rank=pl.lit(1))),
        ("market.too_small", "preferences:2:rank", change("preferences", rank=pl.lit(0))),
        ("market.empty_cell", "preferences:2:offer", change("preferences", offer=pl.lit(None, pl.String))),
        ("market.column_not_whole", "preferences:rank", change("preferences", rank=pl.lit("1"))),
        ("market.unknown_column", "preferences:wish", change("preferences", wish=pl.lit(1))),
        ("market.missing_tier", "preferences:3:tier", change("preferences", tier=pl.Series([1, None, 1]))),
        ("market.duplicate_applicant", "applicants:3:id", change("applicants", id=pl.lit("a1"))),
        ("market.empty_cell", "applicants:2:id", change("applicants", id=pl.lit(""))),
        ("points.not_a_number", "applicants:2:points", change("applicants", points=pl.lit("x"))),
        ("points.inexact", "applicants:2:points", change("applicants", points=pl.lit("0.12345678901"))),
        ("market.too_large", "applicants:2:points", change("applicants", points=pl.lit("9" * 30))),
        ("market.column_not_amounts", "applicants:points", change("applicants", points=pl.lit(0.5))),
        ("market.tie_keys", "applicants:3:tie_keys", change("applicants", tie_keys=pl.Series([[1, 2], [1]]))),
        (
            "market.column_not_amounts",
            "applicants:tie_keys",
            change("applicants", tie_keys=pl.Series([[0.5], [0.5]])),
        ),
        ("market.not_available", "applicants:family", change("applicants", family=pl.lit("f"))),
        (
            "market.location",
            "applicants:2:location",
            change("applicants", location=pl.Series([["200", "0"], ["1", "1"]])),
        ),
        ("market.negative_capacity", "offers:2:capacity", change("offers", capacity=pl.lit(-1))),
        ("market.empty_cell", "offers:2:capacity", change("offers", capacity=pl.lit(None, pl.Int64))),
        ("market.duplicate_offer", "offers:3:id", change("offers", id=pl.lit("s1"))),
        ("market.unknown_column", "offers:kind", change("offers", kind=pl.lit("r"))),
        (
            "market.window",
            "offers:2:household_size",
            change("offers", household_size=pl.Series([[2, 1], None])),
        ),
        (
            "market.missing",
            "applicants:2:household_size",
            change("offers", household_size=pl.Series([[1, 2], None])),
        ),
        (
            "market.unknown_applicant",
            "offers:2:priority",
            change("offers", priority=pl.Series([["a9"], None])),
        ),
        (
            "market.listed_twice",
            "offers:2:priority",
            change("offers", priority=pl.Series([["a1", "a1"], None])),
        ),
        (
            "market.column_not_lists",
            "offers:priority",
            change("offers", priority=pl.Series([[["a1", "a2"]], None])),
        ),
        (
            "market.would_be_ignored",
            "applicants:points",
            change("offers", priority=pl.Series([["a1"], ["a1"]])),
        ),
    ],
)
def test_what_is_wrong_in_a_table_is_named_with_row_and_column(code: str, place: str, frames: Frames) -> None:
    assert place in found(code, frames)


@pytest.mark.parametrize(
    ("code", "place", "rows"),
    [
        ("market.pools_do_not_add_up", "pools:seats", {"seats": [1, 1]}),
        ("market.pool_twice", "pools:position", {"position": [0, 0]}),
        ("market.unknown_word", "pools:2:fallback", {"fallback": ["maybe", "open"]}),
        ("market.unknown_offer", "pools:2:offer", {"offer": ["s9", "s1"]}),
        ("market.too_small", "pools:2:seats", {"seats": [-1, 2]}),
    ],
)
def test_wrong_pools_are_named(code: str, place: str, rows: dict[str, list[Any]]) -> None:
    frames = small()[1]
    right = {
        "offer": ["s1", "s1"],
        "position": [0, 1],
        "category": ["x", None],
        "seats": [1, 0],
        "fallback": ["open", "none"],
    }
    frames["pools"] = pl.DataFrame(right | rows)

    assert place in found(code, frames)


@pytest.mark.parametrize(
    ("code", "place", "row"),
    [
        ("market.cost_twice", "costs:3:offer", {}),
        ("market.unknown_offer", "costs:2:offer", {"offer": "s9"}),
        ("market.column_not_whole", "costs:cost", {"cost": 0.5}),
    ],
)
def test_wrong_costs_are_named(code: str, place: str, row: dict[str, Any]) -> None:
    document, frames = small()
    frames["costs"] = pl.DataFrame([{"applicant": "a1", "offer": "s1", "cost": 3} | row] * 2)

    assert place in found(code, frames, document | {"mechanism": "redistribution"})


def test_missing_and_unknown_tables_are_named() -> None:
    document, frames = small()
    del frames["offers"]
    frames["schools"] = pl.DataFrame()

    listed = problems(document, frames)

    assert {(problem.code, dict(problem.params)["table"]) for problem in listed} == {
        ("market.missing_table", "offers"),
        ("market.unknown_table", "schools"),
    }


@pytest.mark.parametrize(
    ("table", "column"), [("applicants", "id"), ("offers", "capacity"), ("preferences", "rank")]
)
def test_missing_columns_are_named(table: str, column: str) -> None:
    frames = small()[1]
    frames[table] = frames[table].drop(column)

    assert found("market.missing_column", frames) == [f"{table}:{column}"]


def test_a_flood_of_problems_is_listed_up_to_a_limit_and_counted() -> None:
    document, frames = small()
    many = pl.DataFrame(
        {"applicant": ["x"] * (SHOWN + 5), "rank": [1] * (SHOWN + 5), "offer": ["s1"] * (SHOWN + 5)}
    )
    frames["preferences"] = many

    listed = problems(document, frames)

    assert sum(problem.code == "market.unknown_applicant" for problem in listed) == SHOWN
    more = next(problem for problem in listed if problem.code == "market.more_problems")
    assert dict(more.params) == {"problem": "market.unknown_applicant", "number": "5"}


def test_empty_tables_are_a_market_without_people() -> None:
    document, frames = frames_of(small_market(applicants=[], offers=[]))

    assert answer(document, frames) == {}
