"""A registry on a day: facts, who is to be reminded, what is overdue, deadlines and staff by office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from residence.registry import Refused, Standing
from values.problems import Problem

PEOPLE = {
    "person": pl.String,
    "office": pl.String,
    "registration": pl.String,
    "permit": pl.String,
    "residence_from": pl.Date,
    "months": pl.Int64,
    "months_in_all": pl.Int64,
    "endorsement_due": pl.Date,
    "broken_since": pl.Date,
    "overdue": pl.Int64,
}
REMINDERS = {
    "person": pl.String,
    "office": pl.String,
    "opens": pl.Date,
    "due": pl.Date,
    "days_left": pl.Int64,
    "reminded": pl.Date,
}
DUTIES = {
    "person": pl.String,
    "office": pl.String,
    "duty": pl.String,
    "of": pl.String,
    "begun": pl.Date,
    "last_day": pl.Date,
    "days": pl.Int64,
}
REFUSED = {"person": pl.String, "office": pl.String, "row": pl.Int64, "column": pl.String, "code": pl.String}
STATES = {
    "registration": ("none", "arrived", "registered", "ended"),
    "permit": ("none", "applied", "accepted", "valid", "suspended", "terminated"),
}


@dataclass(frozen=True, eq=False)
class Registry:
    """Tables of a registry. `rows` were read, of `read` people, of whom those in `refused` were not done.

    `people`: one row a person. `reminders`: endorsements whose window is open. `overdue`: duties of people
    and offices, endorsements among them, that are late by `days`. `at_risk`: those that end within `ahead`
    days. `offices`: counts by office with the coordinators needed at one per `per` registered people.
    """

    as_of: date
    ahead: int
    per: int
    rows: int
    read: int
    people: pl.DataFrame
    reminders: pl.DataFrame
    overdue: pl.DataFrame
    at_risk: pl.DataFrame
    offices: pl.DataFrame
    refused: pl.DataFrame
    problems: tuple[Problem, ...]

    @property
    def done(self) -> int:
        """How many people have facts."""
        return self.people.height

    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table by its name."""
        names = ("people", "reminders", "overdue", "at_risk", "offices", "refused")
        return {name: getattr(self, name) for name in names}

    def counts(self) -> dict[str, object]:
        """How many of what; `read` is `done` and `refused` together."""
        states = {
            name: {state: int((self.people[name] == state).sum()) for state in known}
            for name, known in STATES.items()
        }
        registered = states["registration"]["registered"]
        return {
            "rows": self.rows,
            "read": self.read,
            "done": self.done,
            "refused": self.refused["person"].n_unique(),
            **states,
            "reminders": self.reminders.height,
            "overdue": self.overdue.height,
            "at_risk": self.at_risk.height,
            "coordinators": coordinators(registered, self.per),
        }


def coordinators(registered: int, per: int) -> int:
    """Staff at one coordinator per so many registered people, part of the number being one more."""
    return -(-registered // per)


@dataclass
class _Lists:
    """Rows of the tables as they are found."""

    people: list[tuple[object, ...]] = field(default_factory=list)
    reminders: list[tuple[object, ...]] = field(default_factory=list)
    overdue: list[tuple[object, ...]] = field(default_factory=list)
    at_risk: list[tuple[object, ...]] = field(default_factory=list)
    refused: list[tuple[object, ...]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def registry_of(
    found: Iterable[Standing | Refused],
    as_of: date,
    *,
    rows: int,
    ahead: int,
    per: int,
    unreadable: Mapping[str, tuple[Problem, ...]] | None = None,
) -> Registry:
    """The tables of everybody's standing.

    `unreadable`: problems of rows that could not be read, by person: these people are refused, whether
    `found` has other rows of them or none.
    Hangzhou's circular of 2016, 三(一), and Jiangbei's draft, 五(三), ask for one coordinator per 800 people.
    """
    lists = _Lists()
    read, unread_people = 0, dict(unreadable or {})
    for told in found:
        read += 1
        unread = unread_people.pop(told.person, ())
        if isinstance(told, Refused) or unread:
            own = told.problems if isinstance(told, Refused) else ()
            more = (problem for problem in own if not (unread and problem.code == "registry.cell_missing"))
            _refuse(lists, told.person, told.office, (*unread, *more))
        else:
            _list(lists, told, as_of, ahead)
    for person, unread in unread_people.items():
        _refuse(lists, person, "", unread)
    read += len(unread_people)
    people = _frame(lists.people, PEOPLE)
    overdue, at_risk = _frame(lists.overdue, DUTIES), _frame(lists.at_risk, DUTIES)
    reminders, refused = _frame(lists.reminders, REMINDERS), _frame(lists.refused, REFUSED)
    return Registry(
        as_of,
        ahead,
        per,
        rows,
        read,
        people,
        reminders.sort("due", "person"),
        overdue.sort("days", "person", descending=[True, False]),
        at_risk.sort("last_day", "person"),
        _offices(people, reminders, overdue, at_risk, refused, per),
        refused,
        tuple(lists.problems),
    )


def _frame(rows: list[tuple[object, ...]], schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(schema), orient="row")


def _refuse(lists: _Lists, person: str, office: str, problems: tuple[Problem, ...]) -> None:
    lists.problems += problems
    for problem in problems:
        lists.refused.append((person, office, problem.place.row or None, problem.place.field, problem.code))


def _list(lists: _Lists, told: Standing, as_of: date, ahead: int) -> None:
    facts, who = told.facts, (told.person, told.office)
    due = facts.endorsement_due
    duties: list[tuple[str, str, date, date]] = [
        (item.duty, "office" if item.duty == "issue" else "person", item.begun, item.last_day)
        for item in facts.open
    ]
    if due is not None:
        duties.append(("endorse", "person", told.state.anchor or due, due))
    late = 0
    for duty, of, begun, last in duties:
        days = (as_of - last).days
        if days > 0:
            late += 1
            lists.overdue.append((*who, duty, of, begun, last, days))
        elif -days <= ahead:
            lists.at_risk.append((*who, duty, of, begun, last, -days))
    months, in_all = told.time.continuous_months, told.time.cumulative_months
    state = (facts.registration, facts.permit, facts.residence_from, months, in_all, due, facts.broken_since)
    lists.people.append((*who, *state, late))
    if told.reminder is not None and facts.permit == "valid":
        reminder = told.reminder
        lists.reminders.append((*who, reminder.opens, reminder.due, reminder.days_left, reminder.reminded))


def _offices(
    people: pl.DataFrame,
    reminders: pl.DataFrame,
    overdue: pl.DataFrame,
    at_risk: pl.DataFrame,
    refused: pl.DataFrame,
    per: int,
) -> pl.DataFrame:
    """One row an office, "" for people without one."""
    counts = people.group_by("office").agg(
        pl.len().alias("people"),
        (pl.col("registration") == "registered").sum().alias("registered"),
        (pl.col("permit") == "valid").sum().alias("valid"),
        (pl.col("permit") == "suspended").sum().alias("suspended"),
    )
    listed = {"reminders": reminders, "overdue": overdue, "at_risk": at_risk}
    mine = overdue.filter(pl.col("of") == "office"), at_risk.filter(pl.col("of") == "office")
    listed |= {"overdue_by_office": mine[0], "at_risk_by_office": mine[1]}
    for name, table in listed.items():
        counts = counts.join(table.group_by("office").len(name), on="office", how="left")
    gone = refused.unique(["person", "office"]).group_by("office").len("refused")
    counts = counts.join(gone, on="office", how="full", coalesce=True).fill_null(0)
    staff = (pl.col("registered") + per - 1) // per
    whole = counts.with_columns(staff.alias("coordinators")).sort("office")
    return whole.cast({name: pl.Int64 for name in whole.columns if name != "office"})
