"""Check the facts of residence of an audit bundle: recomputed from the histories that were handed in.

`verify_bundle.py` loads this file if it lies in the same folder. Standard library only, written from the
published specification, without the engine. Deadlines that need the calendar of working days are not
recomputed: which duties are overdue, and late moves where such a deadline decides.
"""

from __future__ import annotations

import json
from calendar import isleap, monthrange
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]
Days = list[tuple[date, date]]  # from the first up to but without the second
POLICY, FACTS, APPLICANTS = "policy.json", "facts.csv", "inputs/applicants.csv"
HISTORIES, RULES = "inputs/histories.csv", "inputs/residence.json"
ENDS = ("leave", "hukou", "death", "confiscate", "not_endorsed")
PERMITS = {
    "apply": "applied",
    "accept": "accepted",
    "refuse": "none",
    "issue": "valid",
    "deny": "none",
    "endorse": "valid",
    "not_endorsed": "terminated",
    "confiscate": "terminated",
}


def later(day: date, months: int) -> date:
    """The day of the same number, or the last of a month that lacks it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_between(start: date, end: date) -> int:
    """Completed months."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (later(start, months) > end)


class Person:
    """One subject's history, walked event by event."""

    def __init__(self, rules: Row) -> None:
        self.rules, self.earlier = rules, Days()
        self.begun: date | None = None
        self.gaps, self.spells = Days(), Days()
        self.arrive(None)

    def arrive(self, day: date | None) -> None:
        """A stay begins; what earlier ones had is kept or lost."""
        if day is not None and self.begun is not None:
            kept = self.rules["termination_effect"] == "keep"
            self.earlier = [*self.earlier, *self.spells, *self.running(day)] if kept else []
        self.registration, self.permit = ("none" if day is None else "arrived"), "none"
        self.begun = day if self.rules["counts_from"] == "arrival" else None
        self.due: date | None = None
        self.anchor: date | None = None
        self.until: date | None = None
        self.away: tuple[date, str] | None = None
        self.moved: list[tuple[date, date]] = []
        self.gaps, self.spells = Days(), Days()

    def event(self, day: date, kind: str, ground: str) -> None:
        """One step, as far as time and states are concerned."""
        if self.permit == "valid" and self.due and day > self.due:
            self.permit = "suspended"
        step = getattr(self, f"on_{kind}", None)
        if step is not None:
            step(day, ground)
        if kind in ENDS:
            self.until = self.stop(day)
        if kind in ("leave", "hukou", "death"):
            self.registration, self.away = "ended", None
        if kind in PERMITS:
            self.permit = PERMITS[kind]
        elif kind in ("hukou", "death") and self.permit in ("valid", "suspended"):
            self.permit = "terminated"

    def on_arrive(self, day: date, _: str) -> None:
        self.arrive(day)

    def on_declare(self, day: date, _: str) -> None:
        self.registration = "registered"
        self.begun = day if self.rules["counts_from"] == "registration" else self.begun

    def on_away(self, day: date, ground: str) -> None:
        self.away = day, ground

    def on_back(self, day: date, _: str) -> None:
        self.anew(day if self.absent(day) else None, day)
        self.away = None

    def on_move(self, day: date, _: str) -> None:
        if self.rules["change_within"]:
            self.moved.append((day, self.deadline(day)))

    def on_change(self, day: date, _: str) -> None:
        at_move = self.rules["moves_inside"] == "restart_at_move_if_late"
        late = self.late(day)
        if late and self.begun:
            self.anew(max(late[-1] if at_move else day, self.begun), day)
        self.moved = []

    def on_issue(self, day: date, _: str) -> None:
        self.anchor = day if self.rules["endorsement_anchor"] == "issue" else self.begun
        self.due = self.anniversary(day)

    def on_endorse(self, day: date, _: str) -> None:
        """In time: due a year later. Late: the suspension is left out, or what was before it is lost."""
        assert self.due is not None
        if self.permit == "valid":
            self.due = self.anniversary(self.due)
            return
        effect, resumes = self.rules["suspension_effect"], self.due + timedelta(1)
        if effect == "pause" and resumes < day:
            self.gaps.append((resumes, day))
        if effect == "reset":
            self.earlier, self.spells, self.begun = [], [], day
        self.due = self.anniversary(day)

    def anew(self, begun: date | None, day: date) -> None:
        """Continuous time begins anew; what was before it stays in the sum."""
        if begun is not None and begun != self.begun and self.until is None:
            self.spells += [(first, min(after, begun)) for first, after in self.running(day) if first < begun]
            self.begun = begun

    def anniversary(self, day: date) -> date:
        """The first anniversary of the anchor after a day."""
        assert self.anchor is not None
        leap = self.rules["leap_day"] == "march_1" and (self.anchor.month, self.anchor.day) == (2, 29)
        for years in range(1, 200):
            found = later(self.anchor, 12 * years)
            found = date(found.year, 3, 1) if leap and not isleap(found.year) else found
            if found > day:
                return found
        raise ValueError(day)

    def deadline(self, day: date) -> date:
        """The last day on which a move may be registered."""
        count, unit = self.rules["change_within"].split()
        if unit == "days":
            return day + timedelta(int(count))
        return later(day, int(count) * (12 if unit == "years" else 1))

    def absent(self, day: date) -> date | None:
        """Since when an absence is longer than what is bridged."""
        if self.away is None:
            return None
        since, ground = self.away
        most, days = self.rules["home_visits"], (day - since).days
        bridged = ground == "home_visit" and (most is None or days <= most)
        return None if bridged or days <= self.rules["absence"] else since

    def late(self, day: date) -> list[date]:
        """The moves whose registration is overdue, where that matters."""
        bridged = self.rules["moves_inside"] == "bridged"
        return sorted(moved for moved, last in self.moved if last < day and not bridged)

    def stop(self, day: date) -> date:
        """Up to when time has counted."""
        broken = (self.absent(day), *self.late(day)) if self.until is None else ()
        ends = [day, *(end for end in (self.until, *broken) if end)]
        suspended = self.permit == "suspended" or (self.permit == "valid" and self.due and day > self.due)
        if suspended and self.due and self.rules["suspension_effect"] != "ignore":
            ends.append(self.due + timedelta(1))
        return min(ends)

    def running(self, day: date) -> Days:
        """The time since it last began, suspensions left out."""
        if self.begun is None:
            return []
        found, first, stop = Days(), self.begun, max(self.stop(day), self.begun)
        for begins, resumes in self.gaps:
            begins, resumes = max(begins, first), min(resumes, stop)
            if begins < resumes:
                found.append((first, begins))
                first = resumes
        return [*found, (first, stop)]

    def months(self, as_of: date, *, in_all: bool) -> int:
        """Completed months of the days that count, laid end to end."""
        days = self.running(as_of)
        if in_all:
            days = [*self.earlier, *self.spells, *days]
        days = [(first, after) for first, after in days if first < after]
        if not days:
            return 0
        length = sum((after - first for first, after in days), timedelta())
        return months_between(days[-1][1] - length, days[-1][1])


def fact(rule: Row, person: Person | None, as_of: date) -> str:
    """A fact as `facts.csv` writes it."""
    measure = rule["residence"]
    if person is None:
        return "none" if measure in ("registration", "permit") else "0"
    if measure == "registration":
        return person.registration
    if measure == "permit":
        lapsed = person.permit == "valid" and person.due and as_of > person.due
        return "suspended" if lapsed else person.permit
    months = person.months(as_of, in_all=measure.endswith("_in_all"))
    return str(min(months // (12 if measure.startswith("years") else 1), int(rule["maximum"])))


def people(bundle: Any, rules: Row, as_of: date) -> dict[str, Person]:
    """Everybody with a history, walked up to a day."""
    rows = defaultdict[str, list[Row]](list)
    for _, row in bundle.rows(HISTORIES):
        rows[row["subject"]].append(row)
    found = {}
    for subject, own in rows.items():
        found[subject] = Person(rules)
        for row in sorted(own, key=lambda row: int(row["number"])):
            if (day := date.fromisoformat(row["day"])) <= as_of:
                found[subject].event(day, row["event"], row.get("ground", ""))
    return found


def residence(bundle: Any) -> None:
    """居住：由居住经历重算 | residence: recomputed from the histories"""
    if bundle.form != "audit":
        raise bundle.fault("需要审计包中的 {f} | needs {f} of the audit bundle", f=POLICY)
    policy = json.loads(bundle.read(POLICY))
    bundle.rows(FACTS)
    derived = {name: rule for name, rule in policy.get("derived", {}).items() if rule.get("residence")}
    derived = {name: rule for name, rule in derived.items() if name in bundle.csv[FACTS][0]}
    if not derived:
        raise bundle.fault("本轮不用居住经历 | no facts of residence in this round")
    handed = {row["subject"]: row for _, row in bundle.rows(APPLICANTS)}
    if HISTORIES in bundle.named:
        rules = json.loads(bundle.read(RULES))
        calendar = rules["rolls_over"] or "working_days" in (rules["change_within"] or "")
        if calendar and rules["moves_inside"] != "bridged":
            raise bundle.fault(
                "变更期限须按工作日计算 | deadlines of moves need the calendar of working days"
            )
        as_of = date.fromisoformat(bundle.about["round"]["as_of"])
        walked = people(bundle, rules, as_of)
        due: Callable[[str, str], str] = lambda name, who: fact(derived[name], walked.get(who), as_of)  # noqa: E731
        names = [name for name, rule in derived.items() if rule["residence"] != "overdue"]
    else:
        due, names = (lambda name, who: handed[who].get(name, "")), list(derived)
    for n, row in bundle.rows(FACTS):
        bundle.same(row, {name: due(name, row["subject"]) for name in names}, FACTS, n)


CHECKS: dict[str, Callable[[Any], None]] = {"residence": residence}
