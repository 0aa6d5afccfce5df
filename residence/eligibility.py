"""Whether somebody may have a permit, or have it endorsed: judged before `apply` and `endorse`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from residence.findings import Answer, Finding, Judgement, answer_of, judged
from residence.guardians import Guardian, is_minor, judge_guardians
from residence.life_cycle import Event, State, advance, broken_since, elapsed, endorsement_window
from residence.routes import RouteFacts, judge_routes
from residence.rules import Rules
from values.problems import Place, Problem, Refused, bad_input
from values.working_days import WorkCalendar


@dataclass(frozen=True)
class Person:
    """What is known of somebody who applies.

    `born` None is not known. `ground`: on which the rules waive the conditions (a talent, an investor, …),
    as the office that keeps the list attests it; empty for none. `sole_guardian`: see `judge_guardians`.
    """

    routes: RouteFacts
    born: date | None = None
    ground: str = ""
    guardians: tuple[Guardian, ...] = ()
    sole_guardian: bool | None = None


def judge_application(
    state: State, person: Person, day: date, rules: Rules, calendar: WorkCalendar
) -> Judgement:
    """Whether a person in a state may apply on a day: registered, resident long enough, one route.

    A minor also needs what the rules ask of guardians. A ground that the rules waive the conditions for
    takes the place of residence and routes. Its `against()` are the reasons to tell in a refusal.

    Raises:
        BadInput: `residence.ground_unknown`, or as `judge_routes`.
    """
    parts = [_registered(state, rules)]
    parts.append(_conditions(person, day, rules, [_residence(state, day, rules, calendar)]))
    return judged("application", (), [*parts, *_guardians(person, day, rules)])


def judge_endorsement(state: State, person: Person, day: date, rules: Rules) -> Judgement:
    """Whether a permit may be endorsed on a day: in the window or late, and one route still holds.

    Raises:
        BadInput: as `judge_application`.
    """
    now = elapsed(state, day)
    holds = now.permit in ("valid", "suspended")
    findings = [
        Finding(answer_of(holds), Problem.of("finding.permit", permit=now.permit), rules.clause_of("endorse"))
    ]
    if now.permit == "valid" and now.due:
        opens, due = endorsement_window(now.due, rules)
        window = Problem.of("finding.window", opens=opens, due=due)
        findings.append(Finding(answer_of(day >= opens), window, rules.cites["endorsement_window"]))
    parts = [judged("permit", findings), _registered(state, rules), _conditions(person, day, rules, [])]
    return judged("endorsement", (), parts)


def advance_if_met(state: State, event: Event, person: Person, rules: Rules, calendar: WorkCalendar) -> State:
    """The state after an event, if `apply` and `endorse` are what the person may have on that day.

    Raises:
        Refused: the findings that stand in the way, not met or not known; the place is the clause.
        BadInput: as `advance`, `judge_application` and `judge_endorsement`.
    """
    if event.kind == "apply":
        stands = judge_application(state, person, event.day, rules, calendar).against()
    elif event.kind == "endorse":
        stands = judge_endorsement(state, person, event.day, rules).against()
    else:
        stands = ()
    if stands:
        raise Refused(replace(item.what, place=Place(path=item.cite)) for item in stands)
    return advance(state, event, rules, calendar)


def _registered(state: State, rules: Rules) -> Judgement:
    what = Problem.of("finding.registered", registration=state.registration)
    cite = rules.clause_of("declare")
    return judged("registered", [Finding(answer_of(state.registration == "registered"), what, cite)])


def _conditions(person: Person, day: date, rules: Rules, others: Sequence[Finding]) -> Judgement:
    if not person.ground:
        return judged("conditions", others, [judge_routes(person.routes, day, rules)])
    if person.ground not in rules.waivers:
        known = ", ".join(sorted(rules.waivers)) or "–"
        raise bad_input("residence.ground_unknown", event="apply", ground=person.ground, known=known)
    waived = Problem.of("finding.waived", ground=person.ground)
    return judged("conditions", [Finding("met", waived, rules.cites["waivers"])])


def _residence(state: State, day: date, rules: Rules, calendar: WorkCalendar) -> Finding:
    cite = rules.cites["residence_needed"]
    needed = f"{rules.residence_needed.count} {rules.residence_needed.unit}"
    since = state.residence_from
    if since is None:
        return Finding("not_met", Problem.of("finding.residence", since="–", needed=needed, day=day), cite)
    broken = broken_since(state, day, rules)
    enough: Answer = answer_of(broken is None and rules.residence_needed.last_day(since, calendar) <= day)
    return Finding(enough, Problem.of("finding.residence", since=since, needed=needed, day=day), cite)


def _guardians(person: Person, day: date, rules: Rules) -> list[Judgement]:
    asked = rules.guardians_permit or rules.guardians_insured
    if not asked:
        return []
    if person.born is None:
        unknown = Finding(
            "unknown", Problem.of("finding.age", years=rules.minor_age), rules.cites["minor_age"]
        )
        return [judged("guardians", [unknown])]
    if not is_minor(person.born, day, rules):
        return []
    return [judge_guardians(person.guardians, day, rules, sole=person.sole_guardian)]
