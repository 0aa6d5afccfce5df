"""The worked cases of the literature, as market documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from allocation.allocate import allocate
from allocation.cutoffs import cutoff_document, cutoffs
from allocation.market_json import read_market
from allocation.result import assignment_document
from allocation.verify import verify
from tests.allocation.documents import plain_of
from tests.allocation.oracles import stable_matchings

CASES = sorted((Path(__file__).parents[1] / "golden" / "market-cases").glob("*.json"))
every_case = pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_there_are_cases() -> None:
    names = {document(path)["mechanism"]["name"] for path in CASES}

    assert names == {
        "deferred_acceptance",
        "efficiency_adjusted_deferred_acceptance",
        "immediate_acceptance",
        "parallel",
        "serial_dictatorship",
        "top_trading_cycles",
    }
    assert len(CASES) == 21


@every_case
def test_the_published_outcome_is_found(path: Path) -> None:
    expected = document(path)["case"]["expected"]["assignment"]
    case = read_market(document(path))

    allocation = allocate(case.market, case.mechanism, case.ties)

    assert assignment_document(case.market, allocation) == expected


@every_case
def test_every_promised_law_holds(path: Path) -> None:
    case = read_market(document(path))
    allocation = allocate(case.market, case.mechanism, case.ties)

    laws = verify(case.market, allocation)

    assert {str(laws[law]) for law in allocation.promised} == {"holds"}


@pytest.mark.parametrize(
    "path", [x for x in CASES if "n_stable" in x.read_text("utf-8")], ids=lambda x: x.stem
)
def test_there_are_as_many_stable_outcomes_as_published(path: Path) -> None:
    plain = plain_of(document(path))

    assert len(stable_matchings(plain)) == document(path)["case"]["n_stable"]


@pytest.mark.parametrize(
    "path", [x for x in CASES if '"cutoffs"' in x.read_text("utf-8")], ids=lambda x: x.stem
)
def test_the_cut_offs_are_the_published_ones(path: Path) -> None:
    expected: Mapping[str, float] = document(path)["case"]["cutoffs"]
    case = read_market(document(path))
    allocation = allocate(case.market, case.mechanism, case.ties)

    shown = cutoff_document(case.market, allocation, cutoffs(case.market, allocation))

    assert {offer: Decimal(str(lines[0]["points"])) for offer, lines in shown.items()} == {
        offer: Decimal(str(value)) for offer, value in expected.items()
    }
