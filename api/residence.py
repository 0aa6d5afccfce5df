"""What `residence` does: one person's timeline, or the lists of a registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import typer

from api.console import print_json, report, show
from publication.messages import LANGUAGES, Lang, sentence
from publication.timeline import Timeline, timeline_of, timeline_svg, timeline_text
from residence.registry import Refused, Standing, standings
from residence.residence_time import states_of
from scenarios.registry import Registry, registry_of
from scenarios.residence_facts import Residence
from storage.folders import refuse_occupied, write_folder
from storage.registry_files import (
    HistoriesRead,
    read_histories,
    read_places,
    read_residence,
    registry_files,
    summary,
)
from values.problems import BadInput, Place, bad_input
from values.progress import Progress

BATCH = 2000


@dataclass(frozen=True)
class Asked:
    """What is asked of a registry: the day, days ahead for deadlines at risk, people per coordinator."""

    as_of: date
    ahead: int
    per: int


@dataclass(frozen=True, eq=False)
class Given:
    """Rules, histories and places, read."""

    residence: Residence
    read: HistoriesRead
    areas: frozenset[str] | None
    offices: frozenset[str] | None

    def standings(self, as_of: date, person: str | None = None) -> Iterator[Standing | Refused]:
        """Everybody, or one person."""
        frame = self.read.frame
        rows = frame if person is None else frame.filter(pl.col("subject") == person)
        found = self.residence
        return standings(
            rows,
            as_of,
            found.rules,
            found.calendar,
            areas=self.areas,
            offices=self.offices,
            file=self.read.file,
        )


def day_of(text: str | None) -> date:
    """The day asked for.

    Raises:
        BadParameter: none, or no day.
    """
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise typer.BadParameter("give a day, for example --as-of 2026-06-30") from None


def choices_of(given: Sequence[str] | None) -> dict[str, str]:
    """`name=value` pairs.

    Raises:
        BadParameter: not a pair.
    """
    pairs = [text.partition("=") for text in given or ()]
    if any(not (name and mark and value) for name, mark, value in pairs):
        raise typer.BadParameter("write choices as --choose name=value")
    return {name: value for name, _, value in pairs}


def given_of(rules: str, history: Path, choices: dict[str, str], places: Path | None) -> Given:
    """Read everything that is needed.

    Raises:
        BadInput: the rules, the table or the places cannot be used.
    """
    areas, offices = (None, None) if places is None else read_places(places)
    return Given(read_residence(rules, choices), read_histories(history), areas, offices)


def person_of(given: Given, person: str | None) -> str | None:
    """Whose timeline is asked for: the person named, or the only one there is.

    Raises:
        BadInput: `facts.nobody_of_that_name`.
    """
    people = given.read.people
    if person is None:
        return next(iter(people)) if len(people) == 1 else None
    if person not in people:
        raise bad_input("facts.nobody_of_that_name", Place(field="subject"), id=person)
    return person


def tell_person(
    given: Given, person: str, as_of: date, out: Path | None, lang: Lang, *, as_json: bool, replace: bool
) -> None:
    """Print one person's timeline, and write it with its picture.

    Raises:
        BadInput: everything wrong with the person's rows.
    """
    told = timeline(given, person, as_of)
    if out is not None:
        files = {f"timeline.{each}.svg": timeline_svg(told, each).encode() for each in LANGUAGES}
        files |= {f"timeline.{each}.txt": timeline_text(told, each).encode() for each in LANGUAGES}
        write_folder(out, files, replace=replace)
    if as_json:
        print_json(timeline_document(told))
    else:
        show(timeline_text(told, lang).rstrip("\n"))


def timeline(given: Given, person: str, as_of: date) -> Timeline:
    """One person's timeline.

    Raises:
        BadInput: everything wrong with the person's rows.
    """
    unread = given.read.unreadable.get(person, ())
    found = next(given.standings(as_of, person), Refused(person, "", ()))
    if unread or isinstance(found, Refused):
        raise BadInput((*unread, *(found.problems if isinstance(found, Refused) else ())))
    events = [event for stay in found.stays for event in stay]
    states = states_of(events, given.residence.rules, given.residence.calendar)
    return timeline_of(found, states, given.residence.rules)


def timeline_document(told: Timeline) -> dict[str, Any]:
    """A timeline as `timeline/1`."""
    facts, time = told.standing.facts, told.standing.time
    return {
        "format": "timeline/1",
        "person": told.standing.person,
        "as_of": told.as_of.isoformat(),
        "registration": facts.registration,
        "permit": facts.permit,
        "months": time.continuous_months,
        "months_in_all": time.cumulative_months,
        "endorsement_due": None if facts.endorsement_due is None else facts.endorsement_due.isoformat(),
        "steps": [
            {
                "day": step.event.day.isoformat(),
                "event": step.event.kind,
                "registration": step.state.registration,
                "permit": step.state.permit,
            }
            for step in told.steps
        ],
        "spells": [
            {
                "first": part.first.isoformat(),
                "after": part.after.isoformat(),
                "continuous": part.continuous,
                "cumulative": part.cumulative,
                "why": part.why or None,
            }
            for part in time.parts
        ],
        "open": [
            {"duty": item.duty, "last_day": item.last_day.isoformat(), "overdue": item in facts.overdue}
            for item in facts.open
        ],
    }


def tell_registry(
    given: Given,
    asked: Asked,
    out: Path | None,
    lang: Lang,
    *,
    as_json: bool,
    replace: bool,
    workbooks: bool,
    progress: Progress,
) -> Registry:
    """Print a registry's counts and write its lists."""
    if out is not None:
        refuse_occupied(out, replace=replace)
    frame = given.read.frame
    found = _counted(given.standings(asked.as_of), frame["subject"].n_unique(), progress)
    registry = registry_of(
        found,
        asked.as_of,
        rows=given.read.rows,
        ahead=asked.ahead,
        per=asked.per,
        unreadable=given.read.unreadable,
    )
    if out is not None:
        write_folder(out, registry_files(registry, workbooks=workbooks), replace=replace)
    if as_json:
        print_json({**summary(registry), "out": None if out is None else str(out)})
    else:
        _show_registry(registry, out, lang)
    report(registry.problems, lang=lang, as_json=False)
    return registry


def _counted(
    found: Iterator[Standing | Refused], people: int, progress: Progress
) -> Iterator[Standing | Refused]:
    for number, told in enumerate(found, 1):
        if number % BATCH == 0 or number == people:
            progress("residence", number, people)
        yield told


def _show_registry(registry: Registry, out: Path | None, lang: Lang) -> None:
    counts = registry.counts()
    states = {"registered": counts["registration"], "valid": counts["permit"], "suspended": counts["permit"]}
    figures = {**counts, "ahead": registry.ahead, "per": registry.per, "out": out}
    figures |= {name: table[name] for name, table in states.items() if isinstance(table, dict)}
    codes = ["registry", "states", "lists", "staff", *(["where"] if out is not None else [])]
    for code in codes:
        show(sentence(f"timeline.{code}", figures, lang))
