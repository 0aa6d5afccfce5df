"""A second ranking: what the quotas leave goes to those still waiting, of each ranking at most a share."""

from __future__ import annotations

import shutil
from collections import Counter
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from publication.announcement import announcement
from publication.bundle import bundle_files
from publication.letter import Letter, LetterText, letter_text
from publication.notice import section_text
from scenarios.figures import figures_of
from scenarios.letters import Letters
from scenarios.notices import notice_of
from scenarios.round import Round, run_round
from scenarios.tables import Applications, empty_tables
from scoring.pack import Pack, load_pack
from scoring.rounding import divided
from storage.folders import write_folder
from storage.outcomes import read_outcome
from storage.replays import replay_bundle
from tests.effort import COSTLY
from tests.scenarios.test_other_policies import SCHOOLING, TINY, config
from tests.scenarios.test_wish_rounds import STAGE, checked
from tests.verifier.tiny_bundle import PUBLIC, seal
from values.problems import BadInput, Refused
from verifier.verify_bundle import verify

TOWNS, GRADES = ("east", "west", "north"), ("first", "seventh")
SECOND = "- {name: second, mechanism: serial_dictatorship, seats: quotas, area: everywhere"
NEARBY = "}\n        - {name: third, mechanism: redistribution, seats: offers, cost: distance"
GRADE = """  grade:
    title: {zh: 年级, en: grade}
    of: candidate
    type: choice
    members: {first: {zh: 一年级, en: first}, seventh: {zh: 七年级, en: seventh}}
    supplied_by: applicant
    attested_by: {zh: 教育局, en: education bureau}
    cite: rules 8
"""
Person = tuple[str, str, int]  # town, grade, months insured


def limit(mode: str, share: str = "0.3") -> str:
    return f", at_most: {{share: {share}, round: {mode}, cite: rules 13}}"


@cache
def pack(second: str, scope: str = "[town]") -> Pack:
    """The small pack with a third town and a second ranking; points of the west count 1.3 times."""
    west = "west: {zh: 西, en: west}"
    assert west in TINY
    text = TINY.replace(west, f"{west}, north: {{zh: 北, en: north}}").replace(
        "facts:\n", f"facts:\n{GRADE}", 1
    )
    if "grade" not in scope:
        text = text.replace(GRADE, "")
    text = text.replace("scope: [town]", f"scope: {scope}")
    return load_pack(text.replace(STAGE, f"{STAGE}\n        {second}}}"), "tiny.yaml")


def tables(
    people: dict[str, Person], seats: dict[tuple[str, str], int], *, grades: bool = False
) -> Applications:
    """Everybody has finished junior middle school: 20 points, 21.5 from 12 months on, 23 from 24 on."""
    towns = {"town": pl.Enum(TOWNS), "grade": pl.Enum(GRADES)}
    applicants = pl.DataFrame(
        {
            "subject": [*people],
            "education": ["junior"] * len(people),
            "months": [m for *_, m in people.values()],
        },
        schema_overrides={"education": SCHOOLING},
    )
    where = {
        "town": [town for town, *_ in people.values()],
        "grade": [grade for _, grade, _ in people.values()],
    }
    candidates = pl.DataFrame({"candidate": [*people], "subject": [*people], **where}, schema_overrides=towns)
    quotas = pl.DataFrame(
        {
            "town": [town for town, _ in seats],
            "grade": [grade for _, grade in seats],
            "seats": list(seats.values()),
        },
        schema_overrides=towns,
    )
    if not grades:
        candidates, quotas = candidates.drop("grade"), quotas.drop("grade")
    found = {"applicants": applicants, "candidates": candidates, "quotas": quotas}
    return Applications(**{**empty_tables(), **found}, ledgers={})


PEOPLE: dict[str, Person] = {
    **{f"e{n}": ("east", "first", 30) for n in range(1, 5)},  # 23 points
    "e5": ("east", "first", 12),  # 21.5
    "e6": ("east", "first", 1),  # 20
    **{f"w{n}": ("west", "first", 30) for n in range(1, 6)},  # 23 x 1.3 = 29.9
    "w6": ("west", "first", 12),  # 27.95
    "w7": ("west", "first", 1),  # 26
    **{f"n{n}": ("north", "first", 1) for n in range(1, 4)},  # 20
}
SEATS = {("east", "first"): 4, ("west", "first"): 5, ("north", "first"): 6}
"""North leaves three seats. Waiting, in one order: w6 27.95, w7 26, e5 21.5, e6 20."""


def second_of(decided: Round) -> set[str]:
    """Who was admitted by the second ranking."""
    names = decided.placement.outcome_names()
    placed = zip(decided.ground.people, names, decided.placement.decided, strict=True)
    return {who for who, outcome, stage in placed if outcome == "placed" and stage == 1}


@pytest.mark.parametrize(
    ("second", "entered"),
    [
        (
            SECOND + limit("floor"),
            {"w6", "e5"},
        ),  # 0.3 x 4 = 1.2 and 0.3 x 5 = 1.5: one of each, a seat is left
        (SECOND + limit("half_up"), {"w6", "w7", "e5"}),  # one and two
        (SECOND + limit("half_even"), {"w6", "w7", "e5"}),  # one and two
        (SECOND + limit("ceiling"), {"w6", "w7", "e5"}),  # two and two, but three seats
        (SECOND + limit("floor", "0.1"), set()),  # 0.4 and 0.5: nobody
        (SECOND, {"w6", "w7", "e5"}),
    ],
)
def test_what_a_town_leaves_goes_to_the_best_of_all_towns_within_their_shares(
    second: str, entered: set[str]
) -> None:
    decided = run_round(pack(second), config(), tables(PEOPLE, SEATS))

    assert second_of(decided) == entered
    assert decided.record.document["counts"]["seats_left"] == 3 - len(entered)
    results = checked(decided)
    assert (results["seats"], results["cutoffs"], results["outcomes"]) == ("holds",) * 3


def test_the_limit_of_the_second_ranking_is_published() -> None:
    decided = run_round(pack(SECOND + limit("floor")), config(), tables(PEOPLE, SEATS))

    cutoffs = pl.read_csv(bundle_files(decided.record, "public")["cutoffs.csv"]).filter(stage="second")
    assert cutoffs.select("seat", "seats", "admitted", "full", "last_admitted", "total").rows() == [
        ("*", 3, 2, False, "e5", 21.5)
    ]


def naive(decided: Round, seats: dict[str, int], share: str, mode: str, area: int | None) -> dict[str, int]:
    """The rule in a few lines: everybody's stage or -1; `area` is the part of a scope that must agree."""
    ranking = pl.read_csv(bundle_files(decided.record, "public")["ranking.csv"], infer_schema=False)
    order = sorted(ranking.iter_rows(named=True), key=lambda row: (-float(row["total"]), row["ticket"]))
    left, got = Counter(seats), dict.fromkeys(ranking["candidate"], -1)
    for row in order:
        if left[row["scope"]] > 0:
            left[row["scope"]] -= 1
            got[row["candidate"]] = 0
    entered: Counter[str] = Counter()
    for row in order:
        scope = row["scope"]
        mine = [other for other in left if area is None or other.split("/")[area] == scope.split("/")[area]]
        over, below = (int(part) for part in share.split("/"))
        may = entered[scope] < divided(seats[scope] * over, below, mode)  # type: ignore[arg-type]
        if got[row["candidate"]] < 0 and may and any(left[other] for other in mine):
            left[next(other for other in mine if left[other])] -= 1
            entered[scope] += 1
            got[row["candidate"]] = 1
    return got


persons = st.tuples(st.sampled_from(TOWNS), st.sampled_from(GRADES), st.sampled_from((1, 12, 12, 30)))


@pytest.mark.parametrize(("scope", "area"), [("[town]", None), ("[town, grade]", None), ("[town, grade]", 1)])
@given(
    st.lists(persons, min_size=1, max_size=16),
    st.lists(st.integers(0, 5), min_size=6, max_size=6),
    st.sampled_from((("0.1", "1/10"), ("0.25", "1/4"), ("0.5", "1/2"), ("1", "1/1"))),
    st.sampled_from(("floor", "ceiling", "half_up", "half_even")),
)
@COSTLY
def test_whatever_the_round_the_few_lines_and_the_verifier_agree(
    scope: str, area: int | None, people: list[Person], numbers: list[int], share: tuple[str, str], mode: str
) -> None:
    grades = "grade" in scope
    keys = [(town, grade) for town in TOWNS for grade in (GRADES if grades else GRADES[:1])]
    seats = dict(zip(keys, numbers, strict=False))
    second = SECOND if area is None else SECOND.replace("everywhere", "[grade]")
    named = {f"p{n:02d}": person for n, person in enumerate(people)}

    decided = run_round(
        pack(second + limit(mode, share[0]), scope), config(), tables(named, seats, grades=grades)
    )

    by_scope = {"/".join(key) if grades else key[0]: n for key, n in seats.items()}
    due = naive(decided, by_scope, share[1], mode, area)
    placed = decided.placement.outcome == 1
    found = {
        who: int(stage) if has else -1
        for who, stage, has in zip(decided.ground.people, decided.placement.decided, placed, strict=True)
    }
    assert found == due
    checked(decided)
    event(f"second ranking: {1 in due.values()}")


def test_a_place_for_somebody_beyond_the_share_fails_and_the_bundle_replays(tmp_path: Path) -> None:
    """w7 instead of e5, who has fewer points but the share of the east; all digests are computed again."""
    decided = run_round(pack(SECOND + limit("floor")), config(), tables(PEOPLE, SEATS))
    for form in ("public", "audit"):
        write_folder(tmp_path / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
    assert replay_bundle(tmp_path / "audit").same
    outcomes = tmp_path / "audit" / "outcomes.csv"
    text = outcomes.read_text()
    assert "e5,placed,second,,\n" in text
    assert "w7,waiting,second,,1\n" in text
    text = text.replace("e5,placed,second,,\n", "e5,waiting,second,,1\n").replace(
        "e6,waiting,second,,1", "e6,waiting,second,,2"
    )
    outcomes.write_text(text.replace("w7,waiting,second,,1\n", "w7,placed,second,,\n"), newline="")
    (tmp_path / "public" / "record.json").write_bytes(seal(tmp_path / "audit"))
    for file in PUBLIC:
        if (tmp_path / "audit" / file).exists():
            shutil.copy(tmp_path / "audit" / file, tmp_path / "public")

    for form in ("public", "audit"):
        report = verify(tmp_path / form, "en")
        failed = {check["name"]: check["detail"] for check in report.checks if check["result"] == "failed"}
        assert failed["seats"] == "* (3 seats): e5 (#5) must have one, w7 (#7) must not"


def letters(decided: Round, *who: str) -> list[tuple[Letter, LetterText]]:
    found = [Letters(decided, decided.record.digest).letter(one) for one in who]
    return [(letter, letter_text(letter, "en")) for letter in found]


def test_letters_say_who_was_admitted_second_and_what_kept_the_others_out() -> None:
    one = run_round(pack(SECOND + limit("floor")), config(), tables(PEOPLE, SEATS))
    two = run_round(pack(SECOND + limit("ceiling")), config(), tables(PEOPLE, SEATS))

    (_, placed), (_, beyond) = letters(one, "e5", "w7")
    ((_, behind),) = letters(two, "e6")

    assert placed.decision == "Decision: a seat in the second ranking (east)."
    assert beyond.not_given == (
        "west: 3.9 points below the last admitted.",
        "seats left in Tiny: at most 1 of this ranking may enter the second one, and as many stand ahead.",
    )
    assert behind.not_given[1] == "seats left in Tiny: 1.5 points below the last admitted."


def test_notice_report_explanation_and_announcement_tell_the_second_ranking(tmp_path: Path) -> None:
    decided = run_round(pack(SECOND + limit("floor")), config(), tables(PEOPLE, SEATS))
    write_folder(tmp_path, bundle_files(decided.record, "public"))
    policy = decided.pack.policy

    told = {section.scope: section_text(section, "en") for section in notice_of(decided).sections}
    outcome = read_outcome(tmp_path, policy, "e5")
    page = [line.text for part in announcement(policy, "en").sections for line in part.lines]

    assert told["east"] == (
        "4 seats, 6 ranked, 5 admitted; the last admitted had 21.5. Admitted in the second ranking: 1."
    )
    assert told["north"].endswith("not all seats were filled. Seats left for the second ranking: 3.")
    assert outcome is not None
    assert getattr(outcome, "second", False)
    assert figures_of(decided).counts["admitted"] == 14
    assert any(
        text.startswith("step 2: a second ranking: the seats left, all together, go to those still waiting")
        for text in page
    )
    assert any("at most as many people as 30% of its own seats (rounded down)" in text for text in page)


def test_people_equal_at_the_limit_of_their_share_are_named_where_ties_are_refused() -> None:
    """Two of the east are equal and one may enter."""
    people = {**PEOPLE, "e6": ("east", "first", 12)}
    second = pack(SECOND + limit("floor"))
    text = second.text.replace("ties: [lottery]", "ties: [refuse]")

    with pytest.raises(Refused) as error:
        run_round(load_pack(text, "tiny.yaml"), config(), tables(people, SEATS))

    assert "allocation.tie_refused" in str(error.value)


@pytest.mark.parametrize(
    ("second", "scope", "code"),
    [
        (SECOND.replace("everywhere", "[grade]"), "[town]", "pack.stage_area_facts"),
        (SECOND.replace("everywhere", "[town]"), "[town]", "pack.stage_area_facts"),
        (SECOND, "[]", "pack.stage_area_facts"),
        (SECOND + limit("floor", "0"), "[town]", "pack.at_most_share"),
        (SECOND + limit("floor", "1.1"), "[town]", "pack.at_most_share"),
        (SECOND + NEARBY, "[town]", "pack.stage_order"),
        (SECOND + "}\n" + 8 * " " + SECOND.replace("second", "third"), "[town]", "pack.stage_order"),
    ],
)
def test_a_second_ranking_that_cannot_be_is_named(second: str, scope: str, code: str) -> None:
    with pytest.raises(BadInput) as error:
        pack(second, scope)

    assert code in [problem.code for problem in error.value.problems]
