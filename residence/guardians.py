"""Minors through their guardians, and who may act for somebody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from residence.findings import Finding, Judgement, answer_of, judged
from residence.routes import InsuredMonth, judge_insurance
from residence.rules import Rules
from values.dates import full_years
from values.problems import Problem


@dataclass(frozen=True)
class Guardian:
    """A parent or other legal guardian: whether the permit is valid, and the insurance paid in the area.

    None is not known.
    """

    permit: bool | None = None
    insurance: tuple[InsuredMonth, ...] | None = None


def is_minor(born: date, day: date, rules: Rules) -> bool:
    """Whether somebody is below the age at which the rules stop asking for guardians."""
    return full_years(born, day) < rules.minor_age


def judge_guardians(
    guardians: Sequence[Guardian], day: date, rules: Rules, *, sole: bool | None = None
) -> Judgement:
    """Whether the guardians of a minor who applies have what the rules ask of them.

    `sole`: whether the one guardian shown is the only one there is (the other parent dead, not known, or
    without custody). It matters only where `guardians_which` is `all_there_are`; with `both`, two must be
    shown. Where the rules ask nothing of guardians the answer is yes.

    Source: Hangzhou 2016, 二(一)3.
    """
    if not rules.guardians_permit and not rules.guardians_insured:
        return judged("guardians")
    cite = rules.cites["guardians_permit"]
    shown = len(guardians)
    enough = shown >= 2
    if shown == 1 and rules.guardians_which == "all_there_are":
        found = answer_of(sole)
    else:
        found = answer_of(enough)
    parts = [
        _judge_guardian(guardian, number, day, rules) for number, guardian in enumerate(guardians, start=1)
    ]
    which = rules.cites["guardians_which"] if shown == 1 else cite
    return judged("guardians", [Finding(found, Problem.of("finding.guardians", have=shown), which)], parts)


def _judge_guardian(guardian: Guardian, number: int, day: date, rules: Rules) -> Judgement:
    findings = []
    if rules.guardians_permit:
        what = Problem.of("finding.guardian_permit", number=number)
        findings.append(Finding(answer_of(guardian.permit), what, rules.cites["guardians_permit"]))
    if rules.guardians_insured:
        findings.append(
            judge_insurance(
                guardian.insurance,
                day,
                rules,
                needed=rules.guardians_insured,
                without=rules.guardians_without,
                cite=rules.cites["guardians_insured"],
            )
        )
    return judged(f"guardian_{number}", findings)


def judge_proxy(act: str, groups: Collection[str], deputy: str, rules: Rules) -> Judgement:
    """Whether somebody may act for a person; which papers both show is in `documents.missing_papers`.

    `groups`: what the person is: `minor`, `infirm` (old or disabled and hardly able to come), or nothing.
    `deputy`: what the one who acts is to the person: `guardian`, `near_relative`, or anything else.
    A text that says nothing of proxies for an act allows none.
    """
    rows = [rules.proxies.get(group, {}).get(act) for group in sorted(groups)]
    allowed = [row for row in rows if row is not None]
    if not allowed:
        nobody = Problem.of("finding.proxy_none", act=act)
        return judged("proxy", [Finding("not_met", nobody, "")])
    best = next((row for row in allowed if deputy in row.by), allowed[0])
    who = Problem.of("finding.proxy", act=act, by=", ".join(sorted(best.by)), deputy=deputy)
    return judged("proxy", [Finding(answer_of(deputy in best.by), who, best.cite)])


def must_be_represented(act: str, groups: Collection[str], rules: Rules) -> bool:
    """Whether the rules leave an act of such a person to the deputy alone (Zhejiang, art. 7)."""
    rows = [rules.proxies.get(group, {}).get(act) for group in groups]
    return any(row.required for row in rows if row is not None)
