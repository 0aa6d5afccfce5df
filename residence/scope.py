"""Who the rules are for: people who live away from the place of their household registration."""

from __future__ import annotations

from dataclasses import dataclass

from residence.findings import Answer, Finding, Judgement, judged
from residence.rules import Rules
from values.problems import Problem


@dataclass(frozen=True)
class Address:
    """Where somebody is registered or lives: the county or district, its prefecture-level city, and
    whether it belonged to the city proper (市区) on the day judged.

    Which districts do changes with time, so the office says it; None is not known.
    """

    county: str
    city: str
    urban: bool | None = None


def judge_scope(hukou: Address | None, residence: Address | None, group: str, rules: Rules) -> Judgement:
    """Whether somebody is a resident without local household registration (流动人口) under the rules.

    `group`: `foreigner`, `stateless`, `hong_kong_macau_taiwan`, or empty for other citizens; the rules
    leave some of them to national rules. With `other_unit` a county (or county-level city) is a unit and
    so is a whole city proper: a move between its districts does not count.

    Source: Zhejiang, art. 2; Hangzhou 2017, arts. 2 and 27; Ankang, art. 2; national, art. 2.
    """
    findings = []
    if group in rules.under_national_rules:
        national = Problem.of("finding.national_rules", group=group)
        findings.append(Finding("not_met", national, rules.cites["under_national_rules"]))
    away = _is_elsewhere(hukou, residence, rules)
    findings.append(Finding(away, Problem.of("finding.floating"), rules.cites["floating"]))
    if rules.area == "city_proper":
        inside: Answer = "unknown" if residence is None or residence.urban is None else "not_met"
        inside = "met" if residence and residence.urban else inside
        findings.append(Finding(inside, Problem.of("finding.city_proper"), rules.cites["area"]))
    return judged("scope", findings)


def _is_elsewhere(hukou: Address | None, residence: Address | None, rules: Rules) -> Answer:
    if hukou is None or residence is None:
        return "unknown"
    if hukou.city != residence.city:
        return "met"
    if rules.floating == "other_city" or hukou.county == residence.county:
        return "not_met"
    if hukou.urban is None or residence.urban is None:
        return "unknown" if False not in (hukou.urban, residence.urban) else "met"
    return "not_met" if hukou.urban and residence.urban else "met"
