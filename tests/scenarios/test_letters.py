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
from residence.measures import sorted_spells
from scenarios.config import load_config
from scenarios.demo_rounds import synthetic_applications
from scenarios.letters import Letters
from scenarios.measured import measured_months
from scenarios.round import Round, run_round
from storage.packs import find_pack, read_pack
from tests.scenarios.cities import PLACE, ROOT, config_of, small_city, small_round, zhongshan_pack
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


@pytest.mark.parametrize("name", [ROUNDS[0], pytest.param(ROUNDS[1], marks=pytest.mark.slow)])
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


@pytest.mark.slow
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
            spells = {name: sorted_spells(ledger, pl.Series([subject])) for name, ledger in ledgers.items()}
            up_to = month_number(decided.facts.frame[rule.up_to or ""][pair])
            months = measured_months(rule, pl.Series([up_to]), spells)
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


@cache
def shipped_round(place: str, name: str) -> Round:
    """A shipped housing round on as many synthetic families as its demonstration has."""
    folder = ROOT / "policies" / place / "rounds" / name
    config = load_config((folder / "round.yaml").read_text("utf-8"), "round.yaml")
    pack = read_pack(find_pack(config.policy, base=folder, as_of=config.as_of))
    quotas = pl.read_csv(folder.parent / name.removesuffix("-flats") / "quotas.csv")
    families = 1_400 if place == "zhongshan" else 900
    return run_round(pack, config, synthetic_applications(pack, config, quotas, seed=4, families=families))


HOUSING = (("zhongshan", "2016-housing"), ("zhongshan", "2016-housing-flats"), ("beijing", "2012-draw"))


@pytest.mark.slow
@pytest.mark.parametrize(("place", "name"), HOUSING)
def test_housing_rounds_have_letters_for_everybody(place: str, name: str) -> None:
    """Quotas without flats, flats by size, a draw without points: each outcome in both languages."""
    decided = shipped_round(place, name)
    letters = Letters(decided, decided.record.digest)
    outcomes = dict(published_in(decided, "outcomes").select("candidate", "outcome").rows())
    statuses = dict(published_in(decided, "excluded").select("candidate", "status").rows())
    for candidate in letters.candidates:
        letter = letters.letter(candidate)
        texts = [letter_text(letter, lang) for lang in LANGUAGES]
        assert all(text.decision and "{" not in text.decision for text in texts)
        if candidate in outcomes:
            assert letter.outcome is not None
            assert letter.outcome.outcome == outcomes[candidate]
        else:
            assert letter.outcome is None
            assert texts[0].reasons
            assert (letter.not_called is not None) == (statuses[candidate] == "not_called")


def test_whoever_was_not_called_in_learns_the_own_place_and_how_many_were() -> None:
    decided = shipped_round("beijing", "2012-draw")
    letters = Letters(decided, decided.record.digest)
    table = published_in(decided, "call_in")
    called = dict(table.filter(pl.col("called") == "true")["scope"].value_counts().rows())
    waited = published_in(decided, "excluded").filter(pl.col("status") == "not_called")
    out = table.filter(pl.col("called") == "false").join(waited.select("candidate"), on="candidate")

    assert out.height
    for row in out.head(50).iter_rows(named=True):
        told = letters.letter(row["candidate"]).not_called
        assert told is not None
        assert (str(told.place), told.day.isoformat(), told.called) == (
            row["place"], row["by"], called[row["scope"]]
        )  # fmt: skip


def test_a_flat_that_does_not_fit_is_never_called_nearer() -> None:
    """Only sizes the household may have; and the reasons of a draw name groups and sizes by their titles."""
    decided = shipped_round("zhongshan", "2016-housing-flats")
    letters, fits = Letters(decided, decided.record.digest), decided.ground.fits
    assert fits is not None
    types = dict(decided.ground.tables.offers.select("name", pl.col("type").cast(pl.String)).rows())
    households = dict(zip(decided.ground.people, decided.ground.candidates[fits.fact], strict=True))
    nearer = 0
    for candidate, household in households.items():
        for other in letters.letter(candidate).nearer:
            assert types[other.name] in fits.allowed[household]
            assert other.left == 0
            nearer += 1
    assert nearer


def test_the_reasons_of_a_draw_name_groups_and_sizes_by_their_titles() -> None:
    decided = shipped_round("beijing", "2012-draw")
    letters = Letters(decided, decided.record.digest)
    told = [item.reason for person in decided.ground.people for item in letters.letter(person).not_given]

    reasons = {reason["reason"] for reason in told}
    assert {"behind_class", "lottery_lost", "nothing_left"} <= reasons
    assert not reasons & {"lower_tier", "ineligible", "no_seats"}
    assert {reason["title"].en for reason in told if reason["reason"] == "behind_class"} == {
        "priority families"
    }


def test_the_reasons_of_a_draw_are_true_of_the_published_holders() -> None:
    """Behind by class or lot: behind everybody who holds the flat. A seat passed on went to one behind."""
    decided = shipped_round("beijing", "2012-draw")
    letters, found = Letters(decided, decided.record.digest), set()
    ranking = {row["candidate"]: row for row in published_in(decided, "ranking").iter_rows(named=True)}
    offers = {row["name"]: row for row in published_in(decided, "offers").iter_rows(named=True)}
    worst: dict[tuple[str, str], tuple[str, str]] = {}
    for row in published_in(decided, "outcomes").filter(pl.col("outcome") == "placed").iter_rows(named=True):
        key = (ranking[row["candidate"]]["priority"], ranking[row["candidate"]]["ticket"])
        held = (row["stage"], row["offer"])
        worst[held] = max(worst.get(held, key), key)
    for person in decided.ground.people:
        own = (ranking[person]["priority"], ranking[person]["ticket"])
        for item in letters.letter(person).not_given:
            offer = offers[item.name.zh]
            stage = "choice" if offer["scope"] == ranking[person]["scope"] else "surplus"
            reason, last = item.reason["reason"], worst.get((stage, offer["offer"]))
            if reason in ("behind_class", "lottery_lost", "passed_on"):
                assert last is not None
                assert (own < last) == (reason == "passed_on")
                assert (own[0] != last[0]) or reason != "behind_class"
                found.add(reason)
    assert {"behind_class", "lottery_lost", "passed_on"} == found


def published_in(decided: Round, table: str) -> pl.DataFrame:
    return pl.read_csv(decided.record.files[f"{table}.csv"], infer_schema=False)
