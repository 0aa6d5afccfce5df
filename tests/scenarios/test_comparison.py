"""Comparisons: every change has its mirror image, every count its whole."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from scenarios.comparison import CHANGES, compare
from scenarios.groups import groups_of
from scenarios.what_if import what_if
from tests.scenarios.cities import small_round
from tests.scenarios.studies import altered, one_town, small_study, study_of
from values.problems import BadInput

MIRROR = {
    "gained": "lost",
    "better_liked": "less_liked",
    "nearer": "farther",
    "entered": "left",
    "moved": "moved",
    "unchanged": "unchanged",
}
MIRROR |= {after: before for before, after in MIRROR.items()}
COMPARED = ("same", "seats", "cap", "dropped", "gate", "draw")


@pytest.mark.parametrize(
    ("name", "scenario"),
    [
        ("2015-school", "    set: {services.school.gate.points: 200}"),
        ("2015-school", "    set: {indicators.permit_years.points.cap: 10}"),
        ("2015-school-wishes", "    drop: ['services.school_wishes.allocation.stages[wishes].tiers']"),
    ],
)
def test_swapping_the_sides_swaps_gains_and_losses(name: str, scenario: str) -> None:
    """Whoever gains one way loses the other way; differences change their sign."""
    official = one_town() if name.endswith("wishes") else small_round(name)
    made = what_if(altered(scenario, name, official.ground.tables), official)
    groups = groups_of(study_of("  a: {title: {zh: 甲, en: a}}", name), official)

    there, back = compare(official, made, groups), compare(made, official, groups)

    assert len(set(there.people["change"])) > 2
    assert [MIRROR[change] for change in there.people["change"]] == back.people["change"].to_list()
    for change in CHANGES:
        assert there.groups[change].equals(back.groups[MIRROR[change]].alias(change))
    assert there.groups["net"].equals(-back.groups["net"])
    assert there.totals["difference"].equals(-back.totals["difference"])
    assert there.cutoffs["moved"].equals(-back.cutoffs["moved"])


@pytest.mark.parametrize("scenario", COMPARED)
def test_the_values_of_every_group_sum_to_the_whole(scenario: str) -> None:
    """Nobody is lost, nobody counted twice; the changes of a value sum to its people."""
    groups = small_study().of(scenario).groups
    counts = ["people", "placed_before", "placed_after", *CHANGES, "net"]
    whole = groups.filter(pl.col("group") == "all").select(counts).row(0)

    for name in ("town", "points", "education", "home"):
        assert groups.filter(pl.col("group") == name).select(counts).sum().row(0) == whole
    assert groups.select(pl.sum_horizontal(CHANGES)).to_series().equals(groups["people"], check_names=False)
    gained = groups["placed_after"] - groups["placed_before"]
    assert gained.equals(groups["net"], check_names=False)


@pytest.mark.parametrize("scenario", COMPARED)
def test_flows_and_totals_agree_with_the_people(scenario: str) -> None:
    found = small_study().of(scenario)
    after = dict(found.flows.group_by("outcome_after").agg(pl.col("people").sum()).rows())
    totals = dict(found.totals.select("measure", "after").rows())

    assert found.flows["people"].sum() == found.people.height == totals["candidates"]
    assert after["placed"] == totals["placed"]
    assert totals["ranked"] == totals["candidates"] - after.get("excluded", 0)
    assert totals["seats_left"] == totals["seats"] - totals["placed"]


def test_cut_offs_are_those_of_the_record() -> None:
    """Before as the official record has them, and moved only where both sides are full."""
    official = pl.read_csv(small_round().record.files["cutoffs.csv"], infer_schema=False)
    found = small_study().of("cap").cutoffs

    shown = official.select("seat", pl.col("total").cast(pl.Decimal(38, 2)).alias("total_before"))
    assert found.select("seat", "total_before").equals(shown.sort("seat"))
    full = pl.col("full_before") & pl.col("full_after")
    assert found.filter(~full)["moved"].null_count() == found.filter(~full).height
    assert (found.filter(full)["moved"] <= 0).all()  # a lower cap gives nobody more
    assert (found.filter(full)["moved"] < 0).any()


def test_wishes_come_before_metres_and_an_unlisted_place_is_the_least_liked() -> None:
    """The wishes round: what people named decides what is better for them."""
    official, no_tiers = one_town(), "    drop: ['services.school_wishes.allocation.stages[wishes].tiers']"
    made = what_if(altered(no_tiers, "2015-school-wishes", official.ground.tables), official)
    people = compare(official, made).people
    unlisted = 10**6

    better = people.filter(pl.col("change") == "better_liked")
    assert better.height
    assert (better["wish_after"].fill_null(unlisted) < better["wish_before"].fill_null(unlisted)).all()
    for change in ("nearer", "farther"):
        told = people.filter(pl.col("change") == change)
        assert told["wish_before"].equals(told["wish_after"], check_names=False)


def test_groups_are_those_of_the_official_round() -> None:
    """Points bands by the points before; who was not ranked has none."""
    (everybody, town, points, *_) = groups_of(study_of("  a: {title: {zh: 甲, en: a}}"), small_round())

    assert everybody.values["value"].unique().to_list() == ["all"]
    assert town.titles.filter(pl.col("value") == "shiqi").row(0) == ("shiqi", "石岐区", "Shiqi")
    assert points.titles["value"].to_list() == ["<200", "200–<250", "250–<300.5", "≥300.5", "unknown"]
    people = small_study().of("same").people.join(points.values, on="candidate")
    for value, low, high in [("<200", 0, 199.99), ("250–<300.5", 250, 300.49), ("≥300.5", 300.5, 9999)]:
        here = people.filter(pl.col("value") == value)["total_before"].cast(pl.Float64)
        assert here.len()
        assert here.is_between(low, high).all()
    assert set(people.filter(pl.col("value") == "unknown")["outcome_before"]) == {"excluded"}


def test_numbers_of_an_own_table_can_be_cut_into_bands() -> None:
    """Written as text there; exact at the limits."""
    candidates = small_round().facts.candidates
    own = pl.DataFrame({"candidate": candidates}).with_columns(
        income=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("99.99")).otherwise(pl.lit("100"))
    )
    study = study_of("  a: {title: {zh: 甲, en: a}}")
    town = study.model.groups["town"]
    study.model.groups["income"] = town.model_copy(update={"column": "income", "bands": (Decimal(100),)})

    *_, income = groups_of(study, small_round(), own)

    counts = dict(income.values["value"].value_counts().rows())
    assert counts == {"<100": (len(candidates) + 1) // 2, "≥100": len(candidates) // 2}


def test_an_own_table_gives_groups_the_policy_does_not_read() -> None:
    """A household register place by subject; who is not in the table is unknown."""
    subjects = small_round().facts.subjects
    own = pl.DataFrame({"subject": subjects.head(200)}).with_columns(register=pl.lit("hunan"))
    study = study_of("  a: {title: {zh: 甲, en: a}}")
    study.model.groups["register"] = study.model.groups["town"].model_copy(update={"column": "register"})

    *_, register = groups_of(study, small_round(), own)

    assert set(register.values["value"]) == {"hunan", "unknown"}
    assert register.values.height == len(small_round().facts.candidates)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (pl.DataFrame({"candidate": ["a", "a"], "x": ["1", "2"]}), "study.person_twice"),
        (pl.DataFrame({"person": ["a"]}), "study.people_without_id"),
        (pl.DataFrame({"candidate": ["a"], "town": ["x"]}), "study.column_taken"),
    ],
)
def test_an_own_table_that_would_count_people_twice_is_refused(frame: pl.DataFrame, code: str) -> None:
    with pytest.raises(BadInput, match=code):
        groups_of(study_of("  a: {title: {zh: 甲, en: a}}"), small_round(), frame)


def test_groups_that_cannot_be_made_say_what_there_is() -> None:
    """A column nobody has, and bands of words."""
    study = study_of("  a: {title: {zh: 甲, en: a}}")
    town = study.model.groups["town"]
    study.model.groups["x"] = town.model_copy(update={"column": "nothing"})
    study.model.groups["y"] = town.model_copy(update={"bands": (1,)})
    study.model.groups["z"] = town.model_copy(update={"column": "name"})
    study.model.groups["v"] = town.model_copy(update={"column": "total"})

    with pytest.raises(BadInput) as error:
        groups_of(study, small_round())

    assert [problem.code for problem in error.value.problems] == [
        "study.no_such_column",
        "study.not_a_number",
        "study.no_such_column",  # nobody is told apart by name
        "study.too_many_values",
    ]
