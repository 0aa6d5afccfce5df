"""The main path: the procedure of the Zhongshan rules, and what must never change a result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from scenarios.config import RoundConfig
from scenarios.round import Round, run_round
from scenarios.tables import Applications
from tests.scenarios.cities import config_of, small_city, small_round, zhongshan_pack
from values.problems import BadInput

ROUNDS = ("2015-school", "2015-school-wishes")


def run(tables: Applications, name: str = "2015-school", config: RoundConfig | None = None) -> Round:
    return run_round(zhongshan_pack(), config or config_of(name), tables)


def shuffled(tables: Applications, seed: int) -> Applications:
    mixed = {
        name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in tables.tables().items()
    }
    ledgers = {name: mixed.pop(name) for name in tables.ledgers}
    return Applications(**mixed, ledgers=ledgers)


@pytest.mark.parametrize("name", ROUNDS)
def test_the_order_of_rows_changes_no_byte_of_the_record(name: str) -> None:
    """Every table shuffled gives the same record."""
    again = run(shuffled(small_city(name), 3), name)

    assert again.record.to_json() == small_round(name).record.to_json()


@pytest.mark.parametrize("name", ROUNDS)
def test_every_promised_law_holds_in_every_stage(name: str) -> None:
    """Nothing reaches a record that its mechanism promises and does not keep."""
    for result in small_round(name).placement.results:
        assert not [law for law, found in result.laws.items() if found.is_violated]


def test_the_best_ranked_of_each_town_are_inside_the_quota() -> None:
    """Detail rules art. 9(3): town by town down the ranking, up to the published number of seats."""
    decided = small_round()
    ground, inside = decided.ground, decided.placement.outcome > 0

    for index, scope in enumerate(ground.scopes):
        here = ground.person_scope == index
        seats = int(ground.quotas.filter(pl.col("scope") == scope)["seats"][0])
        positions = np.sort(ground.priority.position[here & inside])
        assert positions.tolist() == list(range(1, min(seats, int(here.sum())) + 1))


def test_everyone_inside_the_quota_gets_a_school_of_the_own_town_and_stage() -> None:
    """Art. 9(3): placed inside the town; no school takes more than its seats."""
    decided = small_round()
    ground, offer = decided.ground, decided.placement.offer
    placed = offer >= 0

    assert (ground.offer_scope[offer[placed]] == ground.person_scope[placed]).all()
    taken = np.bincount(offer[placed], minlength=ground.offers.height)
    assert (taken <= ground.offers["seats"].to_numpy()).all()
    assert (placed == (decided.placement.outcome > 0)).all()


def test_a_refusal_gives_the_place_up_and_moves_nobody_else() -> None:
    """Art. 9(3): whoever refuses is recorded as giving up; the seat stays empty."""
    tables = small_city()
    before = small_round()
    person = before.ground.people[int(np.flatnonzero(before.placement.outcome == 1)[0])]
    refusals = pl.concat([tables.refusals, pl.DataFrame({"candidate": [person]})])

    after = run(replace(tables, refusals=refusals))

    index = after.ground.people.index(person)
    assert after.placement.outcome_names()[index] == "gave_up"
    others = np.arange(len(after.ground.people)) != index
    assert (after.placement.offer == before.placement.offer).all()
    assert (after.placement.outcome[others] == before.placement.outcome[others]).all()


def test_a_child_carries_the_better_parent_that_may_take_part() -> None:
    """Art. 9(4): one parent's points; a barred or ineligible parent does not stand in the other's way."""
    decided = small_round()
    facts, standings = decided.facts, decided.standings
    totals = decided.scores.totals["total"]

    for candidate in standings.eligible:
        pairs = np.flatnonzero(facts.candidate_row == candidate)
        able = [totals[int(pair)] for pair in pairs if standings.pair_status[pair] == 0]
        assert totals[int(standings.pair[candidate])] == max(able)


def test_equal_people_are_separated_by_tickets_alone() -> None:
    """Twins are equal on every key and the filing time; their order follows their tickets."""
    decided = small_round()
    ranking, priority = decided.ground.ranking, decided.ground.priority
    assert priority.tickets is not None
    tied = np.flatnonzero((np.diff(ranking.group) == 0) & (np.diff(ranking.scope) == 0))

    assert tied.size > 0
    for row in tied:
        first, second = (priority.tickets[index].tobytes() for index in (row, row + 1))
        assert (first < second) == (priority.position[row] < priority.position[row + 1])


def test_another_draw_moves_only_people_who_are_equal() -> None:
    """Chance never decides between people whom a key separates."""
    config = config_of("2015-school")
    assert config.draw is not None
    other = replace_draw(config, "another draw")

    again = run(small_city(), config=other)

    before = small_round().ground
    assert again.ground.people == before.people
    assert (again.ground.ranking.group == before.ranking.group).all()
    assert (again.ground.priority.order == before.priority.order).all()


def replace_draw(config: RoundConfig, draw_id: str) -> RoundConfig:
    assert config.draw is not None
    return config.model_copy(update={"draw": config.draw.model_copy(update={"id": draw_id})})


def test_wishes_are_served_before_the_rest_is_placed_nearby() -> None:
    """The illustrative configuration: nobody who got a wish is moved by the redistribution."""
    decided = small_round("2015-school-wishes")
    wishes, placement = decided.placement.results[0], decided.placement

    got = wishes.assigned >= 0
    assert got.any()
    assert (placement.offer[got] == wishes.assigned[got]).all()
    assert (placement.decided[got] == 0).all()
    assert (placement.decided[~got] == 1).all()


def test_the_illustrative_configuration_says_so_in_the_record() -> None:
    """A configuration that no city published never looks official."""
    assert small_round("2015-school-wishes").record.document["policy"]["status"] == "illustrative"
    assert small_round().record.document["policy"]["status"] == "historic"
    assert small_round().record.document["round"]["illustrative"]


def test_a_round_in_which_nobody_is_eligible_is_refused_with_the_reasons() -> None:
    """No empty ranking is published."""
    tables = small_city()
    nobody = tables.applicants.with_columns(residence_permit=pl.lit(False))

    with pytest.raises(BadInput) as error:
        run(replace(tables, applicants=nobody))

    (problem,) = error.value.problems
    assert problem.code == "round.nobody_eligible"
    assert "residence_permit" in dict(problem.params)["reasons"]


def damaged(tables: Applications) -> dict[str, Applications]:
    """Tables with one slip each, by the code that names it."""
    first = tables.candidates["candidate"][0]
    wish = tables.preferences.row(0, named=True)
    stranger = pl.DataFrame([{**wish, "candidate": "nobody", "rank": 9}], schema=tables.preferences.schema)
    nowhere = pl.DataFrame([{**wish, "offer": "nowhere", "rank": 4}], schema=tables.preferences.schema)
    twice = pl.DataFrame([{**wish, "rank": 4}], schema=tables.preferences.schema)
    return {
        "round.unknown_candidate": replace(tables, preferences=pl.concat([tables.preferences, stranger])),
        "round.unknown_offer": replace(tables, preferences=pl.concat([tables.preferences, nowhere])),
        "round.wish_twice": replace(tables, preferences=pl.concat([tables.preferences, twice])),
        "round.seats_differ": replace(tables, offers=tables.offers.with_columns(pl.col("seats") + 1)),
        "round.scope_without_quota": replace(tables, quotas=tables.quotas[1:]),
        "round.filed_at_seconds": replace(
            tables, candidates=tables.candidates.with_columns(pl.col("filed_at") + pl.duration(seconds=1))
        ),
        "facts.unknown_subject": replace(tables, applicants=tables.applicants[:-1]),
        "facts.ledger_missing": replace(tables, ledgers={}),
        "facts.no_candidates": replace(
            tables, candidates=tables.candidates.filter(pl.col("candidate") != first)[:0]
        ),
    }


@pytest.mark.parametrize("code", sorted(damaged(small_city("2015-school-wishes"))))
def test_tables_that_do_not_fit_each_other_are_refused(code: str) -> None:
    """Every broken link is named before anyone is scored."""
    tables = damaged(small_city("2015-school-wishes"))[code]
    if code == "facts.no_candidates":
        tables = replace(tables, preferences=tables.preferences[:0], refusals=tables.refusals[:0])

    with pytest.raises(BadInput) as error:
        run(tables, "2015-school-wishes")

    assert code in {problem.code for problem in error.value.problems}


def test_wishes_for_a_service_that_takes_none_are_refused() -> None:
    """The official procedure takes no wishes; a table of wishes would be believed to count."""
    tables = replace(small_city(), preferences=small_city("2015-school-wishes").preferences)

    with pytest.raises(BadInput) as error:
        run(tables)

    assert "round.wishes_not_taken" in {problem.code for problem in error.value.problems}


def test_a_lottery_without_a_declared_draw_is_refused() -> None:
    """The pack settles the last ties by lottery, so the round must say which draw."""
    with pytest.raises(BadInput) as error:
        run(small_city(), config=config_of("2015-school").model_copy(update={"draw": None}))

    assert [problem.code for problem in error.value.problems] == ["round.draw_missing"]
