"""The figures of a round against the published tables, and the report that is made of them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from allocation.distance import metres
from publication.messages import LANGUAGES, Lang
from publication.report import RoundFigures
from publication.report_page import report_html
from publication.report_sections import report_sections
from publication.report_sheet import report_pdf
from scenarios.demo_rounds import synthetic_applications
from scenarios.figures import figures_of
from scenarios.round import Round, run_round
from scoring.constructs import Title
from scoring.pack import Pack, load_pack
from tests.scenarios.cities import PLACE, config_of, small_city, small_round, zhongshan_pack
from values.points import to_text

ROUNDS = ("2015-school", "2015-school-wishes")
SCHOOLS = ("demand", "cut_offs", "points", "distances", "ties", "excluded")


@cache
def figures(name: str) -> RoundFigures:
    return figures_of(small_round(name))


def published(decided: Round, table: str) -> pl.DataFrame:
    return pl.read_csv(decided.record.files[f"{table}.csv"], infer_schema=False)


@pytest.mark.parametrize("name", ROUNDS)
def test_people_and_seats_of_every_ranking_are_those_published(name: str) -> None:
    decided = small_round(name)
    people = published(decided, "ranking").join(published(decided, "outcomes"), on="candidate")
    seats = dict(published(decided, "quotas").rows())

    assert figures(name).scopes["scope"].to_list() != sorted(seats)  # the pack's order, not the alphabet's
    for row in figures(name).scopes.iter_rows(named=True):
        inside = people.filter(pl.col("scope") == row["scope"])
        admitted = inside.filter(pl.col("outcome") != "waiting")
        assert (row["ranked"], row["admitted"], row["seats"]) == (
            inside.height, admitted.height, int(seats[row["scope"]])
        )  # fmt: skip
        last = admitted.sort(pl.col("position").cast(pl.Int64))["total"].to_list()
        cut_off = last[-1] if last and admitted.height >= row["seats"] else None
        assert (row["last"] is None) == (cut_off is None)
        assert cut_off is None or to_text(row["last"], 2) == cut_off


@pytest.mark.parametrize("name", ROUNDS)
def test_every_ranked_person_is_in_one_bin_of_points_and_one_kind_of_wish(name: str) -> None:
    found, decided = figures(name), small_round(name)
    totals = (published(decided, "ranking")["total"].cast(pl.Decimal(scale=2)) * 100).cast(pl.Int64)

    assert found.points is not None
    for low, high, admitted, waiting in found.points.rows():
        assert int(totals.is_between(low, high, closed="left").sum()) == admitted + waiting
    assert found.points.select("admitted", "waiting").to_numpy().sum() == totals.len()
    assert found.quartiles is not None
    assert [
        int((totals <= edge).sum()) * 4 >= totals.len() * (n + 1) for n, edge in enumerate(found.quartiles)
    ]
    if found.wishes is not None:
        raw = figures_of(decided, least=1).wishes
        assert raw is not None
        assert raw["people"].sum() == totals.len()
        wished = published(decided, "preferences").join(
            published(decided, "outcomes"), on=["candidate", "offer"]
        )
        by_wish = Counter(wished.filter(pl.col("stage") == "wishes")["rank"])
        assert {str(wish): n for kind, wish, n, _ in raw.rows() if kind == "wish"} == by_wish


def test_distances_are_those_to_the_schools_that_distance_chose() -> None:
    decided = small_round()
    raw = figures_of(decided, least=1).distances
    ground, offer = decided.ground, decided.placement.offer
    placed = np.flatnonzero(offer >= 0)
    homes, sites = ground.candidates[placed], ground.offers[offer[placed]]

    ways = metres(*(frame[axis].to_numpy() for frame in (homes, sites) for axis in ("longitude", "latitude")))

    assert raw is not None
    for low, high, people, _ in raw.rows():
        assert int(((ways >= low) & (ways < high)).sum()) == people
    assert raw["people"].sum() == ways.size
    assert figures("2015-school").metres is not None
    median, most = figures("2015-school").metres or (0, 0)
    assert (ways <= median).mean() >= 0.5 > (ways < median).mean()
    assert (ways <= most).mean() >= 0.9 > (ways < most).mean()


def pack_with_ties(policy: str) -> Pack:
    """The shipped pack without placement, with another last word on ties."""
    text = zhongshan_pack().text.replace("ties: [application_time, lottery]", f"ties: [{policy}]", 1)
    placement = (r" +- {name: placement.*\n", r" {8}- name: placement\n( {10}.*\n)*")
    for part in (*placement, r"  nearby:\n( {4}.*\n)*"):
        text = re.sub(part, "", text)
    return load_pack(text, "pack.yaml")


@pytest.mark.parametrize("policy", ["lottery", "admit_all", "exclude_all"])
def test_ties_at_the_limit_are_found_with_what_they_cost(policy: str) -> None:
    """Against the published ranking: equals of one rank whom the last seats do not hold."""
    config = config_of("2015-school")
    decided = run_round(pack_with_ties(policy), config, small_city())
    people = published(decided, "ranking").join(published(decided, "outcomes"), on="candidate")
    seats = dict(published(decided, "quotas").rows())
    expected = []
    for (scope,), inside in people.group_by("scope"):
        limit = int(seats[str(scope)])
        groups = inside.group_by("rank").agg(
            pl.len().alias("people"), (pl.col("outcome") != "waiting").sum().alias("admitted")
        )
        for rank, size, admitted in groups.rows():
            if size > 1 and int(rank) <= limit < int(rank) + size - 1:
                empty = limit - int(rank) + 1 if policy == "exclude_all" else 0
                over = int(rank) + size - 1 - limit if policy == "admit_all" else 0
                expected.append((size, admitted, empty, over))

    ties = figures_of(decided).ties

    assert ties is not None
    assert expected
    found = ties.select("people", "admitted", "unfilled", "overfilled").rows()
    assert sorted(found) == sorted(expected)
    tied = people.group_by("scope", "rank").len().filter(pl.col("len") > 1)["len"]
    assert figures_of(decided).tied == (tied.len(), tied.sum())


def test_reasons_are_counted_once_a_candidate_and_small_counts_are_kept_back() -> None:
    """As excluded.csv has them; no number below five is in the table."""
    rows = published(small_round(), "excluded")["reasons"].to_list()
    counts = Counter(code for reasons in rows for code in reasons.split("|"))

    excluded = figures("2015-school").excluded
    assert excluded is not None
    assert set(excluded["code"]) == set(counts)
    for row in excluded.iter_rows(named=True):
        if row["people"] is None:
            assert row["shown"] == ("<5" if counts[row["code"]] < 5 else "≥5")
        else:
            assert row["people"] == counts[row["code"]] >= 5
    assert "<5" in excluded["shown"].to_list()
    section = next(part for part in report_sections(figures("2015-school"), "en") if part.name == "excluded")
    assert not {row[1] for row in section.table} & {"1", "2", "3", "4"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "names"), [(ROUNDS[0], SCHOOLS), (ROUNDS[1], (*SCHOOLS[:3], "wishes", *SCHOOLS[4:]))]
)
def test_every_section_has_a_reading_a_picture_and_a_table(
    name: str, names: tuple[str, ...], lang: Lang
) -> None:
    """In both languages, on one page that asks nothing of a network."""
    sections = report_sections(figures(name), lang)
    page = report_html(figures(name), lang)

    assert tuple(section.name for section in sections) == names
    for section in sections:
        assert section.reading
        assert section.reading in page.replace("&#39;", "'")
        assert section.picture.startswith("<svg") or section.name == "ties"
        assert {len(row) for row in section.table} <= {len(section.table[0])} if section.table else True
    assert not re.findall(r"(?:src|href)=\"(?!#)", page.replace('xmlns:xlink="', ""))
    assert "@import" not in page


@pytest.mark.parametrize("name", ROUNDS)
def test_the_report_as_pdf_is_the_same_again(name: str) -> None:
    one, two = (report_pdf(figures(name), "zh") for _ in range(2))

    assert one.startswith(b"%PDF-")
    assert one == two


def test_a_round_of_one_ranking_without_wishes_or_distances_has_no_empty_section() -> None:
    """As a city-wide round of flats has it: one row of seats, more seats than people."""
    whole = figures("2015-school")
    scope = whole.scopes[:1].with_columns(
        row_en=pl.lit("the city"), row_zh=pl.lit("全市"), column_en=pl.lit(""), column_zh=pl.lit(""),
        seats=pl.lit(10_000), full=pl.lit(False), last=pl.lit(None, pl.Int64),
    )  # fmt: skip
    counts = {**whole.counts, "seats": 10_000}
    city = replace(
        whole, scopes=scope, counts=counts, wishes=None, distances=None, metres=None, excluded=None,
        illustrative=Title(zh="模拟", en="made up"),
    )  # fmt: skip

    sections = report_sections(city, "en")

    assert [section.name for section in sections] == ["demand", "points", "ties"]
    assert f"{10_000 - counts['admitted']:,} seats were left" in sections[0].reading
    assert "ranges" not in sections[0].reading
    assert report_pdf(city, "en").startswith(b"%PDF-")


def test_a_pure_lottery_has_nothing_to_say_of_points() -> None:
    whole = figures("2015-school")
    scopes = whole.scopes.with_columns(last=pl.lit(None, pl.Int64))
    draw = replace(whole, scopes=scopes, points=None, quartiles=None, ties=None)

    assert [section.name for section in report_sections(draw, "zh")] == ["demand", "distances", "excluded"]


def test_a_round_of_very_many_rankings_draws_the_largest_and_lists_all() -> None:
    whole = figures("2015-school")
    many = pl.concat(
        whole.scopes.with_columns(pl.col("row_zh", "row_en") + str(number)) for number in range(3)
    )

    demand = report_sections(replace(whole, scopes=many), "en")[0]

    assert "40 rows" in demand.reading
    assert len(demand.table) == many.height + 1


def test_the_order_of_rows_changes_no_figure() -> None:
    pack, config = zhongshan_pack(), config_of("2015-school-wishes")
    quotas = pl.read_csv(PLACE / "rounds" / "2015-school" / "quotas.csv").head(4)
    quotas = quotas.with_columns(pl.col("seats") // 10)
    city = synthetic_applications(pack, config, quotas, seed=5, families=80)
    mixed = {
        name: frame.sample(fraction=1, shuffle=True, seed=1)
        for name, frame in city.tables().items()
        if name not in city.ledgers
    }

    one, two = (figures_of(run_round(pack, config, tables)) for tables in (city, replace(city, **mixed)))

    assert report_html(one, "zh") == report_html(two, "zh")
