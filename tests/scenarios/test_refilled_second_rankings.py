"""Places given up after a second ranking: to the next of the ranking that gave them, or all to the second."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from publication.announcement import announcement
from publication.bundle import bundle_files
from publication.record import make_record
from scenarios.figures import figures_of
from scenarios.letters import Letters
from scenarios.notices import notice_of
from scenarios.record_parts import record_parts
from scenarios.round import Round, run_round
from scoring.pack import Pack, load_pack
from scoring.rounding import divided
from tests.effort import COSTLY
from tests.scenarios.staged import failed, outcomes, replayed, swapped
from tests.scenarios.test_other_policies import config
from tests.scenarios.test_second_rankings import (
    GRADES,
    PEOPLE,
    SEATS,
    SECOND,
    TOWNS,
    Person,
    letters,
    limit,
    pack,
    persons,
    tables,
)
from tests.scenarios.test_wish_rounds import checked
from values.problems import BadInput

BOTH, ALL = "refill: true", "refill: true, refill_from: second"


def refilled(rule: str, second: str = SECOND + limit("floor"), scope: str = "[town]") -> Pack:
    """The small pack with a second ranking and this rule for places given up."""
    return load_pack(pack(second, scope).text.replace("refill: false", rule), "tiny.yaml")


def decided(
    rule: str,
    people: dict[str, Person],
    seats: dict[tuple[str, str], int],
    refuse: set[str],
    *,
    second: str = SECOND + limit("floor"),
    scope: str = "[town]",
) -> Round:
    given_tables = tables(people, seats, grades="grade" in scope)
    refusals = pl.DataFrame({"candidate": sorted(refuse)}, schema={"candidate": pl.String})
    return run_round(refilled(rule, second, scope), config(), replace(given_tables, refusals=refusals))


def those(round_: Round) -> dict[str, set[str]]:
    """By outcome, stage and run who has it, but for the many of the first run."""
    stages = [result.stage.name for result in round_.placement.results]
    found: dict[str, set[str]] = {}
    rows = zip(outcomes(round_).items(), round_.placement.decided.tolist(), strict=True)
    for (who, (outcome, _, run)), stage in rows:
        if (outcome, stages[stage], run) != ("placed", "selection", 1):
            name = outcome if outcome == "waiting" else f"{outcome}: {stages[stage]} {run}".strip()
            found.setdefault(name, set()).add(who)
    return found


def test_a_place_goes_to_the_next_of_the_ranking_that_gave_it() -> None:
    """e1 (first ranking) and w6 (second) refuse: e6 is next in the east, w7 in the second ranking.

    The west's one place in the second ranking is free again, as w6 does not keep it; the east's is e5's.
    """
    round_ = decided(BOTH, PEOPLE, SEATS, {"e1", "w6"})

    assert those(round_) == {
        "gave_up: selection 1": {"e1"},
        "gave_up: second 1": {"w6"},
        "placed: second 1": {"e5"},
        "placed: selection 2": {"e6"},
        "placed: second 2": {"w7"},
    }
    checked(round_)
    assert replayed(round_)


def test_every_place_goes_to_the_second_ranking_where_the_policy_says_so() -> None:
    """The east's own place is no longer its own: e5 fills the east's share, so e6 waits."""
    round_ = decided(ALL, PEOPLE, SEATS, {"e1", "w6"})

    assert those(round_) == {
        "gave_up: selection 1": {"e1"},
        "gave_up: second 1": {"w6"},
        "placed: second 1": {"e5"},
        "placed: second 2": {"w7"},
        "waiting": {"e6"},
    }
    checked(round_)
    assert replayed(round_)


def test_cut_offs_tell_what_the_first_ranking_leaves_in_the_end() -> None:
    """North leaves three; where all goes to the second ranking, e1's seat is a fourth."""
    lines = {}
    for rule in (BOTH, ALL):
        round_ = decided(rule, PEOPLE, SEATS, {"e1", "w6"})
        table = pl.read_csv(bundle_files(round_.record, "public")["cutoffs.csv"])
        shown = table.filter((pl.col("seat") == "east") | (pl.col("stage") == "second"))
        lines[rule] = shown.select("seat", "seats", "admitted", "full", "last_admitted").rows()

    assert lines[BOTH] == [("east", 4, 4, True, "e6"), ("*", 3, 2, False, "e5")]
    assert lines[ALL] == [("east", 4, 3, False, lines[ALL][0][4]), ("*", 4, 2, False, "e5")]


def test_what_the_first_ranking_does_not_need_goes_on_to_the_second() -> None:
    """n1 gives up and nobody else waits in the north: a fourth seat of all, for w7 beside w6 and e5."""
    round_ = decided(BOTH, PEOPLE, SEATS, {"n1"}, second=SECOND)

    assert those(round_) == {
        "gave_up: selection 1": {"n1"},
        "placed: second 1": {"w6", "w7", "e5"},
        "placed: second 2": {"e6"},
    }
    checked(round_)


def naive(
    round_: Round, seats: dict[str, int], share: tuple[int, int], mode: str, area: int | None
) -> dict[str, tuple[str, int]]:
    """The rule in a few lines: by person the ranking that gave a place ("" for none) and the run."""
    rule = round_.pack.policy.services["school"].allocation.refusal
    ranking = pl.read_csv(bundle_files(round_.record, "public")["ranking.csv"], infer_schema=False)
    order = sorted(ranking.iter_rows(named=True), key=lambda row: (-float(row["total"]), row["ticket"]))
    scope_of = {row["candidate"]: row["scope"] for row in order}
    refuse, gone, got = (
        set(round_.ground.tables.refusals["candidate"]),
        set[str](),
        dict.fromkeys(scope_of, ("", 0)),
    )

    def part(scope: str) -> str:
        return "" if area is None else scope.split("/")[area]

    def hold() -> Counter[tuple[str, str]]:
        return Counter((got[who][0], scope_of[who]) for who in scope_of if got[who][1] and who not in gone)

    for run in range(1, len(order) + 2):
        for stage in ("selection", "second"):
            if stage == "selection" and run > 1 and rule.refill_from:
                continue
            for who, scope in scope_of.items():
                held = hold()
                near = [other for other in seats if part(other) == part(scope)]
                free = sum(seats[o] - held["selection", o] - held["second", o] for o in near)
                may = held["second", scope] < divided(seats[scope] * share[0], share[1], mode)  # type: ignore[arg-type]
                if stage == "selection":
                    free, may = seats[scope] - held["selection", scope], True
                if not got[who][1] and free > 0 and may:
                    got[who] = (stage, run)
        new = {who for who in refuse - gone if got.get(who, ("", 0))[1]}
        gone |= new
        if not new:
            break
    return got


@pytest.mark.parametrize("rule", [BOTH, ALL])
@pytest.mark.parametrize(("scope", "area"), [("[town]", None), ("[town, grade]", None), ("[town, grade]", 1)])
@given(
    st.lists(persons, min_size=1, max_size=14),
    st.lists(st.integers(0, 4), min_size=6, max_size=6),
    st.sampled_from((("0.25", (1, 4)), ("0.5", (1, 2)), ("1", (1, 1)))),
    st.sampled_from(("floor", "ceiling", "half_up", "half_even")),
    st.sets(st.integers(0, 13), max_size=8),
)
@COSTLY
def test_whatever_the_round_the_few_lines_and_the_verifier_agree(
    rule: str,
    scope: str,
    area: int | None,
    people: list[Person],
    numbers: list[int],
    share: tuple[str, tuple[int, int]],
    mode: str,
    refusing: set[int],
) -> None:
    grades = "grade" in scope
    keys = [(town, grade) for town in TOWNS for grade in (GRADES if grades else GRADES[:1])]
    seats = dict(zip(keys, numbers, strict=False))
    named = {f"p{n:02d}": person for n, person in enumerate(people)}
    second = (SECOND if area is None else SECOND.replace("everywhere", "[grade]")) + limit(mode, share[0])
    refuse = {f"p{n:02d}" for n in refusing if n < len(people)}

    round_ = decided(rule, named, seats, refuse, second=second, scope=scope)

    due = naive(
        round_, {"/".join(key) if grades else key[0]: n for key, n in seats.items()}, share[1], mode, area
    )
    names = [result.stage.name for result in round_.placement.results]
    placed = zip(round_.ground.people, round_.placement.decided, round_.placement.run.tolist(), strict=True)
    assert {who: (names[stage] if run else "", run) for who, stage, run in placed} == due
    gave_up = {who for who, (outcome, *_) in outcomes(round_).items() if outcome == "gave_up"}
    assert gave_up == {who for who in refuse if due[who][1]}
    checked(round_)
    for who in named:
        letters(round_, who)
    notice_of(round_)
    figures_of(round_)
    event(f"runs: {max(run for _, run in due.values())}")
    event(f"second ranking again: {any(stage == 'second' and run > 1 for stage, run in due.values())}")


@pytest.mark.parametrize("rule", [BOTH, ALL])
def test_two_people_who_traded_places_are_found(rule: str) -> None:
    round_ = decided(rule, PEOPLE, SEATS, {"e1", "w6"})
    forged = swapped(round_)

    assert forged is not None
    assert failed(forged)
    assert not failed(round_)


def moved(round_: Round, who: str, **told: int) -> Round:
    """The same round with another stage or run told of somebody."""
    placement, at = round_.placement, round_.ground.people.index(who)
    columns = {name: getattr(placement, name).copy() for name in told}
    for name, value in told.items():
        columns[name][at] = value
    forged = replace(round_, placement=replace(placement, **columns))
    return replace(forged, record=make_record(record_parts(forged)))


def test_the_run_and_the_ranking_that_gave_a_place_are_checked() -> None:
    """e6 has the east's own place in the second run: not that of the second ranking, nor earlier or later."""
    round_ = decided(BOTH, PEOPLE, SEATS, {"e1", "w6"})

    for told in ({"decided": 1}, {"run": 1}, {"run": 3}, {"run": 9}):
        assert "seats" in failed(moved(round_, "e6", **told)), told
    other = decided(ALL, PEOPLE, SEATS, {"e1", "w6"})
    assert "seats" in failed(moved(other, "w7", decided=0))


def test_letters_say_where_the_places_went() -> None:
    both, every = (decided(rule, PEOPLE, SEATS, {"e1", "w6"}) for rule in (BOTH, ALL))

    ((_, early),) = letters(both, "e5")
    ((_, out),) = letters(every, "e6")

    assert early.not_given == (
        "east: it was full when the turn came; a seat given up later went to somebody still waiting.",
    )
    assert out.not_given == (
        "east: a seat of this ranking that was given up went to the second ranking, "
        "not to the next of this one.",
        "seats left in Tiny: at most 1 of this ranking may enter the second one, and as many stand ahead.",
    )
    assert Letters(every, every.record.digest).letter("e1").not_given == ()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (BOTH, "a place given up goes to the next of the ranking that gave it"),
        (ALL, "every place given up goes to the second ranking and to its next"),
    ],
)
def test_the_announcement_says_whose_a_place_given_up_is(rule: str, said: str) -> None:
    page = announcement(refilled(rule).policy, "en")

    assert any(line.text.startswith(said) for part in page.sections for line in part.lines)


@pytest.mark.parametrize(
    ("rule", "second"),
    [
        ("refill: false, refill_from: second", SECOND),
        ("refill: true, refill_from: selection", SECOND),
        ("refill: true, refill_from: third", SECOND),
        (
            "refill: true, refill_from: nearby",
            "- {name: nearby, mechanism: redistribution, seats: offers, cost: distance",
        ),
    ],
)
def test_only_a_second_ranking_can_be_where_places_given_up_go(rule: str, second: str) -> None:
    with pytest.raises(BadInput) as error:
        refilled(rule, second)

    assert "pack.refill_from" in [problem.code for problem in error.value.problems]
