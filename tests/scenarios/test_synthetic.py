"""The synthetic city: the same for the same seed, complete, typed as the round needs, and plausible."""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from scenarios.links import check_links
from scenarios.measured import with_measures
from scenarios.synthetic import synthetic_city
from scenarios.tables import Applications, no_preferences, round_schemas, takes_wishes
from scoring.candidates import Standings, qualify
from scoring.eligibility import STATUSES, assess
from scoring.facts import assemble
from scoring.pack import load_pack
from scoring.policy import Policy
from scoring.score import score

PLACE = Path(__file__).parents[2] / "policies" / "zhongshan"
AS_OF = date(2015, 5, 31)
FAMILIES = 45_000
LEDGERS = ("insurance", "permits")


@cache
def zhongshan() -> Policy:
    pack = PLACE / "points" / "2014-10-30.yaml"
    return load_pack(pack.read_text("utf-8"), pack.name).policy


def invent(seed: int, families: int, quotas: pl.DataFrame | None = None) -> dict[str, pl.DataFrame]:
    official = pl.read_csv(PLACE / "rounds" / "2015-school" / "quotas.csv")
    return synthetic_city(
        zhongshan(), official if quotas is None else quotas, seed=seed, families=families, as_of=AS_OF
    )


@pytest.fixture(scope="module")
def city() -> dict[str, pl.DataFrame]:
    """The city of the demonstration round."""
    return invent(2015, FAMILIES)


@pytest.fixture(scope="module")
def standings(city: dict[str, pl.DataFrame]) -> Standings:
    """Who may take part, by the pack."""
    ledgers = {name: city[name] for name in LEDGERS}
    applicants = with_measures(zhongshan(), "school", city["applicants"], ledgers)
    facts = assemble(zhongshan(), "school", applicants, city["candidates"], as_of=AS_OF)
    return qualify(facts, assess(facts), score(facts))


def test_the_same_seed_gives_the_same_frames_in_the_same_order() -> None:
    """A demonstration is the same everywhere, and the order of the quotas does not matter."""
    once, reversed_quotas = invent(7, 900), invent(7, 900, invent(7, 10)["quotas"].reverse())

    for name, frame in once.items():
        assert_frame_equal(frame, reversed_quotas[name])


def test_another_seed_gives_other_families() -> None:
    """The seed is used."""
    one, other = invent(7, 900), invent(8, 900)

    assert not one["applicants"].equals(other["applicants"])
    assert not one["candidates"].equals(other["candidates"])


@pytest.mark.parametrize("service", ["school", "school_wishes"])
def test_every_table_has_the_columns_and_types_of_the_round(
    city: dict[str, pl.DataFrame], service: str
) -> None:
    """No column is missing, none is of another type, and complete columns have no gap."""
    kinds = {"id": pl.String, "text": pl.String, "boolean": pl.Boolean, "date": pl.Date, "month": pl.Int32}
    kinds |= {"integer": pl.Int64, "decimal": pl.Int64, "datetime": pl.Datetime("us")}
    schemas = round_schemas(zhongshan(), service)

    assert set(schemas) | {"preferences"} == set(city)
    for name, schema in schemas.items():
        assert set(city[name].columns) <= {column.name for column in schema.columns}
        for column in (c for c in schema.columns if c.required):
            stored = city[name][column.name]
            wanted = pl.Enum(column.members) if column.type == "choice" else kinds[column.type]
            assert stored.dtype == wanted, (name, column.name)
            assert not column.complete or stored.null_count() == 0, (name, column.name)
            if column.minimum is not None and column.maximum is not None:
                assert stored.drop_nulls().is_between(column.minimum, column.maximum).all(), column.name
        assert not schema.unique or city[name].select(schema.unique).is_unique().all()


@pytest.mark.parametrize("service", ["school", "school_wishes"])
def test_every_link_holds(city: dict[str, pl.DataFrame], service: str) -> None:
    """Preferences stay in the own town and stage; the schools hold exactly the quotas."""
    plain = {name: frame for name, frame in city.items() if name not in LEDGERS}
    if not takes_wishes(zhongshan(), service):
        plain["preferences"] = no_preferences()

    check_links(zhongshan(), service, Applications(**plain, ledgers={name: city[name] for name in LEDGERS}))


def test_the_invented_schools_hold_the_official_seats(city: dict[str, pl.DataFrame]) -> None:
    """8,340 primary one, 8,030 junior one; no school is empty."""
    seats = city["offers"].group_by("stage").agg(pl.col("seats").sum()).sort("stage")

    assert seats["seats"].to_list() == [8340, 8030]
    assert city["offers"]["seats"].min() > 10  # type: ignore[operator]


def test_schools_say_that_they_are_synthetic(city: dict[str, pl.DataFrame]) -> None:
    """Nobody can take an invented school for a real one."""
    assert city["offers"]["name"].str.contains("模拟").all()


def test_families_have_the_stated_shape(city: dict[str, pl.DataFrame]) -> None:
    """Two in five apply with both parents; some have twins or a child at each stage, filed together."""
    candidates = city["candidates"]
    of_family = candidates.group_by("subject").agg(
        pl.len(), pl.col("filed_at").n_unique(), pl.col("stage").n_unique().alias("stages")
    )
    twins = of_family.filter(pl.col("len") == 2, pl.col("stages") == 1)

    assert of_family.height == FAMILIES
    assert math.isclose(candidates["second_subject"].is_not_null().mean(), 0.4, abs_tol=0.01)  # type: ignore[arg-type]
    assert math.isclose(candidates.height / FAMILIES, 1.063, abs_tol=0.005)
    assert twins.height > 400
    assert of_family["filed_at"].max() == 1
    assert candidates["filed_at"].n_unique() < 900  # so that unrelated families file in the same minute too


def test_the_demonstration_has_every_kind_of_case(standings: Standings) -> None:
    """About one in eleven does not qualify, some wait for an answer, a few are barred."""
    share = {name: float((standings.status == index).mean()) for index, name in enumerate(STATUSES)}
    reasons = set(standings.reasons["code"])

    assert 0.06 < share["ineligible"] < 0.11
    assert 0.004 < share["pending"] < 0.02
    assert 0 < share["barred"] < 0.001
    assert set(zhongshan().services["school"].criteria) <= reasons
    assert {"below_gate", "unknown:insurance_city", "unknown:housing_fund"} <= reasons


def test_about_one_parent_in_fifty_has_an_unknown_fact(city: dict[str, pl.DataFrame]) -> None:
    """Unknown facts are of different kinds."""
    unknown = city["applicants"].null_count().row(0, named=True)

    assert math.isclose(sum(unknown.values()) / city["applicants"].height, 0.02, abs_tol=0.003)
    assert sum(count > 0 for count in unknown.values()) == 10


def test_demand_is_above_supply_in_most_towns_and_below_it_in_some(
    city: dict[str, pl.DataFrame], standings: Standings
) -> None:
    """So that cut-offs, waiting lists and empty seats all occur."""
    ranked = city["candidates"].sort("candidate")[standings.eligible]
    demand = ranked.group_by("town", "stage").len().join(city["quotas"], on=["town", "stage"])
    below = demand.filter(pl.col("len") < pl.col("seats")).height

    assert demand.height == 48
    assert 6 <= below <= 16


def test_children_prefer_near_schools_and_mostly_live_nearest_to_their_catchment_school(
    city: dict[str, pl.DataFrame],
) -> None:
    """Distance is measured along the axes, as the generator does."""
    children = city["candidates"].select("candidate", "town", "stage", "longitude", "latitude", "catchment")
    pairs = children.join(city["offers"], on=["town", "stage"], suffix="_school").with_columns(
        away=(pl.col("longitude") - pl.col("longitude_school")).abs()
        + (pl.col("latitude") - pl.col("latitude_school")).abs()
    )
    nearest = pairs.sort("candidate", "away", "offer").unique("candidate", keep="first", maintain_order=True)
    first = city["preferences"].filter(pl.col("rank") == 1)
    wished = first.join(pairs.select("candidate", "offer", "away"), on=["candidate", "offer"])

    assert (nearest["offer"] == nearest["catchment"]).mean() > 0.9  # type: ignore[operator]
    assert wished["away"].mean() < pairs["away"].mean() * 0.7  # type: ignore[operator]
    assert city["preferences"]["rank"].max() == 4


def test_about_one_child_in_a_hundred_refuses(city: dict[str, pl.DataFrame]) -> None:
    """Refusals are given in advance, for whatever place is offered."""
    assert math.isclose(city["refusals"].height / city["candidates"].height, 0.01, abs_tol=0.002)


def test_a_small_city_works_too() -> None:
    """Scopes without any child are no obstacle."""
    city = invent(1, 20)

    assert city["candidates"].height >= 20
    assert city["offers"]["seats"].sum() == 16_370


def test_children_of_one_family_share_surname_and_home(city: dict[str, pl.DataFrame]) -> None:
    """Siblings file together, live together and carry one surname."""
    families = (
        city["candidates"]
        .group_by("subject")
        .agg(
            pl.col("longitude").n_unique().alias("homes"),
            pl.col("name").str.head(1).n_unique().alias("surnames"),
            pl.len().alias("children"),
        )
    )

    assert families["children"].max() == 2
    assert families["homes"].max() == 1
    assert families["surnames"].max() == 1
