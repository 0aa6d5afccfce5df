"""Studies: what is wrong with one is told with line and column; seats change as declared."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.seat_changes import spread, with_seats
from scenarios.study import SeatRule, load_study
from scenarios.tables import Applications
from tests.scenarios.cities import small_city
from tests.scenarios.studies import HEAD, study_of
from values.problems import BadInput, Place

HEAD_LINES = HEAD.count("\n")
SCOPE = ("town", "stage")
HERE = Place("study.yaml", 3, 9)


def problems_of(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(BadInput) as error:
        load_study(text, "study.yaml")
    return [(problem.code, problem.place.line, problem.place.column) for problem in error.value.problems]


def scenario(line: str) -> str:
    """A study whose one scenario has this line, at column 5."""
    return HEAD.format(round="x") + f"  a:\n    title: {{zh: 甲, en: a}}\n    {line}\n"


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("sets: {}", "study.unknown_key", 5),
        ("seats: [{by: 1, to: 2}]", "study.seats_change", 13),
        ("seats: [{where: {town: x}}]", "study.seats_change", 13),
        ("seats: [{by: +10 %}]", "study.seats_rounding", 13),
        ("seats: [{by: 10, rounding: up}]", "study.seats_rounding", 13),
        ("seats: [{by: ten}]", "study.seats_by", 13),
        ("seats: [{by: '5 %%', rounding: up}]", "study.seats_by", 13),
        ("seats: [{offer: x, where: {town: y}, to: 1}]", "study.seats_where", 13),
        ("as_of: soon", "pack.not_a_date", 5),
        ("drop: indicators.x", "pack.not_a_list", 5),
    ],
)
def test_a_slip_in_a_scenario_is_told_at_its_place(line: str, code: str, column: int) -> None:
    assert problems_of(scenario(line)) == [(code, HEAD_LINES + 3, column)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("- a", ["study.not_a_mapping"]),
        ("", ["yaml.empty"]),
        (scenario("").replace("  a:", "  baseline:"), ["study.bad_name"]),
        (scenario("").replace("  a:", "  A b:"), ["study.bad_name"]),
        (scenario("").replace("  home:", "  all:"), ["study.bad_name"]),
        (scenario("").replace("[200, 250, 300.5]", "[250, 200]"), ["study.bands_order"]),
        (HEAD.format(round="x") + "  {}", ["pack.wrong_value"]),
    ],
)
def test_a_study_that_cannot_be_is_refused(text: str, codes: list[str]) -> None:
    assert [code for code, *_ in problems_of(text)] == codes


@pytest.mark.parametrize(
    ("rule", "seats", "wanted"),
    [
        ({"to": 7}, 100, 7),
        ({"by": 5}, 100, 105),
        ({"by": -5}, 100, 95),
        ({"by": "+10 %", "rounding": "down"}, 25, 27),
        ({"by": "+10 %", "rounding": "up"}, 25, 28),
        ({"by": "+10 %", "rounding": "nearest"}, 25, 28),  # 27.5
        ({"by": "+10%", "rounding": "nearest"}, 24, 26),  # 26.4
        ({"by": "-12.5 %", "rounding": "down"}, 10, 8),  # 8.75
        ({"by": "-12.5 %", "rounding": "up"}, 10, 9),
        ({"by": "+10 %", "rounding": "up"}, 20, 22),  # exact: nothing to round
    ],
)
def test_seats_are_rounded_as_declared(rule: dict[str, object], seats: int, wanted: int) -> None:
    assert SeatRule.model_validate(rule).of(seats) == wanted


@given(
    st.integers(0, 500),
    st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 60), min_size=1, max_size=8),
)
def test_spread_seats_sum_up_and_stay_within_one_of_their_share(seats: int, held: dict[str, int]) -> None:
    """Hamilton's method keeps the quota rule; and the order of the offers does not matter."""
    total = sum(held.values())
    if not total:
        return

    given_out = spread(seats, held)

    assert sum(given_out.values()) == seats
    assert all(abs(given_out[offer] * total - seats * number) < total for offer, number in held.items())
    assert spread(seats, dict(reversed(held.items()))) == given_out


def seats_after(*rules: dict[str, object]) -> Applications:
    models = [SeatRule.model_validate(rule) for rule in rules]
    return with_seats(small_city(), SCOPE, models, [HERE] * len(models))[0]


def test_quotas_and_offers_stay_in_step_and_nothing_else_changes() -> None:
    """In every scope the offers hold what the quota says, whatever was changed."""
    before = small_city()
    after = seats_after(
        {"by": "+15 %", "rounding": "nearest"},
        {"where": {"town": "xiaolan"}, "to": 40},
        {"where": {"stage": "junior"}, "by": -1},
        {"offer": "shiqi-p01", "by": 3},
    )

    offered = after.offers.group_by(SCOPE).agg(pl.col("seats").sum().alias("offered"))
    both = after.quotas.join(offered, on=SCOPE)
    assert both.height == after.quotas.height
    assert both["seats"].equals(both["offered"], check_names=False)
    assert after.quotas.filter(town="xiaolan")["seats"].to_list() == [40, 39]
    for name, frame in before.tables().items():
        same = frame.drop("seats") if "seats" in frame.columns else frame
        assert same.equals(after.tables()[name].select(same.columns))


def test_rules_apply_one_after_another() -> None:
    """Ten per cent of what the rule before left."""
    after = seats_after(
        {"where": {"town": "shiqi"}, "to": 50},
        {"where": {"town": "shiqi"}, "by": "+10 %", "rounding": "down"},
    )

    assert after.quotas.filter(town="shiqi")["seats"].to_list() == [55, 55]


def test_a_round_with_quotas_alone_has_no_offers_to_change() -> None:
    """Selection without offers: the quota is all there is."""
    tables = replace(small_city(), offers=small_city().offers.clear())

    after, _ = with_seats(tables, SCOPE, [SeatRule(to=9)], [HERE])

    assert set(after.quotas["seats"]) == {9}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"where": {"town": "atlantis"}, "to": 1}, "study.no_such_scope"),
        ({"where": {"village": "shiqi"}, "to": 1}, "study.no_such_scope"),
        ({"offer": "nowhere", "to": 1}, "study.no_such_offer"),
        ({"where": {"town": "shiqi"}, "by": -1000}, "study.seats_below_nought"),
        ({"offer": "shiqi-p01", "by": -1000}, "study.seats_below_nought"),
    ],
)
def test_seats_that_cannot_be_are_refused_at_their_place(rule: dict[str, object], code: str) -> None:
    with pytest.raises(BadInput) as error:
        seats_after(rule, {"offer": "nowhere", "to": 1})

    assert (error.value.problems[0].code, error.value.problems[0].place) == (code, HERE)
    assert error.value.problems[-1].code == "study.no_such_offer"


def test_new_seats_where_no_offer_has_any_are_refused() -> None:
    """There is nothing to be in proportion to."""
    with pytest.raises(BadInput, match="study.seats_nowhere"):
        seats_after({"where": {"town": "shiqi"}, "to": 0}, {"where": {"town": "shiqi"}, "to": 5})


def test_changes_keep_the_place_and_value_as_written() -> None:
    """Decimals exact; places inside the value too."""
    study = study_of(
        "  a:\n    title: {zh: 甲, en: a}\n    set:\n      indicators.x.points:\n        cap: 1.50\n"
        "    drop: [indicators.y]\n"
    )

    setting, dropping = study.changes("a")

    assert (setting.path, setting.place.line, str(setting.value)) == (
        "indicators.x.points",
        HEAD_LINES + 4,
        "{'cap': Decimal('1.50')}",
    )
    assert (setting.places or {})[("cap",)].line == HEAD_LINES + 5
    assert (dropping.drop, dropping.path, dropping.place.line) == (True, "indicators.y", HEAD_LINES + 6)
