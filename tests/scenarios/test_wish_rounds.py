"""Rounds in which lists of wishes are served: choice order first, bands, seats kept for some people.

The engine decides generated rounds; the verifier, which shares no code with it, works every place out again.
"""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from publication.bundle import bundle_files
from publication.reasons import whole_reason
from scenarios.letters import Letters
from scenarios.round import Round, run_round
from scenarios.tables import Applications, empty_tables
from scoring.pack import Pack, load_pack
from scoring.person import explain_candidate
from tests.effort import COSTLY
from tests.scenarios.staged import checked
from tests.scenarios.test_other_policies import SCHOOLING, TINY, TOWN, config
from values.problems import BadInput

STAGE = "- {name: selection, mechanism: serial_dictatorship, seats: quotas}"
WISHES = "- {name: wishes, seats: offers, wishes: 3, "
SCHOOLED = "title: {zh: 有学历, en: schooled}, for: {fact: education, is: junior}, cite: rules 13"
LONG = "title: {zh: 久保, en: long insured}, for: {fact: months, at_least: 24}, cite: rules 13"
OPEN = "{id: open, title: {zh: 其余, en: all others}, rest: true, cite: rules 13}"
STAGES = {
    "immediate": WISHES + "mechanism: immediate_acceptance}",
    "parallel": WISHES + "mechanism: parallel, bands: [1, 2]}",
    "own bands": WISHES
    + "mechanism: parallel, bands: [1], bands_for: "
    + f"[{{id: schooled, unknown: outside, bands: [3], {SCHOOLED}}}]}}",
    "two bands": WISHES
    + "mechanism: parallel, bands: [1], bands_for: "
    + f"[{{id: schooled, unknown: pending, bands: [3], {SCHOOLED}}}, "
    + f"{{id: long, unknown: pending, bands: [2], {LONG}}}]}}",
    "deferred": WISHES + "mechanism: deferred_acceptance}",
    "share": WISHES
    + "mechanism: deferred_acceptance, pools: "
    + f"[{{id: schooled, unknown: outside, share: 0.34, round: half_up, unfilled: opens, {SCHOOLED}}}]}}",
    "kept": WISHES
    + "mechanism: deferred_acceptance, pools: "
    + f"[{OPEN}, {{id: long, unknown: pending, seats: long_seats, unfilled: lapses, {LONG}}}]}}",
    "two": WISHES
    + "mechanism: deferred_acceptance, pools: "
    + f"[{{id: schooled, unknown: pending, share: 0.5, round: floor, unfilled: opens, {SCHOOLED}}}, {OPEN}, "
    + f"{{id: long, unknown: outside, seats: long_seats, unfilled: opens, {LONG}}}]}}",
}
STAGES["long first"] = (
    WISHES
    + "mechanism: deferred_acceptance, pools: "
    + f"[{{id: long, unknown: outside, seats: long_seats, unfilled: lapses, {LONG}}}]}}"
)
COLUMN = {"kept", "two", "long first"}
Family = tuple[str, int | None, str | None, list[int]]


@cache
def pack(kind: str) -> Pack:
    text = TINY.replace(STAGE, STAGES[kind]).replace("gate: {points: 10,", "gate: {points: 0,")
    return load_pack(text, "tiny.yaml")


def tables(kind: str, families: list[Family], seats: list[int], kept: int) -> Applications:
    """Families as (town, months, education, schools wished for); three schools a town."""
    ids = [f"f{at:02d}" for at in range(len(families))]
    applicants = pl.DataFrame(
        {
            "subject": ids,
            "education": [education for _, _, education, _ in families],
            "months": [months for _, months, _, _ in families],
        },
        schema_overrides={"education": SCHOOLING},
    )
    candidates = pl.DataFrame(
        {"candidate": ids, "subject": ids, "town": [town for town, *_ in families]},
        schema_overrides={"town": TOWN},
    )
    schools = [(town, f"{town}-{at}") for town in ("east", "west") for at in range(3)]
    offers = pl.DataFrame(
        {
            "offer": [name for _, name in schools],
            "town": [town for town, _ in schools],
            "name": [name for _, name in schools],
            "seats": seats,
        },
        schema_overrides={"town": TOWN},
    )
    if kind in COLUMN:
        offers = offers.with_columns(long_seats=pl.min_horizontal(pl.lit(kept), pl.col("seats") // 2))
    wishes = [
        {"candidate": name, "rank": rank, "offer": f"{town}-{at}"}
        for name, (town, _, _, listed) in zip(ids, families, strict=True)
        for rank, at in enumerate(listed, 1)
    ]
    preferences = pl.DataFrame(wishes, schema={"candidate": pl.String, "rank": pl.Int64, "offer": pl.String})
    quotas = offers.group_by("town", maintain_order=True).agg(pl.col("seats").sum())
    found = {"applicants": applicants, "candidates": candidates, "offers": offers, "quotas": quotas}
    return Applications(**{**empty_tables(), **found, "preferences": preferences}, ledgers={})


def places(decided: Round) -> dict[str, str | None]:
    offers = decided.ground.offers["offer"].to_list()
    return {
        name: offers[at] if at >= 0 else None
        for name, at in zip(decided.ground.people, decided.placement.offer, strict=True)
    }


families = st.tuples(
    st.sampled_from(("east", "west")),
    st.sampled_from((1, 12, 12, 24, 30)),
    st.sampled_from(("none", "junior", "junior", None)),
    st.lists(st.integers(0, 2), max_size=3, unique=True),
)


@pytest.mark.parametrize("kind", STAGES)
@given(
    st.lists(families, min_size=1, max_size=12),
    st.lists(st.integers(0, 4), min_size=6, max_size=6),
    st.integers(0, 2),
)
@COSTLY
def test_whatever_the_lists_the_verifier_works_out_the_same_places(
    kind: str, people: list[Family], seats: list[int], kept: int
) -> None:
    try:
        decided = run_round(pack(kind), config(), tables(kind, people, seats, kept))
    except BadInput:
        event("nobody is eligible")
        return

    results = checked(decided)

    pooled = kind in ("share", *COLUMN)
    assert results["lists"] == "holds"
    assert (results["groups"], results["pools"]) == (("holds",) * 2 if pooled else ("not possible",) * 2)


EAST: list[Family] = [
    ("east", 30, "junior", [0, 1]),  # 23 points
    ("east", 24, "none", [0, 1]),  # 3
    ("east", 12, "none", [1, 0]),  # 1.5
    ("east", 1, "junior", [0, 2]),  # 20
]
"""In points f00, f03, f01, f02."""


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        # f00 takes east-0; f01 and f03 are too late there, and east-1 has gone to the first choice of f02.
        ("immediate", {"f00": "east-0", "f01": None, "f02": "east-1", "f03": "east-2"}),
        # One band of choices: f01 stands ahead of f02 at east-1.
        ("deferred", {"f00": "east-0", "f01": "east-1", "f02": None, "f03": "east-2"}),
        # Bands of one and two: as immediate acceptance, the second choices side by side.
        ("parallel", {"f00": "east-0", "f01": None, "f02": "east-1", "f03": "east-2"}),
        # The schooled have one band: f03 gets east-2 in the first. f01, without, comes too late for east-1.
        ("own bands", {"f00": "east-0", "f01": None, "f02": "east-1", "f03": "east-2"}),
    ],
)
def test_choice_order_or_points_first(kind: str, expected: dict[str, str | None]) -> None:
    """Three schools with a seat each."""
    decided = run_round(pack(kind), config(), tables(kind, EAST, [1, 1, 1, 0, 0, 0], 0))

    assert places(decided) == expected


UNSCHOOLED: list[Family] = [("east", months, "none", [0]) for months in (30, 30, 26)]


def test_seats_of_their_own_go_to_the_schooled_and_what_they_leave_to_others() -> None:
    """Three seats, 0.34 of them (rounded) is one. f03 stands first; a schooled f04 would stand last."""
    last: Family = ("east", 1, "junior", [0])
    ahead = [*UNSCHOOLED, last]
    seats = [3, 0, 0, 0, 0, 0]

    schooled = run_round(pack("share"), config(), tables("share", [*EAST, last], seats, 0))
    alone = run_round(pack("share"), config(), tables("share", UNSCHOOLED, seats, 0))
    kept = run_round(pack("kept"), config(), tables("kept", ahead, seats, 1))

    assert places(schooled) == {"f00": "east-0", "f01": None, "f02": None, "f03": "east-0", "f04": "east-0"}
    assert lines(schooled) == [
        ("schooled", "members", 1, 1, True, "f00"),
        ("schooled", "others", 1, 0, True, None),
        ("*", "members", 2, 2, True, lines(schooled)[2][-1]),
    ]
    assert set(places(alone).values()) == {"east-0"}
    assert [(pool, entry, admitted) for pool, entry, _, admitted, _, _ in lines(alone)] == [
        ("schooled", "members", 0),
        ("schooled", "others", 1),
        ("*", "members", 2),
    ]
    assert [pool for pool, *_ in lines(kept)] == ["open", "long"]


def lines(decided: Round) -> list[tuple[object, ...]]:
    """The published lines of the pools of east-0."""
    text = bundle_files(decided.record, "public")["pools.csv"]
    table = pl.read_csv(text).filter(pl.col("offer") == "east-0")
    return table.select("pool", "entry", "seats", "admitted", "full", "last_admitted").rows()


def test_seats_that_lapse_stay_empty_when_no_member_wants_them() -> None:
    """Two seats, one kept for the long insured, of whom nobody applies: it stays empty."""
    people: list[Family] = [("east", 12, "junior", [0]), ("east", 1, "junior", [0])]

    decided = run_round(pack("kept"), config(), tables("kept", people, [2, 0, 0, 0, 0, 0], 1))

    assert places(decided) == {"f00": "east-0", "f01": None}
    assert decided.record.document["counts"]["seats_left"] == 1


def test_a_school_cannot_keep_more_seats_than_it_has() -> None:
    found = tables("kept", EAST, [1, 1, 1, 0, 0, 0], 0)
    wrong = Applications(**{**vars(found), "offers": found.offers.with_columns(long_seats=pl.lit(2))})

    with pytest.raises(BadInput) as error:
        run_round(pack("kept"), config(), wrong)

    codes = [(problem.code, problem.place.row) for problem in error.value.problems]
    assert codes == [("round.pools_too_large", row) for row in range(2, 8)]


def turned_away(decided: Round, who: str, lang: str) -> list[str]:
    """What the letter says of every wish that was not granted."""
    letter = Letters(decided, decided.record.digest).letter(who)
    return [whole_reason(place.reason, lang) for place in letter.not_given]  # type: ignore[arg-type]


def test_a_letter_says_in_which_choice_a_school_filled_up() -> None:
    decided = run_round(pack("immediate"), config(), tables("immediate", EAST, [1, 1, 1, 0, 0, 0], 0))

    assert turned_away(decided, "f01", "en") == [
        "20 points below the last admitted",
        "listed in band 2 of choices; the last admitted listed it in band 1",
    ]


def test_a_letter_says_why_in_every_pool() -> None:
    """f01 has not finished school: members hold the kept seat, and the open ones go to 20 points."""
    decided = run_round(pack("share"), config(), tables("share", [*EAST, EAST[3]], [3, 0, 0, 0, 0, 0], 0))

    told = {lang: turned_away(decided, "f01", lang)[0] for lang in ("zh", "en")}

    assert told["en"] == (
        "its pools are full; pool 1 (schooled): members hold all its seats; "
        "pool 2 (everybody): 17 points below the last admitted"
    )
    assert told["zh"].startswith("各组名额已满；第 1 组（有学历）：")


def test_a_letter_says_so_too_where_a_member_with_fewer_points_has_the_kept_seat() -> None:
    people: list[Family] = [
        ("east", 30, "none", [0]),  # 3 points, long insured
        ("east", 12, "junior", [0]),  # 21.5
        ("east", 1, "junior", [0]),  # 20
    ]

    decided = run_round(pack("long first"), config(), tables("long first", people, [2, 0, 0, 0, 0, 0], 1))

    assert places(decided) == {"f00": "east-0", "f01": "east-0", "f02": None}
    assert turned_away(decided, "f02", "en") == [
        "its pools are full; pool 1 (long insured): kept for members; "
        "pool 2 (everybody): 1.5 points below the last admitted"
    ]


def test_bands_after_the_first_that_fit_need_not_be_known() -> None:
    """f01 has finished school: how long f01 is insured decides nothing. Of f02 it does, and of f03 both."""
    text = TINY.replace(STAGE, STAGES["two bands"]).replace("gate: {points: 10,", "gate: {points: 0,")
    text = text.replace("unknown: {pending: true, cite: rules 4}", "unknown: {points: 0, cite: rules 4}")
    text = text.replace("otherwise: ineligible, unknown: pending", "otherwise: ineligible, unknown: pass")
    people: list[Family] = [
        ("east", 30, "junior", [0]),
        ("east", None, "junior", [0]),
        ("east", None, "none", [0]),
        ("east", 30, None, [0]),
    ]

    decided = run_round(load_pack(text, "tiny.yaml"), config(), tables("two bands", people, [1] * 6, 0))

    assert set(places(decided)) == {"f00", "f01"}
    assert [codes_of(decided, who) for who in ("f01", "f02", "f03")] == [
        [],
        ["unknown:group:long"],
        ["unknown:group:schooled"],
    ]
    assert checked(decided)["facts"] == "holds"


def codes_of(decided: Round, who: str) -> list[str]:
    """Reasons of one person, as the sheet and as the columns have them."""
    told = sorted(reason.code for reason in explain_candidate(decided.pack, decided.facts, who).reasons)
    row = decided.facts.candidates.index_of(who)
    found = decided.standings.reasons.filter(pl.col("pair") == row)["code"].sort().to_list()
    assert told == found
    return told


def test_whoever_may_belong_to_a_group_or_not_waits_where_the_policy_says_so() -> None:
    """One family's schooling is not known: `pending` under "two", outside the group under "share"."""
    unknown: list[Family] = [*EAST, ("east", 30, None, [0])]
    seats = [2, 0, 0, 0, 0, 0]

    waits = run_round(pack("two"), config(), tables("two", unknown, seats, 1))
    counts = run_round(pack("share"), config(), tables("share", unknown, seats, 1))

    assert "f04" not in places(waits)
    explained = explain_candidate(waits.pack, waits.facts, "f04")
    assert [reason.code for reason in explained.reasons] == ["unknown:group:schooled"]
    assert "f04" in places(counts)
    assert checked(waits)["facts"] == "holds"
