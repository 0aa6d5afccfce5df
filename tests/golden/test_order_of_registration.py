"""Who comes before whom for registration by points, worked by hand from the texts."""

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
FIVE = ("pension", "medical", "unemployment", "injury", "maternity")


def ranks(
    version: str, people: list[Mapping[str, object]], ledgers: list[Mapping[str, list[Mapping[str, object]]]]
) -> list[int]:
    """The rank of each person, who differs from the defaults of the version's examples only as given."""
    pack = POLICIES / f"{version}.yaml"
    own = pack.with_name(f"examples-{pack.stem}.yaml")
    example = load_cases(own.read_text("utf-8"), own.name).cases[0]
    policy = read_pack(pack).policy
    households = [
        Household({**example.given.subject, **person}, None, {}, {**example.given.ledgers, **rows})
        for person, rows in zip(people, ledgers, strict=True)
    ]
    facts = facts_of_households(policy, example.service, households, as_of=example.as_of)
    scores = score(facts)
    ranking = rank(facts, scores, qualify(facts, assess(facts), scores))
    found = dict(zip(ranking.candidate.tolist(), ranking.rank.tolist(), strict=True))
    return [found[row] for row in range(len(people))]


def insured(**first_months: str) -> dict[str, list[Mapping[str, object]]]:
    """Insured in all five kinds to August 2015 from September 2011, or from the months given."""
    return {
        "insurance": [
            {
                "insurance": kind,
                "source": "paid",
                "first_month": first_months.get(kind, "2011-09"),
                "last_month": "2015-08",
            }
            for kind in FIVE
        ]
    }


def test_guangzhou_ranks_by_months_of_insurance_and_never_by_points() -> None:
    """Measures 9 and detail 8: medical months, then unemployment months; equal in both is one rank."""
    bachelor = {"education": "bachelor"}  # 60 points
    most = {**bachelor, "professional_title": "senior", "listed_occupation": True}  # 140 points

    order = ranks(
        "guangzhou/hukou/2014-07-21",
        [most, bachelor, bachelor, most],
        [
            insured(),  # 48 months of each
            insured(medical="2010-09"),  # 60 medical, 48 unemployment
            insured(medical="2010-09", unemployment="2011-07"),  # 60 medical, 50 unemployment
            insured(medical="2010-09", unemployment="2011-07"),
        ],
    )

    assert order == [4, 3, 1, 1]


def test_tianjin_breaks_ties_by_the_day_of_registering_then_by_insurance_points() -> None:
    """Detail 22 of 2016: the total first; of equal totals the earlier registration; then insurance points."""
    order = ranks(
        "tianjin/points/2016-01-01",
        [
            {"age_points": "90", "registered_on": date(2009, 1, 1)},
            {"age_points": "60", "insurance_points": "40", "registered_on": date(2012, 5, 2)},
            {"age_points": "100", "registered_on": date(2012, 5, 1)},
            {"age_points": "70", "insurance_points": "30", "registered_on": date(2012, 5, 2)},
            {"age_points": "70", "insurance_points": "30", "registered_on": date(2012, 5, 2)},
        ],
        [{}, {}, {}, {}, {}],
    )

    assert order == [5, 2, 1, 3, 3]
