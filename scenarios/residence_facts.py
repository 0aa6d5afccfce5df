"""Histories become facts: residence time, registration and permit of every subject, before scoring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from publication.trace_text import ResidenceTrace
from residence.calendar_text import load_calendar
from residence.registry import ROW, Refused, Standing, standings
from residence.rules import Rules, load_rules
from scenarios.config import RoundConfig
from scenarios.tables import HISTORIES, Applications, RuleTexts, residence_measures
from scoring.fact_model import DerivedFact
from scoring.policy import Policy
from scoring.scalar import Person
from values.canonical import canonical_json
from values.problems import BadInput, Place, Problem, bad_input
from values.working_days import STATE_COUNCIL, WorkCalendar

FIRST_ROW = 2


@dataclass(frozen=True, eq=False)
class Residence:
    """The rules of a round that count residence, read from their texts."""

    texts: RuleTexts
    choices: Mapping[str, str]

    @cached_property
    def rules(self) -> Rules:
        """Raises BadInput `residence.…`."""
        return load_rules(self.texts.layers, self.choices)

    @cached_property
    def calendar(self) -> WorkCalendar:
        """The State Council's with the office's own. Raises BadInput `calendar.…`."""
        calendar = STATE_COUNCIL
        for text, name in self.texts.calendars:
            calendar = load_calendar(text, name, calendar)
        return calendar

    def standings(self, histories: pl.DataFrame, as_of: date) -> Iterator[Standing | Refused]:
        """Everybody of a table of histories."""
        rows = histories.with_row_index(ROW, FIRST_ROW).with_columns(pl.col(ROW).cast(pl.Int64))
        return standings(rows, as_of, self.rules, self.calendar)

    def document(self) -> bytes:
        """What the rules say about residence time, as an outsider's program reads it."""
        rules = self.rules
        change = rules.change_within
        shown = {
            "counts_from": rules.counts_from,
            "suspension_effect": rules.suspension_effect,
            "termination_effect": rules.termination_effect,
            "moves_inside": rules.moves_inside,
            "change_within": None if change is None else f"{change.count} {change.unit}",
            "rolls_over": bool(change and change.rolls_over),
            "home_visits": rules.home_visits,
            "absence": rules.absence,
            "endorsement_anchor": rules.endorsement_anchor,
            "leap_day": rules.leap_day,
        }
        return canonical_json({"format": "residence-rules/1", **shown}) + b"\n"


def residence_of(config: RoundConfig, tables: Applications) -> Residence | None:
    """The rules that a round names, with the texts that came with its tables."""
    if config.residence is None or tables.rule_texts is None:
        return None
    return Residence(tables.rule_texts, config.residence.choices)


def with_residence(
    policy: Policy,
    service: str,
    applicants: pl.DataFrame,
    histories: pl.DataFrame | None,
    residence: Residence | None,
    as_of: date,
) -> pl.DataFrame:
    """`applicants` with one column a fact of residence: computed from the histories, or the finished fact.

    Somebody without a history has not arrived: no months, no registration, no permit.

    Raises:
        BadInput: `facts.history_twice`, `facts.history_missing`, `facts.residence_rules_missing`; everything
            that contradicts itself in the histories, by person and row.
    """
    names = residence_measures(policy, service)
    problems = list(_source_problems(names, applicants, histories))
    if problems:
        raise BadInput(problems)
    if not names or histories is None:
        return applicants
    if residence is None:
        raise bad_input("facts.residence_rules_missing", Place(file=HISTORIES))
    known = histories.join(applicants.select("subject"), on="subject", how="semi", maintain_order="left")
    found = list(residence.standings(known, as_of))
    refused = [problem for told in found if isinstance(told, Refused) for problem in told.problems]
    if refused:
        raise BadInput(refused)
    people = {told.person: told for told in found if isinstance(told, Standing)}
    subjects = applicants["subject"].to_list()
    return applicants.with_columns(
        _column(policy.derived[name], name, [people.get(subject) for subject in subjects]) for name in names
    )


def _source_problems(
    names: Iterable[str], applicants: pl.DataFrame, histories: pl.DataFrame | None
) -> Iterator[Problem]:
    """A fact of residence needs exactly one source: the histories, or a column that is not wholly empty."""
    for name in names:
        finished = name in applicants.columns and applicants[name].null_count() < applicants.height
        if finished == (histories is not None):
            code = "facts.history_twice" if finished else "facts.history_missing"
            yield Problem.of(code, Place(file="applicants", field=name), fact=name)


def _column(rule: DerivedFact, name: str, people: list[Standing | None]) -> pl.Series:
    values = [measured(rule, told) for told in people]
    dtype = pl.Int64() if rule.members is None else pl.Enum(list(rule.members))
    return pl.Series(name, values, dtype=dtype)


def measured(rule: DerivedFact, told: Standing | None) -> int | str:
    """A fact of one person's residence."""
    if told is None:
        return 0 if rule.members is None else "none"
    continuous, in_all = told.time.continuous_months or 0, told.time.cumulative_months or 0
    match rule.residence:
        case "registration":
            return told.facts.registration
        case "permit":
            return told.facts.permit
        case "overdue":
            value = sum(item.duty != "issue" for item in told.facts.overdue)
        case "months":
            value = continuous
        case "years":
            value = continuous // 12
        case "months_in_all":
            value = in_all
        case _:
            value = in_all // 12
    return min(value, rule.maximum)


def trace_residence(
    policy: Policy, names: Iterable[str], person: Person, own: pl.DataFrame, residence: Residence, as_of: date
) -> tuple[ResidenceTrace, ...]:
    """What one subject's facts of residence came from; nothing for somebody without a history."""
    found = list(residence.standings(own, as_of))
    if not found or isinstance(found[0], Refused):
        return ()
    told, rules = found[0], residence.rules
    cite = rules.cites["suspension_effect"]
    return tuple(
        ResidenceTrace(
            title=rule.title,
            cite=rule.cite or "",
            value=person.get(name),
            measure=rule.residence,
            time=told.time,
            events=tuple(event for stay in told.stays for event in stay),
            rules_cite=f"{rules.place} {cite}",
        )
        for name in names
        if (rule := policy.derived[name]).residence is not None
    )
