"""Cut-offs, waiting lists, reasons and the answer document."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allocation.allocate import allocate
from allocation.cutoffs import cutoff_document
from allocation.figure_texts import fixed_text
from allocation.market_json import read_market
from allocation.outcome import Allocation
from allocation.replay import places_by_cutoffs
from allocation.result import allocation_document, summary_document, with_digest
from allocation.result_tables import cutoffs_table, result_tables
from allocation.verify import verify
from allocation.waiting import waiting_document
from allocation.why_not import Outcome, why_not, why_not_offer
from tests.allocation.documents import document_of, small_market
from tests.laws import ALL_SETUPS, Setup
from tests.strategies_market import Plain, plain_markets, run
from values.canonical import digest_of
from values.problems import BadInput, Refused


def outcome_of(document: dict[str, Any]) -> Outcome:
    case = read_market(document)
    return Outcome.of(case.market, allocate(case.market, case.mechanism, case.ties))


def answered(document: dict[str, Any]) -> dict[str, Any]:
    outcome = outcome_of(document)
    laws = verify(outcome.market, outcome.allocation, lines=outcome.cutoffs)
    laws.check()
    return allocation_document(outcome, laws, why=None)


def town(**changes: Any) -> dict[str, Any]:
    """One school with two places, five people by tier, points and insured months."""
    rows = [
        ("first", 2, "90", "12"),
        ("second", 2, "87.50", "36"),
        ("months", 2, "87.50", "24.5"),
        ("points", 2, "85.25", "99"),
        ("tier", 3, "99", "99"),
    ]
    people = [
        {"id": name, "preferences": ["s"], "points": points, "tie_keys": [months], "tier": {"s": tier}}
        for name, tier, points, months in rows
    ]
    names = {"policy": "refuse", "key_names": ["insured months"]}
    return (
        small_market(
            applicants=people, offers=[{"id": "s", "capacity": 2}, {"id": "empty", "capacity": 1}], ties=names
        )
        | changes
    )


def test_a_cut_off_names_the_last_admitted_with_all_figures() -> None:
    found = answered(town())

    assert found["cutoffs"] == {
        "s": [
            {
                "category": None,
                "entry": "member",
                "full": True,
                "last_admitted": "second",
                "tier": 2,
                "points": "87.50",
                "tie_keys": ["36.0"],
            }
        ],
        "empty": [{"category": None, "entry": "member", "full": False, "last_admitted": None}],
    }


def test_reasons_give_the_first_figure_that_decided() -> None:
    found = answered(town())

    assert found["why_not"] == {
        "first": [],
        "second": [],
        "months": [
            {"offer": "s", "reason": "tie_key_lost", "key": "insured months", "by": "11.5", "waiting": 1}
        ],
        "points": [{"offer": "s", "reason": "below_cutoff", "by": "2.25", "waiting": 2}],
        "tier": [{"offer": "s", "reason": "lower_tier", "tier": 3, "last_admitted_tier": 2, "waiting": 3}],
    }
    assert found["waiting"] == {"s": ["months", "points", "tier"]}


def test_whole_tie_keys_stay_whole_numbers() -> None:
    found = answered(small_market())

    assert found["cutoffs"]["s1"][0]["tie_keys"] == [36]
    assert found["cutoffs"]["s1"][0]["points"] == "87.50"
    assert found["why_not"]["a2"] == [{"offer": "s1", "reason": "below_cutoff", "by": "2.50", "waiting": 1}]


@pytest.mark.parametrize(("policy", "reason"), [("lottery", "lottery_lost"), ("order", "order_lost")])
def test_equals_are_told_that_the_lot_or_the_order_decided(policy: str, reason: str) -> None:
    document = town(ties={"policy": policy, "seed": "00" * 32, "draw_id": "d"})
    for row in document["applicants"]:
        row |= {"points": 1, "tie_keys": [1], "tier": {"s": 1}}
    if policy == "order":
        document["ties"] = {"policy": "order", "order": [row["id"] for row in document["applicants"]]}

    reasons = [entry["reason"] for entries in answered(document)["why_not"].values() for entry in entries]

    assert reasons == [reason] * 3


def test_left_out_groups_are_told_how_many_they_are() -> None:
    document = town(ties={"policy": "exclude_all"})
    document["applicants"][2]["tie_keys"] = ["36"]

    found = answered(document)

    assert found["cutoffs"]["s"][0]["last_admitted"] == "first"
    assert found["cutoffs"]["s"][0]["full"] is True
    assert found["waiting"]["s"] == [["months", "second"], "points", "tier"]
    group = {"offer": "s", "reason": "tied_group_excluded", "group": 2, "seats_left": 1}
    behind = {"offer": "s", "reason": "behind_excluded_group", "group": 2, "seats_left": 1}
    assert [entries[0] for entries in found["why_not"].values() if entries] == [
        group | {"waiting": 1},
        group | {"waiting": 1},
        behind | {"waiting": 3},
        behind | {"waiting": 4},
    ]


def test_an_admitted_group_is_named_whole_with_the_exception() -> None:
    document = town(ties={"policy": "admit_all"})
    document["applicants"][2]["tie_keys"] = ["36"]

    found = answered(document)

    assert found["cutoffs"]["s"][0]["last_admitted"] == ["months", "second"]
    assert found["exceptions"] == [
        {"code": "allocation.capacity_exceeded", "offer": "s", "capacity": "2", "admitted": "3"}
    ]
    assert found["laws"]["capacity"] == "not promised: 1"
    assert found["laws"]["capacity_up_to_ties"] == "holds"


def test_lists_count_places_and_closed_offers_say_so() -> None:
    people = [{"id": name, "preferences": ["none", "s"]} for name in "abc"]
    offers = [
        {"id": "s", "capacity": 1, "priority": ["c", "b", "a"]},
        {"id": "none", "capacity": 0, "priority": ["a", "b"]},
    ]

    found = answered(small_market(applicants=people, offers=offers))

    assert found["why_not"]["a"] == [
        {"offer": "none", "reason": "no_seats", "waiting": 1},
        {"offer": "s", "reason": "below_cutoff", "places": 2, "waiting": 2},
    ]
    assert found["why_not"]["c"] == [
        {"offer": "none", "reason": "ineligible", "rule": "not_on_priority_list"}
    ]


def test_rules_are_named_with_their_figures() -> None:
    document = small_market()
    document["applicants"][0] |= {
        "household_size": 3,
        "preferences": ["small", "local", "high", "free", "never"],
    }
    document["applicants"][1] |= {"points": "88", "preferences": []}
    document["offers"] = [
        {"id": "small", "capacity": 1, "household_size": [1, 2]},
        {"id": "local", "capacity": 1, "requires": ["local"]},
        {"id": "high", "capacity": 1, "minimum_points": "90"},
        {"id": "free", "capacity": 1},
        {"id": "never", "capacity": 1, "requires": ["local"]},
    ]

    assert answered(document)["why_not"]["a1"] == [
        {"offer": "small", "reason": "ineligible", "rule": "household_size", "size": 3, "most": 2},
        {"offer": "local", "reason": "ineligible", "rule": "requires", "category": "local"},
        {"offer": "high", "reason": "ineligible", "rule": "minimum_points", "minimum": "90.00", "by": "2.50"},
    ]


def pool_town() -> dict[str, Any]:
    """A closed pool of one for `near`, an open one of one for `near`, one of everybody."""
    people = [
        {"id": name, "preferences": ["k"], "categories": ["near"] if name.startswith("n") else []}
        for name in ("n1", "n2", "a", "b", "n3")
    ]
    pools = [
        {"category": "near", "seats": 1, "fallback": "none"},
        {"category": "near", "seats": 1},
        {"category": None, "seats": 1},
    ]
    offers = [{"id": "k", "capacity": 3, "priority": ["a", "n1", "n2", "b", "n3"], "pools": pools}]
    return small_market(applicants=people, offers=offers)


def test_pools_have_a_line_for_members_and_one_for_others() -> None:
    found = answered(pool_town())

    assert found["pools"] == {"n1": 0, "n2": 1, "a": 2}
    assert [(x["category"], x["entry"], x["full"], x["last_admitted"]) for x in found["cutoffs"]["k"]] == [
        ("near", "member", True, "n1"),
        ("near", "member", True, "n2"),
        ("near", "fallback", True, None),
        (None, "member", True, "a"),
    ]


def test_pools_give_a_reason_each() -> None:
    reasons = answered(pool_town())["why_not"]

    assert reasons["b"][0] == {
        "offer": "k",
        "reason": "pool_full",
        "waiting": 1,
        "pools": [
            {"category": "near", "entry": "member", "reason": "not_a_member"},
            {"category": "near", "entry": "fallback", "reason": "taken_by_members"},
            {"category": None, "entry": "member", "reason": "below_cutoff", "places": 3},
        ],
    }
    assert [line["reason"] for line in reasons["n3"][0]["pools"]] == ["below_cutoff"] * 3


def test_a_members_line_stays_open_while_others_sit_in_the_pool() -> None:
    document = pool_town()
    document["applicants"] = [row for row in document["applicants"] if row["id"] in ("a", "b")]
    document["offers"][0]["priority"] = ["a", "b"]

    lines = answered(document)["cutoffs"]["k"]

    assert [(x["entry"], x["full"], x["last_admitted"]) for x in lines] == [
        ("member", False, None),
        ("member", False, None),
        ("fallback", True, "a"),
        ("member", True, "b"),
    ]


def test_any_offer_may_be_asked_about() -> None:
    document = small_market()
    document["offers"].append({"id": "s3", "capacity": 1})
    outcome = outcome_of(document)

    assert why_not_offer(outcome, 0, 0) == {"offer": "s1", "reason": "assigned"}
    assert why_not_offer(outcome, 0, 1) == {"offer": "s2", "reason": "prefers_own_place"}
    assert why_not_offer(outcome, 0, 2) == {"offer": "s3", "reason": "not_listed"}
    assert why_not_offer(outcome, 1, 0)["reason"] == "below_cutoff"


def test_redistribution_alone_has_no_cut_offs_and_says_what_decided() -> None:
    document = small_market(
        mechanism={"name": "redistribution"},
        costs={"a1": {"s2": 1}, "a2": {"s2": 2}},
        ties={"policy": "refuse"},
    )

    found = answered(document)

    assert found["assignment"] == {"a1": "s2", "a2": None}
    assert found["cutoffs"] == {}
    assert found["why_not"]["a1"] == [{"offer": "s1", "reason": "placed_by_cost", "waiting": 1}]
    assert found["why_not"]["a2"] == [{"offer": "s1", "reason": "no_place_left", "waiting": 2}]


def test_the_digest_covers_the_answer_and_nothing_else() -> None:
    found = answered(small_market())

    again = with_digest(found | {"seconds": {"read": "1"}})

    assert again["digest"] == found["digest"]
    assert digest_of({key: value for key, value in found.items() if key != "digest"}) == found["digest"]
    assert with_digest(found | {"status": "other"})["digest"] != found["digest"]
    assert found["format"] == "allocation/1"
    json.dumps(found)


def test_the_answer_of_shuffled_input_has_the_same_digest() -> None:
    document = town(ties={"policy": "admit_all"})
    document["applicants"][2]["tie_keys"] = ["36"]
    shuffled = document | {"applicants": document["applicants"][::-1], "offers": document["offers"][::-1]}

    assert answered(shuffled)["digest"] == answered(document)["digest"]


def test_tables_say_the_same_as_the_document() -> None:
    outcome = outcome_of(pool_town())
    found = answered(pool_town())

    tables = result_tables(outcome)

    assignment = {row["applicant"]: row["offer"] for row in tables["assignment"].iter_rows(named=True)}
    assert assignment == found["assignment"]
    assert tables["assignment"]["applicant"].is_sorted()
    assert tables["assignment"].filter(pl.col("applicant") == "n2")["pool"].to_list() == [1]
    assert tables["waiting"].rows() == [("k", 1, "b"), ("k", 2, "n3")]
    assert tables["cutoffs"]["last_admitted"].to_list() == ["n1", "n2", None, "a"]
    assert tables["cutoffs"]["admitted"].to_list() == [1, 1, 0, 1]


def test_tables_of_tied_groups_join_their_names() -> None:
    document = town(ties={"policy": "admit_all"})
    document["applicants"][2]["tie_keys"] = ["36"]

    lines = result_tables(outcome_of(document))["cutoffs"]

    assert lines.filter(pl.col("offer") == "s").select("last_admitted", "points", "tie_keys").row(0) == (
        "months|second",
        "87.50",
        ["36"],
    )


def test_a_summary_counts_and_names_the_tables() -> None:
    outcome = outcome_of(small_market())
    laws = verify(outcome.market, outcome.allocation)

    found = summary_document(outcome, laws, tables={"assignment.parquet": "sha256:00"})

    assert found["counts"] == {"applicants": 2, "placed": 1}
    assert found["tables"] == {"assignment.parquet": "sha256:00"}
    assert "assignment" not in found


@pytest.mark.parametrize("setup", ALL_SETUPS, ids=str)
@given(data=st.data())
def test_there_is_a_reason_for_every_better_liked_offer(setup: Setup, data: st.DataObject) -> None:
    """In list order, with the place on the waiting list; and tables can be made of every outcome."""
    plain = data.draw(setup.plain())
    market = plain.market()
    allocation = run(plain, setup.mechanism, setup.ties)
    outcome = Outcome.of(market, allocation)

    reasons = why_not(outcome)
    assert reasons == why_not(outcome, range(len(plain.people)))

    lists = waiting_document(market, outcome.waiting)
    for row, person in enumerate(plain.people):
        wishes = plain.wishes[person]
        got = plain.offers[allocation.assigned[row]] if allocation.assigned[row] >= 0 else None
        better = wishes[: wishes.index(got)] if got in wishes else wishes
        assert [entry["offer"] for entry in reasons[person]] == list(better)
        for entry in reasons[person]:
            assert entry["waiting"] == place_in(lists[str(entry["offer"])], person)
    result_tables(outcome)


def place_in(waiting: list[str | list[str]], person: str) -> int:
    """The competition place, counted by hand."""
    ahead = 0
    for group in waiting:
        names = group if isinstance(group, list) else [group]
        if person in names:
            return ahead + 1
        ahead += len(names)
    raise AssertionError(f"{person} does not wait")


@given(plain_markets())
def test_the_published_lines_alone_say_who_gets_in(plain: Plain) -> None:
    """Reading the document's lines by hand gives everybody's place (strict order)."""
    document = document_of(plain, ties={"policy": "order", "order": list(plain.lots)})
    case = read_market(document)
    allocation: Allocation = allocate(case.market, case.mechanism, case.ties)
    lines = cutoff_document(case.market, allocation, Outcome.of(case.market, allocation).cutoffs)

    def lets_in(offer: str, person: str) -> bool:
        line = lines[offer][0]
        last = line["last_admitted"]
        return not line["full"] or (
            last is not None and plain.key(offer, person) <= plain.key(offer, str(last))
        )

    for row, person in enumerate(plain.people):
        entered = next((o for o in plain.wishes[person] if lets_in(o, person)), None)
        assert entered == (plain.offers[allocation.assigned[row]] if allocation.assigned[row] >= 0 else None)


with_cut_offs = [
    x for x in ALL_SETUPS if x.name in ("applicants_propose", "serial_dictatorship", "pools", "quotas")
]


@pytest.mark.parametrize("setup", with_cut_offs, ids=str)
@given(data=st.data())
def test_the_table_of_cut_offs_replays_to_the_assignment(setup: Setup, data: st.DataObject) -> None:
    plain = data.draw(setup.plain())
    market = plain.market()
    try:
        allocation = allocate(market, setup.mechanism, setup.ties)
    except Refused:
        assume(False)

    table = cutoffs_table(Outcome.of(market, allocation))

    found = places_by_cutoffs(market, setup.ties, table)
    assert found.tolist() == allocation.assigned.tolist()


def test_a_table_of_another_market_is_refused() -> None:
    outcome = outcome_of(pool_town())
    table = cutoffs_table(outcome)
    lines = table.to_dicts()
    strange = [
        {**lines[0], "offer": "elsewhere", "last_admitted": None},
        {**lines[1], "last_admitted": "stranger"},
        *lines[2:],
    ]

    with pytest.raises(BadInput) as error:
        places_by_cutoffs(outcome.market, "refuse", pl.DataFrame(strange, schema=table.schema))

    codes = [problem.code for problem in error.value.problems]
    assert codes == ["cutoffs.unknown_line", "cutoffs.unknown_last", "cutoffs.line_missing"]


@given(st.integers(-(10**12), 10**12), st.integers(0, 9))
def test_fixed_texts_keep_all_decimals(units: int, scale: int) -> None:
    text = fixed_text(units, scale)

    assert int(text.replace(".", "")) == units
    assert len(text.partition(".")[2]) == scale


amounts = st.sampled_from(["0", "1", "1.5", "2"])
ranked_people = st.lists(
    st.fixed_dictionaries(
        {
            "points": amounts,
            "tie_keys": st.tuples(amounts).map(list),
            "preferences": st.permutations(["s1", "s2", "s3"]),
            "tier": st.fixed_dictionaries({offer: st.integers(1, 2) for offer in ("s1", "s2", "s3")}),
            "household_size": st.integers(1, 3),
        }
    ),
    min_size=1,
    max_size=9,
)
RULES: tuple[dict[str, Any], ...] = (
    {"name": "deferred_acceptance"},
    {"name": "immediate_acceptance"},
    {"name": "parallel", "band": 2},
    {"name": "top_trading_cycles"},
)


@given(ranked_people, st.sampled_from(RULES), st.booleans(), st.booleans(), st.booleans())
def test_everybodys_reasons_at_once_are_those_of_each_person(
    rows: list[dict[str, Any]], rule: dict[str, Any], tiers: bool, listed: bool, keys: bool
) -> None:
    """By class, points, keys, draw, a list of the offer's own, bands of choices, and with wishes removed."""
    people = [{"id": f"a{at}", **row} for at, row in enumerate(rows)]
    for row in people:
        row |= {} if keys else {"tie_keys": []}
    offers: list[dict[str, Any]] = [
        {"id": "s1", "capacity": 1},
        {"id": "s2", "capacity": 2, "household_size": [1, 2]},
        {"id": "s3", "capacity": 0},
    ]
    if listed:
        offers[0]["priority"] = [row["id"] for row in people][::-1]
    if not tiers:
        for row in people:
            del row["tier"]
    ties = {"policy": "order", "order": [row["id"] for row in people]}
    outcome = outcome_of(small_market(mechanism=rule, applicants=people, offers=offers, ties=ties))

    assert why_not(outcome) == why_not(outcome, range(len(people)))
