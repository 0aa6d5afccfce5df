"""Sections of the rules: routes, papers, proxies, receipts, reports, entitlements; entries have clauses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from residence.rule_values import Parse, count_of, one_of, or_none, period, period_in, word, words, yes_or_no
from values.periods import Period

Route = Literal["employment", "home", "schooling"]
Act = Literal["declare", "change", "apply", "correct", "endorse", "exchange", "replace", "exchange_old"]
Group = Literal["minor", "infirm"]
Deputy = Literal["guardian", "near_relative"]
Kind = Literal["right", "service", "convenience", "settlement"]
Limit = Literal["none", "points", "rank", "county", "conditions"]
Party = Literal["employer", "landlord", "property_manager", "agency", "lodging"]

RECORDS: Mapping[Route, frozenset[str]] = {
    "employment": frozenset(
        (
            "labour_contract",
            "enterprise",  # 投资兴办企业
            "sole_trader",  # 个体工商户
            "licence",  # 营业执照, 民办非企业法人登记证书, 执业许可证书
            "farm_contract",  # 农业（林业）承包, 土地承租
            "fishery_contract",
            "other",
        )
    ),
    "home": frozenset(
        (
            "own",
            "relative_own",  # a near relative's
            "dormitory",  # built by an employer or a park, or bought by it
            "rented",
            "rented_by_employer",
            "borrowed",
            "lodged",
            "other",
        )
    ),
    "schooling": frozenset(("primary", "secondary", "vocational", "technical", "university", "other")),
}
"""What a record of a route can be."""

MARKS: Mapping[Route, frozenset[str]] = {
    "employment": frozenset(("employment_registered", "lawful_and_stable", "open_ended", "recognised")),
    "home": frozenset(
        (
            "title_or_use_right",
            "lawful_title",  # the landlord's
            "safe",
            "meets_rental_rules",
            "registered_with_police",
            "commercial_housing",
            "filed_with_housing_bureau",
            "written_lease",
            "same_household",
            "open_ended",
            "lawful_and_stable",
            "recognised",
        )
    ),
    "schooling": frozenset(("enrolled", "full_time", "continuous")),
}
"""What can be said of a record: yes, no, or nothing if it is not known."""

MONTH_QUALITIES = ("back_paid", "injury_only")


@dataclass(frozen=True)
class Way:
    """One way to have a route: a record of one of the `kinds`, of which all that is asked for holds.

    `kinds`: None is a record of any kind, the empty set none at all (insurance alone is enough).
    `lasted`: so long without a break up to the day judged. `term`: so long from begin to agreed end.
    `in_month`: enough that it overlaps the month judged; else the day itself. `insured`: months of
    social insurance, not counting those with a quality of `without`. `marks`: (what must be so, only if).
    """

    name: str
    cite: str
    kinds: frozenset[str] | None
    lasted: Period | None = None
    term: Period | None = None
    in_month: bool = False
    insured: int = 0
    without: frozenset[str] = frozenset()
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Paper:
    """A paper, or information, that an act needs.

    `any_of`: other papers any of which serves. `when`: all of these circumstances must hold.
    `held`: an office may have it on record already.
    """

    name: str
    cite: str
    any_of: frozenset[str] = frozenset()
    when: frozenset[str] = frozenset()
    held: bool = False


@dataclass(frozen=True)
class ProxyRule:
    """Who may do an act for somebody; `name` is the act. `required`: the person cannot act alone."""

    name: str
    cite: str
    by: frozenset[str]
    required: bool = False


@dataclass(frozen=True)
class Content:
    """What a receipt must show, or an event that a text speaks of; with its clause."""

    name: str
    cite: str


@dataclass(frozen=True)
class ReportRule:
    """An occasion on which a third party reports; `within` None: at once or with no time set."""

    name: str
    cite: str
    within: Period | None = None


@dataclass(frozen=True)
class Entitlement:
    """What a holder has. `limit`: what else decides about it, points, rank, the county or conditions."""

    name: str
    cite: str
    kind: str = ""
    needs: str = "permit"
    limit: str = "none"


@dataclass(frozen=True)
class Section:
    """How a section is read: its groups (none: any word) and the fields of an entry besides `cite`."""

    make: type
    groups: frozenset[str] = frozenset()
    fields: Mapping[str, Parse] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()


def _kinds(items: Any) -> frozenset[str] | None:
    return None if items == "any" else words()(items)


def _marks(items: list[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for item in items:
        match = re.fullmatch("([a-z_]+)(?: if ([a-z_]+))?", item)
        if match is None:
            raise ValueError(item)
        found.append((match[1], match[2] or ""))
    return tuple(found)


SECTIONS: Mapping[str, Section] = {
    "routes": Section(
        Way,
        frozenset(get_args(Route)),
        {
            "kinds": _kinds,
            "lasted": period_in("days", "months", "years"),
            "term": period_in("days", "months", "years"),
            "in_month": yes_or_no,
            "insured": count_of("months"),
            "without": words(*MONTH_QUALITIES),
            "marks": _marks,
        },
        frozenset(("kinds",)),
    ),
    "papers": Section(
        Paper, frozenset(get_args(Act)), {"any_of": words(), "when": words(), "held": yes_or_no}
    ),
    "proxies": Section(
        ProxyRule,
        frozenset(get_args(Group)),
        {"by": words(*get_args(Deputy)), "required": yes_or_no},
        frozenset(("by",)),
    ),
    "receipts": Section(Content, frozenset(("declare", "change", "accept"))),
    "events": Section(Content, frozenset(("registration", "permit"))),
    "reports": Section(ReportRule, frozenset(get_args(Party)), {"within": or_none(period)}),
    "entitlements": Section(
        Entitlement,
        frozenset(get_args(Kind)),
        {"needs": one_of("nothing", "registration", "permit"), "limit": one_of(*get_args(Limit))},
    ),
}


def read_entry(section: str, group: str, name: str, entry: Any) -> Any:
    """An entry as its dataclass, or None if it takes one away that an earlier layer stated.

    Raises:
        ValueError: what is wrong with it.
    """
    how = SECTIONS[section]
    if how.groups and group not in how.groups:
        raise ValueError(f"{group} is not one of {', '.join(sorted(how.groups))}")
    if entry == "none":
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("cite"), str) or not entry["cite"]:
        raise ValueError("cite must name the clause")
    fields = {key: value for key, value in entry.items() if key != "cite"}
    if unknown := sorted(set(fields) - set(how.fields)):
        raise ValueError(f"{', '.join(unknown)} not known")
    if missing := sorted(how.needed - set(fields)):
        raise ValueError(f"{', '.join(missing)} missing")
    try:
        parsed = {key: how.fields[key](value) for key, value in fields.items()}
        word(name)
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{error} cannot be read") from None
    made = how.make(name=name, cite=entry["cite"], **parsed)
    if isinstance(made, Way):
        _check_way(group, made)
    return made


def _check_way(route: str, way: Way) -> None:
    """Records and marks must be those of the route, and the way must ask for something."""
    if way.kinds == frozenset() and not way.insured:
        raise ValueError("a way without kinds must ask for insurance")
    if way.without and not way.insured:
        raise ValueError("without needs insured")
    known_records, known_marks = RECORDS[route], MARKS[route]  # type: ignore[index]
    unknown = ((way.kinds or frozenset()) - known_records) | (
        {name for pair in way.marks for name in pair if name} - known_marks
    )
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} not known")
