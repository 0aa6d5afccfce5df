"""Who comes before whom on the waiting lists for public rental flats, worked by hand from the texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from scenarios.case_tables import Household, facts_of_households
from scenarios.worked_cases import load_cases
from scoring.candidates import qualify
from scoring.eligibility import assess
from scoring.ranking import rank
from scoring.score import score
from storage.packs import read_pack

POLICIES = Path(__file__).parents[2] / "policies"


def ranks(
    version: str, people: list[Mapping[str, object]], service: str | None = None, **readings: str
) -> list[int]:
    """The rank of each before the draw; a person differs from the first worked case only as given."""
    pack = POLICIES / f"{version}.yaml"
    example = load_cases(pack.with_name("examples.yaml").read_text("utf-8"), "examples.yaml").cases[0]
    policy = read_pack(pack, choices=readings).policy
    households = []
    for person in people:
        own = {name: value for name, value in person.items() if name not in example.given.candidate}
        theirs = {name: value for name, value in person.items() if name in example.given.candidate}
        given = example.given
        households.append(Household({**given.subject, **own}, None, {**given.candidate, **theirs}, {}))
    facts = facts_of_households(policy, service or example.service, households, as_of=example.as_of)
    scores = score(facts)
    ranking = rank(facts, scores, qualify(facts, assess(facts), scores))
    found = dict(zip(ranking.candidate.tolist(), ranking.rank.tolist(), strict=True))
    return [found[row] for row in range(len(people))]


def dates(hukou: date, insured: date, **other: object) -> dict[str, object]:
    """Registration and first payment."""
    return {"hukou_on": hukou, "insured_on": insured, **other}


def test_shenzhen_orders_by_baseline_then_the_other_date_then_birth() -> None:
    """Art. 13(3)1, 2, 4 and 5."""
    hukou, insured = date(2005, 3, 20), date(2008, 7, 1)

    order = ranks(
        "shenzhen/public-rental/2014-11-25",
        [
            dates(hukou, insured),
            dates(hukou, insured),  # equal in everything: the draw
            dates(hukou, insured, born_on=date(1980, 6, 14)),  # a day older
            dates(hukou, date(2008, 6, 30)),  # same registration, insured a day earlier
            dates(date(2005, 3, 19), date(2014, 1, 1)),  # registered a day earlier
            dates(date(2012, 1, 1), date(2005, 2, 28)),  # insured in the month before
            dates(date(2011, 12, 31), date(2005, 2, 28)),  # the same, registered a day earlier
        ],
    )

    assert order == [6, 6, 5, 4, 3, 2, 1]


def test_shenzhen_puts_registration_before_insurance_in_one_month() -> None:
    """Art. 13(3)3: in March 2005 whoever was registered then precedes all whose baseline is insurance."""
    order = ranks(
        "shenzhen/public-rental/2014-11-25",
        [
            dates(date(2008, 7, 1), date(2005, 3, 1)),
            dates(date(2005, 3, 31), date(2008, 7, 1)),
            dates(date(2005, 3, 31), date(2005, 3, 1)),  # the same month: registration; insured earlier
            dates(date(2005, 4, 1), date(2008, 7, 1)),
        ],
    )

    assert order == [3, 2, 1, 4]


def test_under_the_other_reading_shenzhen_goes_by_the_day_inside_a_month() -> None:
    """Reading R4: insured on 1 March 2005 precedes registered on the 31st."""
    people: list[Mapping[str, object]] = [
        dates(date(2008, 7, 1), date(2005, 3, 1)),
        dates(date(2005, 3, 31), date(2008, 7, 1)),
        dates(date(2005, 4, 1), date(2008, 7, 1)),
    ]

    assert ranks("shenzhen/public-rental/2014-11-25", people) == [2, 1, 3]
    assert ranks("shenzhen/public-rental/2014-11-25", people, mixed_baselines="by_day") == [1, 2, 3]


def test_shenzhen_puts_the_daily_queue_behind_the_first_one() -> None:
    """Art. 12(2): receipts in their order, whatever the dates."""
    early = dates(date(1999, 1, 1), date(1999, 1, 1))

    order = ranks(
        "shenzhen/public-rental/2014-11-25",
        [{**early, "daily_receipt": 2}, {"daily_receipt": 1}, dates(date(2012, 1, 1), date(2012, 2, 1))],
    )

    assert order == [3, 2, 1]


def test_guangzhou_orders_priority_then_series_then_number() -> None:
    """Rules 13 and 14: priority families of any series go by their numbers alone."""
    month = {"drawn_on": date(2014, 4, 30)}

    order = ranks(
        "guangzhou/public-rental/2013-05-01",
        [
            {"waiting_number": 1},
            {"waiting_number": 900, **month},  # a month earlier
            {"surveyed_2010": True, "waiting_number": 901},
            {"series": "second", "waiting_number": 902},
            {"series": "first", "waiting_number": 903},
            {"series": "first", "merit": True, "waiting_number": 6},
            {"series": "third", "poor_household": True, "waiting_number": 5},
            {"series": "third", "merit": True, "priority_used": True, "waiting_number": 2},  # spent
            {"drawn_on": date(2013, 4, 29)},  # more than three years, an interest registered: priority
            {"drawn_on": date(2013, 4, 29), "joined_intent_registration": False},  # without one
        ],
    )

    assert order == [9, 8, 6, 5, 4, 3, 2, 10, 1, 7]


def test_chengdu_puts_the_year_before_the_group() -> None:
    """Rules 5(3): an individual of last year before every family of this one."""
    order = ranks(
        "chengdu/public-rental/2014-09-18",
        [
            {"group": "ordinary_individual"},
            {"group": "priority_individual"},
            {"group": "unit"},
            {"group": "ordinary_family"},
            {"group": "priority_family"},
            {"group": "ordinary_individual", "qualified_on": date(2013, 12, 31)},
            {"group": "priority_family", "qualified_on": date(2013, 1, 1)},
            {"group": "ordinary_individual", "qualified_on": date(2012, 12, 31)},
            {"group": "ordinary_individual", "qualified_on": date(2011, 12, 31)},
        ],
    )

    assert order == [9, 8, 6, 6, 5, 4, 3, 2, 1]


def test_tianjin_orders_by_phase_and_then_by_the_housing_fund() -> None:
    """Art. 17(2); art. 13, last paragraph, only where the fund's loans built the flats."""
    people: list[Mapping[str, object]] = [
        {"non_farm_registration": False, "city_determined": True, "fund_paid_for_a_year": True},
        {},
        {"fund_paid_for_a_year": True},
        {"subsidy_qualified": True, "annual_income_per_head_yuan": "90000"},
        {"subsidy_qualified": True},  # of both kinds: the first phase, no better than the one before
    ]

    assert ranks("tianjin/public-rental/2011-03-15", people) == [5, 3, 3, 1, 1]
    assert ranks("tianjin/public-rental/2011-03-15", people, "letting_fund_built") == [5, 4, 3, 1, 1]
