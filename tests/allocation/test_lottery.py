from __future__ import annotations

import doctest
import hashlib
import hmac
import json
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import allocation.lottery
from allocation.lottery import (
    RosterRow,
    Source,
    draw_seed,
    entropy_total,
    entropy_warning,
    plain_roster_hash,
    roster_hash,
    ticket,
    ticket_order,
    tickets,
)
from values.problems import BadInput

TESTS = Path(__file__).parents[1]
METHODS = TESTS.parent / "docs" / "methods" / "lottery.md"
VECTORS = json.loads((TESTS / "golden" / "lottery-vectors" / "03_hmac_ticket.json").read_text("utf-8"))
CASE = VECTORS["case"]
ROWS = [RosterRow(*row) for row in CASE["rows"]]
IDS = [row.app_id for row in ROWS]
SOURCES = [Source(source["name"], bytes.fromhex(source["value_hex"])) for source in CASE["sources"]]
SEED = bytes.fromhex(CASE["seed"])

ids = st.text(min_size=1, max_size=8)
id_lists = st.lists(ids, min_size=1, max_size=12, unique_by=lambda text: unicodedata.normalize("NFC", text))


def codes(function: Any, *args: Any, **kwargs: Any) -> list[str]:
    with pytest.raises(BadInput) as caught:
        function(*args, **kwargs)
    return [problem.code for problem in caught.value.problems]


def test_the_published_roster_gives_the_published_hash() -> None:
    assert roster_hash(ROWS).hex() == CASE["roster_hash"]


def test_the_published_sources_give_the_published_seed() -> None:
    assert draw_seed(roster_hash(ROWS), CASE["draw_id"], SOURCES).hex() == CASE["seed"]


def test_the_published_seed_gives_the_published_tickets_in_the_published_order() -> None:
    drawn = tickets(SEED, CASE["draw_id"], IDS)
    places = ticket_order(drawn, IDS)

    found = {
        app_id: (int(place) + 1, drawn[row].tobytes().hex())
        for row, (app_id, place) in enumerate(zip(IDS, places, strict=True))
    }
    assert found == {entry["app_id"]: (entry["rank"], entry["ticket"]) for entry in CASE["order"]}


def test_another_order_of_sources_or_another_draw_is_another_seed() -> None:
    roster = bytes.fromhex(CASE["roster_hash"])

    assert (
        draw_seed(roster, CASE["draw_id"], SOURCES[::-1]).hex() == VECTORS["must_differ"]["sources_swapped"]
    )
    other = draw_seed(roster, CASE["draw_id"].replace("01", "02"), SOURCES)
    assert other.hex() == VECTORS["must_differ"]["draw_id_changed"]


def test_text_cannot_slide_from_one_field_to_the_next() -> None:
    hashes = {roster_hash([RosterRow("ab", "c")]), roster_hash([RosterRow("a", "bc")])}
    seeds = {
        draw_seed(SEED, "d", [Source("ab", b"c")]),
        draw_seed(SEED, "d", [Source("a", b"bc")]),
        draw_seed(SEED, "da", [Source("b", b"c")]),
    }

    assert (len(hashes), len(seeds)) == (2, 3)


def test_hashes_follow_rfc_4231() -> None:
    for case in VECTORS["rfc4231_check"].values():
        key, message = bytes.fromhex(case["key"]), bytes.fromhex(case["data"])
        assert allocation.lottery._hmac_all(key, message[:3], [message[3:]]).hex() == case["hmac"]


@pytest.mark.parametrize("case", VECTORS["must_reject"], ids=lambda case: case["why"])
def test_published_bad_rosters_are_refused(case: dict[str, Any]) -> None:
    rows = [("x" * 65536, "g", 1)] if case["rows"] == "x*65536" else case["rows"]

    (code,) = codes(roster_hash, rows)

    assert (
        code
        == {
            "duplicate app_id after NFC": "lottery.duplicate_id",
            "weight 0": "lottery.weight_range",
            "empty id": "lottery.empty_id",
            "id longer than 65535 bytes": "lottery.long_text",
            "empty roster": "lottery.empty_roster",
        }[case["why"]]
    )


def test_a_roster_is_refused_with_all_its_problems() -> None:
    rows = [("a", "g", 0), ("", "g", 1), ("b", "\ud800", 1), ("c", "g", 2**32), ("d", "g", 1), ("d", "h", 1)]

    assert codes(roster_hash, rows) == [
        "lottery.weight_range",
        "lottery.empty_id",
        "lottery.not_text",
        "lottery.weight_range",
        "lottery.duplicate_id",
    ]


def test_the_largest_lengths_and_weights_are_accepted() -> None:
    assert len(roster_hash([("x" * 65535, "", 2**32 - 1)])) == 32
    assert len(draw_seed(SEED, "", [])) == 32


def test_wrong_arguments_of_a_draw_are_refused() -> None:
    assert codes(draw_seed, b"short", "d", []) == ["lottery.hash_length"]
    assert codes(draw_seed, SEED, "x" * 65536, []) == ["lottery.long_text"]
    assert codes(draw_seed, SEED, "d", [Source("\udc00", b"")]) == ["lottery.not_text"]
    assert codes(draw_seed, SEED, "d", [Source("s", b"")] * 65536) == ["lottery.too_many_sources"]
    assert codes(tickets, b"short", "d", ["a"]) == ["lottery.hash_length"]
    assert codes(ticket, SEED, "d", "a", 2**32) == ["lottery.ticket_number"]
    assert codes(tickets, SEED, "d", ["a", "", "\ud800"]) == ["lottery.empty_id", "lottery.not_text"]
    assert codes(ticket_order, np.zeros((2, 16), np.uint8), ["a", "b"]) == ["lottery.ticket_shape"]


@given(id_lists, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(names: list[str], chance: Any) -> None:
    shuffled = chance.sample(names, len(names))
    rows = [RosterRow(name, "town", 1) for name in names]

    assert roster_hash(rows) == roster_hash(chance.sample(rows, len(rows)))
    assert placed(names) == placed(shuffled)


@given(id_lists, st.data())
def test_a_roster_in_columns_has_the_hash_of_its_rows(names: list[str], data: st.DataObject) -> None:
    strata = [data.draw(st.sampled_from(["town", "区/小学", "x" * 200])), "town/primary", ""]
    stratum = data.draw(st.lists(st.integers(0, 2), min_size=len(names), max_size=len(names)))
    rows = [RosterRow(name, strata[index], 1) for name, index in zip(names, stratum, strict=True)]

    assert plain_roster_hash(names, strata, np.array(stratum, np.int32)) == roster_hash(rows)


def test_a_bad_roster_in_columns_is_refused_like_its_rows() -> None:
    for names in ([], [""], ["a", "b", "a"], ["é", "e\u0301"], ["\ud800"], ["x" * 65536]):
        rows = [RosterRow(name, "town", 1) for name in names]
        stratum = np.zeros(len(names), np.int32)

        assert codes(plain_roster_hash, names, ["town"], stratum) == codes(roster_hash, rows) != []
    assert codes(plain_roster_hash, ["a"], ["x" * 65536], np.zeros(1, np.int32)) == ["lottery.long_text"]


def placed(names: list[str]) -> dict[str, int]:
    return dict(zip(names, ticket_order(tickets(SEED, "d", names), names).tolist(), strict=True))


@given(id_lists, st.integers(0, 2**32 - 1))
def test_a_ticket_depends_on_nobody_else(names: list[str], t: int) -> None:
    """And it is the HMAC of the standard library over the bytes the page describes."""
    drawn = tickets(SEED, "d", names, t=t)

    for row, name in enumerate(names):
        text = unicodedata.normalize("NFC", name).encode("utf-8")
        message = b"ALLOC-TICKET-v1\0\0\1d" + len(text).to_bytes(2, "big") + text + t.to_bytes(4, "big")
        assert drawn[row].tobytes() == ticket(SEED, "d", name, t)
        assert drawn[row].tobytes() == hmac.digest(SEED, message, hashlib.sha256)


@given(id_lists, st.data())
def test_whoever_withdraws_leaves_the_order_of_the_others_alone(
    names: list[str], data: st.DataObject
) -> None:
    left = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    everybody, remaining = placed(names), placed(left)

    assert sorted(left, key=everybody.__getitem__) == sorted(left, key=remaining.__getitem__)


@given(st.text(min_size=1, max_size=6).filter(lambda text: text.isprintable()))
def test_composed_and_decomposed_text_is_one_id(text: str) -> None:
    forms = {ticket(SEED, "d", unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}

    assert len(forms) == 1


def test_tickets_are_compared_as_bytes_and_equal_ones_by_id_bytes() -> None:
    """Made by hand: a tie in all 32 bytes has no chance of being drawn."""
    names = ["b", "é", "a", "first", "last"]
    drawn = np.zeros((5, 32), np.uint8)
    drawn[:3, 0] = 7
    drawn[3, :2] = (6, 255)
    drawn[4, 31], drawn[4, 0] = 1, 7

    assert ticket_order(drawn, names).tolist() == [2, 3, 1, 0, 4]


def test_one_id_twice_has_no_order() -> None:
    drawn = tickets(SEED, "d", ["é", "e\u0301"])

    assert codes(ticket_order, drawn, ["é", "e\u0301"]) == ["lottery.duplicate_id"]


def test_nobody_and_one_person_can_be_ordered() -> None:
    assert tickets(SEED, "d", []).shape == (0, 32)
    assert ticket_order(tickets(SEED, "d", []), []).tolist() == []
    assert placed(["a"]) == {"a": 0}


@pytest.mark.parametrize(("bits", "warns"), [((100, 27), True), ((100, 28), False), ((), True)])
def test_less_than_128_declared_bits_are_warned_about(bits: tuple[int, ...], warns: bool) -> None:
    sources = [Source(f"s{n}", b"1", entropy_bits) for n, entropy_bits in enumerate(bits)]

    warning = entropy_warning(sources)

    assert entropy_total(sources) == sum(bits)
    assert (warning is not None) == warns
    if warning is not None:
        assert warning.code == "lottery.too_little_entropy"
        assert dict(warning.params) == {"bits": str(sum(bits)), "enough": "128"}


def test_negative_entropy_is_refused() -> None:
    assert codes(entropy_warning, [Source("a", b"", -1), Source("b", b"", 200)]) == [
        "lottery.negative_entropy"
    ]


def test_the_examples_in_text_and_source_are_true() -> None:
    assert doctest.testmod(allocation.lottery).failed == 0
    page = doctest.testfile(str(METHODS), module_relative=False)
    assert page.attempted > 0
    assert page.failed == 0
