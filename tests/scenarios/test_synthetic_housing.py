"""Synthetic households for the housing round and the draw: repeatable, complete, with every kind of case."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from scenarios.config import RoundConfig, load_config
from scenarios.demo_rounds import SEED, synthetic_applications
from scenarios.links import check_links
from scenarios.measured import with_measures
from scenarios.synthetic_draw import synthetic_draw
from scenarios.synthetic_housing import synthetic_households
from scenarios.tables import Applications, round_schemas
from scoring.candidates import Standings, qualify
from scoring.eligibility import STATUSES, assess
from scoring.facts import Facts, assemble
from scoring.pack import Pack, load_pack
from scoring.ranking import rank
from scoring.score import Scores, score
from tests.scenarios.cities import ROOT

POLICIES = ROOT / "policies"
PACKS = {"zhongshan": "points/2014-10-30.yaml", "beijing": "public-rental/2011-12-01.yaml"}
ROUNDS = {  # place, round, round with the quotas, households
    "housing": ("zhongshan", "2016-housing", "2016-housing", 1_400),
    "housing_flats": ("zhongshan", "2016-housing-flats", "2016-housing", 1_400),
    "draw": ("beijing", "2012-draw", "2012-draw", 3_000),
}
KINDS: Mapping[str, object] = {
    "id": pl.String,
    "text": pl.String,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "month": pl.Int32,
    "integer": pl.Int64,
    "decimal": pl.Int64,
    "datetime": pl.Datetime("us"),
}


@cache
def pack_of(service: str) -> Pack:
    place = ROUNDS[service][0]
    path = POLICIES / place / PACKS[place]
    return load_pack(path.read_text("utf-8"), path.name)


@cache
def config_of(service: str) -> RoundConfig:
    place, name, _, _ = ROUNDS[service]
    return load_config((POLICIES / place / "rounds" / name / "round.yaml").read_text("utf-8"), "round.yaml")


@cache
def quotas_of(service: str) -> pl.DataFrame:
    place, _, name, _ = ROUNDS[service]
    return pl.read_csv(POLICIES / place / "rounds" / name / "quotas.csv")


@cache
def tables_of(service: str) -> Applications:
    """The tables of the demonstration."""
    families = ROUNDS[service][3]
    return synthetic_applications(
        pack_of(service), config_of(service), quotas_of(service), seed=SEED, families=families
    )


@cache
def scored(service: str) -> tuple[Facts, Scores, Standings]:
    """Everybody's facts, points and standing."""
    policy, tables = pack_of(service).policy, tables_of(service)
    applicants = with_measures(policy, service, tables.applicants, tables.ledgers)
    facts = assemble(policy, service, applicants, tables.candidates, as_of=config_of(service).as_of)
    scores = score(facts)
    return facts, scores, qualify(facts, assess(facts), scores)


@pytest.mark.parametrize("service", ROUNDS)
def test_every_table_has_the_columns_and_types_of_the_round(service: str) -> None:
    """No column is missing, none too many, none of another type; complete columns have no gap."""
    tables = tables_of(service).tables()
    for name, schema in round_schemas(pack_of(service).policy, service).items():
        assert set(tables[name].columns) <= {column.name for column in schema.columns}
        for column in (c for c in schema.columns if c.required):
            stored = tables[name][column.name]
            wanted = pl.Enum(column.members) if column.type == "choice" else KINDS[column.type]
            assert stored.dtype == wanted, (name, column.name)
            assert not column.complete or stored.null_count() == 0, (name, column.name)
            if column.minimum is not None and column.maximum is not None:
                assert stored.drop_nulls().is_between(column.minimum, column.maximum).all(), column.name
        assert not schema.unique or tables[name].select(schema.unique).is_unique().all()


@pytest.mark.parametrize("service", ROUNDS)
def test_every_link_holds(service: str) -> None:
    """Flats add up to the quotas; wishes and refusals name people and flats that exist."""
    check_links(pack_of(service).policy, service, tables_of(service))


@pytest.mark.parametrize(
    ("service", "generator"), [("housing_flats", synthetic_households), ("draw", synthetic_draw)]
)
def test_the_same_seed_gives_the_same_households_and_another_seed_others(
    service: str, generator: object
) -> None:
    """A demonstration is the same everywhere, in whatever order the quotas come."""
    policy, quotas, as_of = pack_of(service).policy, quotas_of(service), config_of(service).as_of
    assert callable(generator)

    once = generator(policy, quotas, seed=7, families=200, as_of=as_of)
    again = generator(policy, quotas.reverse(), seed=7, families=200, as_of=as_of)
    other = generator(policy, quotas, seed=8, families=200, as_of=as_of)

    for name, frame in once.items():
        assert_frame_equal(frame, again[name])
    assert not once["applicants"].equals(other["applicants"])
    assert not once["candidates"].equals(other["candidates"])


@pytest.mark.parametrize("service", ROUNDS)
def test_the_demonstration_has_every_kind_of_case(service: str) -> None:
    """Every criterion fails for somebody; some wait for an answer; most may take part."""
    _, _, standings = scored(service)
    share = {name: float((standings.status == index).mean()) for index, name in enumerate(STATUSES)}

    assert set(pack_of(service).policy.services[service].criteria) <= set(standings.reasons["code"])
    assert 0.005 < share["pending"] < 0.05
    assert 0.5 < share["eligible"] < 0.95


def test_some_households_fall_below_the_gate_by_their_deductions_alone() -> None:
    """They have 30 points before the deductions and fewer after them; some totals are negative."""
    _, scores, standings = scored("housing")
    lines = ["unlawful_births", "criminal_penalty", "detentions"]
    deducted = -sum((scores.lines[line] for line in lines), pl.Series([0]))
    below = standings.reasons.filter(pl.col("code") == "below_gate")["pair"]
    before = scores.totals["subtotal"].gather(below) + deducted.gather(below)

    assert (deducted.drop_nulls() >= 0).all()
    assert (before >= 30 * 100).sum() >= 10
    assert (scores.totals["total"] < 0).any()


def test_some_households_are_equal_to_the_last_key() -> None:
    """Colleagues with the same facts filed in the same minute: the draw decides between them."""
    facts, scores, standings = scored("housing")
    minutes = tables_of("housing").candidates.sort("candidate")["filed_at"].dt.epoch("s").to_numpy() // 60

    ranking = rank(facts, scores, standings, filed_at=minutes)

    tied = pl.Series(ranking.group).is_duplicated()
    assert ranking.candidate.size > 500
    assert tied.sum() > 50


def test_demand_is_above_supply_in_two_districts_and_below_it_in_the_third() -> None:
    """So that there is a surplus, and somebody to take it."""
    _, _, standings = scored("draw")
    tables = tables_of("draw")
    eligible = tables.candidates.sort("candidate")[standings.eligible]
    demand = eligible.group_by("district").len().join(tables.quotas, on="district")

    assert demand.filter(pl.col("len") > 2 * pl.col("seats")).height == 2
    assert demand.filter(pl.col("len") < pl.col("seats")).height == 1


def test_dates_of_registration_tie_at_the_limit_of_the_list() -> None:
    """The list of floor(1.2 x flats) ends between households of one day, in a district at least."""
    _, _, standings = scored("draw")
    tables = tables_of("draw")
    eligible = tables.candidates.sort("candidate")[standings.eligible]
    ends = []
    for district, seats in tables.quotas.rows():
        days = eligible.filter(pl.col("district") == district)["registered_on"].sort()
        limit = seats * 12 // 10
        ends += [days[limit - 1] == days[limit]] if len(days) > limit else []

    assert len(ends) == 2
    assert any(ends)


def test_households_wish_mostly_for_fitting_flats_at_home_and_some_for_others() -> None:
    """Up to five wishes, ranks without gaps; a few of other districts and of sizes they may not have."""
    tables = tables_of("draw")
    people = tables.candidates.select("candidate", "district", "household")
    flats = tables.offers.select("offer", pl.col("district").alias("at"), "type")
    wishes = tables.preferences.join(people, on="candidate").join(flats, on="offer")
    fits = pack_of("draw").policy.services["draw"].allocation.fits
    assert fits is not None
    fitting = [
        kind in fits.allowed[household] for household, kind in wishes.select("household", "type").rows()
    ]
    ranks = tables.preferences.group_by("candidate").agg(pl.col("rank").max(), pl.len())

    assert 0.02 < (wishes["district"] != wishes["at"]).mean() < 0.4  # type: ignore[operator]
    assert 0.9 < sum(fitting) / wishes.height < 1
    assert (ranks["rank"] == ranks["len"]).all()
    assert ranks["rank"].max() == 5


@pytest.mark.parametrize("service", ["housing_flats", "draw"])
def test_invented_flats_say_that_they_are_invented(service: str) -> None:
    """Nobody can take an invented project for a real one."""
    assert tables_of(service).offers["name"].str.contains("模拟|示例").all()


@pytest.mark.parametrize("service", ROUNDS)
def test_a_handful_of_households_works_too(service: str) -> None:
    """Districts without anybody are no obstacle."""
    tables = synthetic_applications(
        pack_of(service), config_of(service), quotas_of(service), seed=1, families=5
    )

    assert tables.candidates.height == 5
    check_links(pack_of(service).policy, service, tables)
