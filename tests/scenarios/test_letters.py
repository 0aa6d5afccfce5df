"""Decision letters: every applicant has one, and everything in it is what the round decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np
import polars as pl
import pytest

from allocation.distance import metres_between
from publication.letter import Letter, letter_text
from publication.letter_page import letter_html
from publication.messages import LANGUAGES
from residence.measures import months_covered, sorted_spells
from scenarios.demo_rounds import synthetic_applications
from scenarios.letters import Letters
from scenarios.measured import spells_of
from scenarios.round import Round, run_round
from tests.scenarios.cities import PLACE, config_of, small_city, small_round, zhongshan_pack
from values.dates import month_number
from values.problems import BadInput

ROUNDS = ("2015-school", "2015-school-wishes")
ID_NUMBER = "11010519491231002X"  # the specimen number of GB 11643


@cache
def letters_of(name: str) -> Letters:
    decided = small_round(name)
    return Letters(decided, decided.record.digest)


@cache
def everybody(name: str) -> dict[str, Letter]:
    letters = letters_of(name)
    return {candidate: letters.letter(candidate) for candidate in letters.candidates}


@cache
def round_of_many_schools(name: str) -> Round:
    """Two towns with some schools each."""
    quotas = pl.read_csv(PLACE / "rounds" / "2015-school" / "quotas.csv")
    two = quotas.filter(pl.col("town").is_in(["dongsheng", "huangpu"])).with_columns(pl.col("seats") // 2)
    pack, config = zhongshan_pack(), config_of(name)
    city = synthetic_applications(pack, config, two, seed=3, families=900)
    return run_round(pack, config, city)


def published(name: str, table: str) -> list[dict[str, str]]:
    return pl.read_csv(small_round(name).record.files[f"{table}.csv"], infer_schema=False).rows(named=True)


def ranked(name: str) -> Iterator[Letter]:
    return (letter for letter in everybody(name).values() if letter.outcome is not None)


@pytest.mark.parametrize("name", ROUNDS)
def test_every_letter_says_what_was_published(name: str) -> None:
    """Outcome, place, waiting number, rank, position and total are those of the bundle's tables."""
    letters, offers = everybody(name), {row["offer"]: row["name"] for row in published(name, "offers")}
    ranking = {row["candidate"]: row for row in published(name, "ranking")}

    for row in published(name, "outcomes"):
        letter, standing = letters[row["candidate"]], ranking[row["candidate"]]
        outcome = letter.outcome
        assert outcome is not None
        assert (outcome.outcome, outcome.offer) == (row["outcome"], offers.get(row["offer"], ""))
        assert outcome.waiting == (int(row["waiting"]) if row["waiting"] else None)
        assert (str(outcome.rank), str(outcome.position)) == (standing["rank"], standing["position"])
        assert f"{standing['total']}" in dict(letter_text(letter, "zh").facts)["总分"]


@pytest.mark.parametrize("name", ROUNDS)
def test_whoever_is_not_ranked_gets_a_letter_with_every_reason(name: str) -> None:
    """Status, codes and clauses of all scored people of the candidate, as in excluded.csv."""
    for row in published(name, "excluded"):
        letter = everybody(name)[row["candidate"]]
        codes = {reason.code for sheet in (letter.explanation, *letter.others) for reason in sheet.reasons}

        assert letter.outcome is None
        assert letter.explanation.status == row["status"]
        assert codes == set(row["reasons"].split("|"))
        page = letter_html(letter_text(letter, "en"))
        assert all(f"(code {reason.code})" in page for reason in letter.explanation.reasons)
        unknown = any(
            fact.value_text is None for reason in letter.explanation.reasons for fact in reason.facts
        )
        assert ("What is missing" in page) == (unknown or row["status"] == "pending")


@pytest.mark.parametrize("name", ROUNDS)
def test_the_places_called_nearer_are_exactly_those_that_lie_nearer(name: str) -> None:
    """Against distances computed one by one; and every one of them is full."""
    decided, found = round_of_many_schools(name), 0
    letters = Letters(decided, decided.record.digest)
    distance = [result.stage.cost == "distance" for result in decided.placement.results]
    tables = decided.ground.tables
    homes = {row["candidate"]: row for row in tables.candidates.iter_rows(named=True)}
    schools = list(tables.offers.iter_rows(named=True))
    for place, candidate in enumerate(decided.ground.people):
        letter = letters.letter(candidate)
        assert letter.outcome is not None
        home = homes[letter.explanation.candidate]
        ways = {
            school["name"]: metres_between(
                home["longitude"], home["latitude"], school["longitude"], school["latitude"]
            )
            for school in schools
            if (school["town"], school["stage"]) == (home["town"], home["stage"])
        }
        own = ways.get(letter.outcome.offer)
        by_distance = own is not None and distance[decided.placement.decided[place]]
        nearer = {name: way for name, way in ways.items() if by_distance and own is not None and way < own}
        assert {other.name: other.metres for other in letter.nearer} == nearer
        assert letter.metres == own
        assert all(other.left == 0 for other in letter.nearer)
        found += len(letter.nearer)
    assert found


def test_points_short_of_the_last_admitted_are_the_difference_of_the_published_totals() -> None:
    """By which figure the seat of the own ranking was lost: the total, a key, or the lot."""
    cutoffs = {row["seat"]: row for row in published("2015-school", "cutoffs")}
    ranking = {row["candidate"]: row for row in published("2015-school", "ranking")}
    seen = set()
    for letter in ranked("2015-school"):
        assert letter.outcome is not None
        if letter.outcome.outcome != "waiting":
            assert letter.not_given == ()
            continue
        (seat,) = letter.not_given
        own = ranking[letter.explanation.candidate]
        last = cutoffs[own["scope"]]
        seen.add(seat.reason["reason"])
        if own["total"] != last["total"]:
            assert seat.reason["reason"] == "below_cutoff"
            assert Decimal(seat.reason["by"]) == Decimal(last["total"]) - Decimal(own["total"])
        elif all(own[key] == last[key] for key in ("personal_quality", "insurance", "residence", "filed_at")):
            assert seat.reason["reason"] == "lottery_lost"
            assert letter.ticket == own["ticket"] > last["ticket"]
        else:
            assert seat.reason["reason"] == "tie_key_lost"
    assert {"below_cutoff", "tie_key_lost", "lottery_lost"} <= seen


def test_every_wish_liked_better_than_the_place_has_a_reason_and_no_other() -> None:
    """In the order of the list; whoever has no place at all is told so of the nearby places too."""
    wishes: dict[str, list[tuple[int, str]]] = {}
    for row in published("2015-school-wishes", "preferences"):
        wishes.setdefault(row["candidate"], []).append((int(row["rank"]), row["offer"]))
    names = {row["offer"]: row["name"] for row in published("2015-school-wishes", "offers")}
    for letter in ranked("2015-school-wishes"):
        assert letter.outcome is not None
        filed = sorted(wishes.get(letter.explanation.candidate, []))
        held = [rank for rank, offer in filed if names[offer] == letter.outcome.offer]
        better = [
            (rank, names[offer])
            for rank, offer in filed
            if not (held and rank >= held[0] and letter.outcome.offer)
        ]
        told = [(item.wish, item.name.zh) for item in letter.not_given if item.wish is not None]
        assert told == better
        unplaced = [item.reason["reason"] for item in letter.not_given if item.wish is None]
        assert unplaced == ([] if letter.outcome.offer else ["no_place_left"])


def test_the_months_shown_are_those_of_the_policys_ledgers() -> None:
    """Every measure of the scored person, against the columns that were scored."""
    decided = small_round()
    policy, ledgers = decided.pack.policy, decided.ground.tables.ledgers
    subjects = decided.facts.subjects
    for letter in list(everybody("2015-school").values())[:40]:
        subject = letter.explanation.subject
        pair = int(np.flatnonzero(decided.facts.subject_row == subjects.index_of(subject))[0])
        for trace in letter.months:
            rule = next(rule for rule in policy.derived.values() if rule.title == trace.title)
            rows = sorted_spells(spells_of(rule, ledgers[rule.months_in or ""]), pl.Series([subject]))
            up_to = month_number(decided.facts.frame[rule.up_to or ""][pair])
            assert rule.bridged_months is not None
            assert rule.on_break is not None
            months = months_covered(
                rows, pl.Series([up_to]), bridge=rule.bridge, bridged_months=rule.bridged_months,
                on_break=rule.on_break,
            )  # fmt: skip
            assert trace.months == min(int(months[0]), rule.maximum)


@pytest.mark.parametrize("name", ROUNDS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_letter_names_the_person_the_way_to_object_and_the_record(name: str, lang: str) -> None:
    """Full name, first and last day, office, contact, digest, and what in the round is not real."""
    config = config_of(name)
    for letter in list(everybody(name).values())[:60]:
        page = letter_html(letter_text(letter, "zh" if lang == "zh" else "en"))
        assert letter.name in page
        assert ("2015年6月8日" if lang == "zh" else "8 June 2015") in page
        assert getattr(config.notice.contact, lang) in page
        assert letter.notice.record_digest in page
        assert config.illustrative is not None
        assert getattr(config.illustrative, lang) in page
        assert f'data-mark="{"示例，非正式结果" if lang == "zh" else "Illustration, not official"}"' in page


def test_a_round_without_the_mark_has_letters_without_it() -> None:
    config = config_of("2015-school").model_copy(update={"illustrative": None})
    decided = run_round(zhongshan_pack(), config, small_city())
    letters = Letters(decided, decided.record.digest)

    page = letter_html(letter_text(letters.letter(letters.candidates[0]), "en"))

    assert "data-mark=" not in page
    assert 'class="banner"' not in page


@pytest.mark.parametrize("field", ["name", "candidate", "subject"])
def test_a_letter_that_would_show_an_id_number_is_refused(field: str) -> None:
    """Whatever else is in it; the number itself is not repeated."""
    letter = next(ranked("2015-school"))
    changed = replace(letter, name=f"李 {ID_NUMBER}")
    if field != "name":
        changed = replace(letter, explanation=replace(letter.explanation, **{field: ID_NUMBER}))  # type: ignore[arg-type]

    with pytest.raises(BadInput) as error:
        letter_text(changed, "zh")

    assert {problem.code for problem in error.value.problems} == {"publication.id_number"}
    assert all(ID_NUMBER not in text for problem in error.value.problems for _, text in problem.params)


def test_markup_in_a_name_is_shown_as_text() -> None:
    letter = replace(next(ranked("2015-school")), name="<script>alert(1)</script>")

    assert "<script>" not in letter_html(letter_text(letter, "zh"))


def test_nobody_of_that_name_has_no_letter() -> None:
    with pytest.raises(BadInput) as error:
        letters_of("2015-school").letter("nobody")

    assert [problem.code for problem in error.value.problems] == ["facts.nobody_of_that_name"]
