"""Holiday notices of further years and local closures, from YAML text that an office keeps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from values.problems import BadInput, Problem
from values.working_days import STATE_COUNCIL, WorkCalendar
from values.yaml_marks import Document, read_yaml

FORMAT = "calendar/1"
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?")
_STEP = re.compile(r"\w+")
_YEAR = re.compile(r"[12]\d{3}")
_LONGEST = 366
_ALWAYS_OFF = ((1, 1), (5, 1), (10, 1))
"""Fixed in 全国年节及纪念日放假办法 art. 2; a notice without them was not entered whole."""


def load_calendar(text: str, name: str, base: WorkCalendar = STATE_COUNCIL) -> WorkCalendar:
    """`base` with the notices and changes of a text; `name` is the file named in errors.

    A notice covers a year that `base` does not; it may also state days of the December before. A
    change (a supplementary notice, a regional holiday, a closure for a storm) states days of covered
    years. Days are written `2027-10-01` or `2027-10-01..2027-10-07`. Notices are read before changes.

    Raises:
        BadInput: all problems of the text, `calendar.…` or `yaml.…`, each with line, column and path.
    """
    document = read_yaml(text, name, as_text=True)
    reader = _Reader(document)
    top = reader.mapping(document.value, "", {"format"}, {"notices", "changes"})
    if top.get("format") != FORMAT:
        reader.problem("calendar.format", "format", found=top.get("format", "–"), expected=FORMAT)
    calendar = base
    for path, notice in reader.items(top, "notices"):
        calendar = _with_notice(calendar, reader, path, notice)
    covered = calendar.years
    changed: set[date] = set()
    for path, change in reader.items(top, "changes"):
        fields = reader.mapping(change, path, {"source"}, {"off", "worked"})
        off, worked = _off_and_worked(reader, path, fields, "off")
        for day in sorted(off | worked):
            if day.year not in covered:
                reader.problem("calendar.day_outside_years", path, day=day, year=day.year)
            if day in changed:
                reader.problem("calendar.contradiction", path, day=day)
        changed |= off | worked
        calendar = calendar.with_days(off=off, worked=worked, source=fields.get("source", ""))
    if reader.problems:
        raise BadInput(reader.problems)
    return calendar


def _with_notice(calendar: WorkCalendar, reader: _Reader, path: str, notice: object) -> WorkCalendar:
    fields = reader.mapping(notice, path, {"year", "source", "holidays"}, {"worked"})
    off, worked = _off_and_worked(reader, path, fields, "holidays")
    written = fields.get("year", "")
    if not isinstance(written, str) or not _YEAR.fullmatch(written):
        if "year" in fields:
            reader.problem("calendar.year", f"{path}.year", text=written)
        return calendar
    year = int(written)
    if year in calendar.years:
        reader.problem("calendar.year_covered", f"{path}.year", year=year)
    for day in sorted(off | worked):
        if day.year != year and (day.year, day.month) != (year - 1, 12):
            reader.problem("calendar.day_outside_notice", path, day=day, year=year)
    for day in sorted(worked):
        if day.weekday() < 5:
            reader.problem("calendar.worked_weekday", f"{path}.worked", day=day)
    for month, number in _ALWAYS_OFF:
        if (day := date(year, month, number)) not in off:
            reader.problem("calendar.holiday_missing", f"{path}.holidays", day=day)
    return calendar.with_days(off=off, worked=worked, years=[year], source=fields.get("source", ""))


def _off_and_worked(
    reader: _Reader, path: str, fields: Mapping[str, object], off_key: str
) -> tuple[set[date], set[date]]:
    off, worked = reader.days(fields, path, off_key), reader.days(fields, path, "worked")
    for day in sorted(off & worked):
        reader.problem("calendar.contradiction", path, day=day)
    return off, worked


class _Reader:
    """Collects the problems of a document while its parts are read."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def problem(self, code: str, path: str, **figures: object) -> None:
        steps = tuple(int(step) if step.isdigit() else step for step in _STEP.findall(path))
        self.problems.append(Problem.of(code, replace(self.document.place(steps), path=path), **figures))

    def mapping(self, value: object, path: str, needed: set[str], allowed: set[str]) -> dict[str, Any]:
        """A mapping with its known keys; `source` and `year` must be text, lists are read later."""
        if not isinstance(value, dict):
            self.problem("calendar.keys", path, missing=", ".join(sorted(needed)), unknown="–")
            return {}
        missing, unknown = needed - set(value), set(value) - needed - allowed
        if missing or unknown:
            shown = {"missing": ", ".join(sorted(missing)), "unknown": ", ".join(sorted(unknown))}
            self.problem("calendar.keys", path, **{key: text or "–" for key, text in shown.items()})
        source = value.get("source", "")
        if "source" in value and (not isinstance(source, str) or not source.strip()):
            self.problem("calendar.source", f"{path}.source")
            return {key: item for key, item in value.items() if key != "source"}
        return value

    def items(self, top: Mapping[str, object], key: str) -> list[tuple[str, object]]:
        listed = top.get(key, [])
        if not isinstance(listed, list):
            self.problem("calendar.not_a_list", key)
            return []
        return [(f"{key}[{index}]", item) for index, item in enumerate(listed)]

    def days(self, fields: Mapping[str, object], path: str, key: str) -> set[date]:
        found: set[date] = set()
        for place, text in self.items(fields, key):
            span = _span(text)
            if span is None:
                self.problem("calendar.days", f"{path}.{place}", text=text)
            else:
                found |= span
        return found


def _span(text: object) -> set[date] | None:
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:
        first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2] or match[1])
    except ValueError:
        return None
    count = (last - first).days + 1
    return {first + timedelta(days=n) for n in range(count)} if 1 <= count <= _LONGEST else None
