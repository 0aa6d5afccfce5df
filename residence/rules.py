"""Rules of registration and permit as data: layers of parameters with their clauses, open points chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, get_args

from residence.rule_sections import (
    MONTH_QUALITIES,
    SECTIONS,
    Content,
    Entitlement,
    Paper,
    ProxyRule,
    ReportRule,
    Way,
    read_entry,
)
from residence.rule_values import (
    Parse,
    admits,
    count_of,
    day,
    mapping_of,
    one_of,
    or_none,
    period,
    period_in,
    sample,
    words,
    words_or_choice,
    yes_or_no,
)
from values.periods import Period
from values.problems import BadInput, Place, Problem, bad_input
from values.yaml_marks import Document, read_yaml

FORMAT = "residence/1"
SuspensionEffect = Literal["reset", "pause", "ignore"]
CountsFrom = Literal["registration", "arrival"]
Anchor = Literal["issue", "residence"]
Moves = Literal["bridged", "restart_at_move_if_late", "restart_at_update_if_late"]
Fee = Literal["free", "charged"]
KEYS = frozenset(("format", "place", "over", "status", "rules"))
FURTHER_KEYS = frozenset(("source", "in_force", *SECTIONS))


@dataclass(frozen=True)
class Layer:
    """One text of the rules. `begins`, `ends`: in force, both days included; None if it does not say."""

    name: str
    place: str
    status: str
    source: str = ""
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True)
class Rules:
    """What a place's rules say. `None`: no text says anything.

    Registration: `exemptions` maps a ground to the longest exempt stay in days (None: any). Continuity
    (`residence.continuity`): `home_visits` is the longest that is bridged (0: none, None: any), `absence`
    that of other absences, `same_area` the zones that `zones_count_as` is about. Routes: section `routes`,
    by route and way; `insurance_…` and `route_gap` (days) say what "continuous" means. `cites`: parameter
    to clause. All sections map group to name to entry.
    """

    place: str
    status: str
    minimum_stay: int | None
    exemptions: Mapping[str, int | None]
    declare_within: Period | None
    change_within: Period | None
    counts_from: CountsFrom
    residence_needed: Period
    waivers: frozenset[str]
    issue_within: Period
    issue_within_extended: Period | None
    endorsement_anchor: Anchor
    endorsement_window: Period
    suspension_effect: SuspensionEffect
    termination_effect: Literal["reset", "keep"]
    suspended_score: Literal["frozen", "kept"]
    leap_day: Literal["february_28", "march_1"]
    reminder: bool
    electronic_receipt: bool
    floating: Literal["other_city", "other_unit"]
    area: str
    same_area: frozenset[str]
    zones_count_as: Literal["one_area", "part_of_every_county"]
    home_visits: int | None
    absence: int
    moves_inside: Moves
    insurance_counts: Literal["continuous", "in_all"]
    insurance_gap: int
    insurance_up_to: Literal["month", "month_before"]
    route_gap: int
    minor_age: int
    guardians_permit: bool
    guardians_insured: int
    guardians_without: frozenset[str]
    guardians_which: Literal["both", "all_there_are"]
    records_spare_papers: bool
    on_the_spot: frozenset[str]
    fees: Mapping[str, Fee]
    old_permits: Mapping[str, str]
    under_national_rules: frozenset[str]
    routes: Mapping[str, Mapping[str, Way]]
    papers: Mapping[str, Mapping[str, Paper]]
    proxies: Mapping[str, Mapping[str, ProxyRule]]
    receipts: Mapping[str, Mapping[str, Content]]
    events: Mapping[str, Mapping[str, Content]]
    reports: Mapping[str, Mapping[str, ReportRule]]
    entitlements: Mapping[str, Mapping[str, Entitlement]]
    layers: tuple[Layer, ...]
    cites: Mapping[str, str]

    def clause_of(self, event: str) -> str:
        """The clause that an event of a history rests on; empty if no text speaks of it."""
        found = [named[event].cite for named in self.events.values() if event in named]
        return ", ".join(dict.fromkeys(found))

    def not_in_force(self, on: date) -> tuple[Layer, ...]:
        """The texts that are not in force on a day, or do not say from when (drafts)."""
        return tuple(
            layer
            for layer in self.layers
            if layer.begins is None or on < layer.begins or (layer.ends is not None and on > layer.ends)
        )


def load_rules(layers: Sequence[tuple[str, str]], choices: Mapping[str, str]) -> Rules:
    """Rules of (text, file name) layers, general first; what a later layer states replaces what stood before.

    In the sections (`rule_sections.SECTIONS`) a layer adds or replaces entries one by one; `none` takes one
    away. `choices` decides the parameters that the texts
    leave open, all of them: nothing has a default. Calendar-day deadlines roll over to a working day if
    `deadlines_roll_over` is chosen `yes`.

    Raises:
        BadInput: all problems, `residence.…` with line and column, or `yaml.…`.
    """
    problems: list[Problem] = []
    read: list[Layer] = []
    stated: dict[str, dict[str, Any]] = {}
    sections: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in SECTIONS}
    for text, name in layers:
        document = read_yaml(text, name, as_text=True)
        layer = _layer(document, read[-1].place if read else "none")
        read.append(layer)
        _take_parameters(document, stated, problems)
        _take_sections(document, sections, problems)
    values = _chosen(stated, choices, problems)
    if problems:
        raise BadInput(problems)
    values.update(sections)
    rolls = values.pop("deadlines_roll_over")
    for name in ("declare_within", "change_within", "issue_within", "issue_within_extended"):
        values[name] = _rolling(values[name]) if rolls else values[name]
    return Rules(
        place=read[-1].place,
        status=read[-1].status,
        layers=tuple(read),
        cites={name: entry["cite"] for name, entry in stated.items()},
        **values,
    )


def open_choices(layers: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """The parameters that (text, file name) layers leave open, each with its readings.

    `* days` stands for any number of days.

    Raises:
        BadInput: as `load_rules`.
    """
    stated: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for text, name in layers:
        _take_parameters(read_yaml(text, name, as_text=True), stated, problems)
    if problems:
        raise BadInput(problems)
    return {name: tuple(entry["open"]) for name, entry in sorted(stated.items()) if "open" in entry}


def _layer(document: Document, below: str) -> Layer:
    value: Any = document.value
    if not _is_layer(value):
        raise BadInput([Problem.of("residence.format", Place(file=document.name), expected=FORMAT)])
    if value["over"] != below:
        raise bad_input("residence.layer", document.place(("over",)), over=value["over"], found=below)
    force = value.get("in_force", {"from": "none", "to": "none"})
    try:
        begins, ends = or_none(day)(force["from"]), or_none(day)(force["to"])
    except (ValueError, TypeError, KeyError):
        raise bad_input("residence.in_force", document.place(("in_force",))) from None
    return Layer(document.name, value["place"], value["status"], value.get("source", ""), begins, ends)


def _is_layer(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and set(document) >= KEYS
        and set(document) <= KEYS | FURTHER_KEYS
        and document["format"] == FORMAT
        and document["status"] in ("law", "opinion", "draft")
        and isinstance(document["place"], str)
        and isinstance(document.get("source", ""), str)
        and all(isinstance(document.get(name, {}), dict) for name in ("rules", *SECTIONS))
    )


def _take_parameters(document: Document, stated: dict[str, dict[str, Any]], problems: list[Problem]) -> None:
    value: Any = document.value
    for parameter, entry in value["rules"].items():
        if reason := _wrong(parameter, entry):
            where = document.place(("rules", parameter))
            problems.append(Problem.of("residence.parameter", where, name=parameter, reason=reason))
        else:
            stated[parameter] = entry


def _take_sections(
    document: Document, sections: dict[str, dict[str, dict[str, Any]]], problems: list[Problem]
) -> None:
    value: Any = document.value
    for section in SECTIONS:
        for group, entries in value.get(section, {}).items():
            named = entries if isinstance(entries, dict) else {"": entries}
            for name, entry in named.items():
                try:
                    found = read_entry(section, group, name, entry)
                except ValueError as wrong:
                    where = document.place((section, group, name))
                    problems.append(
                        Problem.of(
                            "residence.parameter", where, name=f"{section}.{group}.{name}", reason=wrong
                        )
                    )
                    continue
                kept = sections[section].setdefault(group, {})
                kept.pop(name, None)
                if found is not None:
                    kept[name] = replace(found, kind=group) if isinstance(found, Entitlement) else found


def _wrong(name: str, entry: object) -> str:
    """What is wrong with a parameter's entry, or nothing."""
    if name not in _PARSERS:
        return "not known"
    if not isinstance(entry, dict) or set(entry) - {"why"} not in ({"value", "cite"}, {"open", "cite"}):
        return "needs cite and either value or open"
    if not isinstance(entry["cite"], str) or not entry["cite"]:
        return "cite must name the clause"
    if not isinstance(entry.get("why", ""), str):
        return "why must be text"
    options = entry.get("open", [entry.get("value")])
    if "open" in entry:
        if not (isinstance(options, list) and all(isinstance(item, str) for item in options)):
            return "open needs a list of words"
        if len(options) < 2 and not any(option.startswith("* ") for option in options):
            return "open needs two or more words"
    for option in options:
        try:
            _PARSERS[name](sample(option) if "open" in entry else option)
        except (ValueError, TypeError, AttributeError, KeyError):
            return f"{option} cannot be read"
    return ""


def _chosen(
    stated: Mapping[str, dict[str, Any]], choices: Mapping[str, str], problems: list[Problem]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in sorted(set(choices) - {name for name, entry in stated.items() if "open" in entry}):
        problems.append(Problem.of("residence.choice_unknown", name=name, choice=choices[name], options="–"))
    for name, parse in _PARSERS.items():
        entry = stated.get(name)
        if entry is None:
            problems.append(Problem.of("residence.parameter_missing", name=name))
            continue
        if "value" in entry:
            values[name] = parse(entry["value"])
            continue
        options = ", ".join(entry["open"])
        if name not in choices:
            problems.append(
                Problem.of("residence.choice_missing", name=name, cite=entry["cite"], options=options)
            )
        elif not any(admits(option, choices[name]) for option in entry["open"]):
            problems.append(
                Problem.of("residence.choice_unknown", name=name, choice=choices[name], options=options)
            )
        else:
            values[name] = parse(choices[name])
    return values


def _rolling(length: Period | None) -> Period | None:
    if length is None or length.unit == "working_days":
        return length
    return Period(length.count, length.unit, rolls_over=True)


def _days(text: str) -> int:
    length = period(text)
    if length.unit != "days":
        raise ValueError(text)
    return length.count


def _home_visits(text: str) -> int | None:
    return {"break": 0, "any": None}[text] if text in ("break", "any") else count_of("days")(text)


def _old_permits(entry: dict[str, str]) -> dict[str, str]:
    """`issued_before` a day; `exchange` free, charged or none; `target` a day for exchanging all, or none."""
    if set(entry) != {"issued_before", "exchange", "target"}:
        raise ValueError(entry)
    day(entry["issued_before"])
    or_none(day)(entry["target"])
    one_of(*get_args(Fee), "none")(entry["exchange"])
    return dict(entry)


_PARSERS: dict[str, Parse] = {
    "minimum_stay": or_none(_days),
    "exemptions": mapping_of(lambda text: None if text == "any" else _days(text)),
    "declare_within": or_none(period),
    "change_within": or_none(period),
    "counts_from": one_of(*get_args(CountsFrom)),
    "residence_needed": period,
    "waivers": words(),
    "issue_within": period,
    "issue_within_extended": or_none(period),
    "endorsement_anchor": one_of(*get_args(Anchor)),
    "endorsement_window": period_in("days", "months"),
    "suspension_effect": one_of(*get_args(SuspensionEffect)),
    "termination_effect": one_of("reset", "keep"),
    "suspended_score": one_of("frozen", "kept"),
    "leap_day": one_of("february_28", "march_1"),
    "deadlines_roll_over": yes_or_no,
    "reminder": yes_or_no,
    "electronic_receipt": yes_or_no,
    "floating": one_of("other_city", "other_unit"),
    "area": one_of("city", "unit", "city_proper", "county", "district"),
    "same_area": words(),
    "zones_count_as": one_of("one_area", "part_of_every_county"),
    "home_visits": _home_visits,
    "absence": count_of("days"),
    "moves_inside": one_of(*get_args(Moves)),
    "insurance_counts": one_of("continuous", "in_all"),
    "insurance_gap": count_of("months"),
    "insurance_up_to": one_of("month", "month_before"),
    "route_gap": count_of("days"),
    "minor_age": count_of("years"),
    "guardians_permit": yes_or_no,
    "guardians_insured": count_of("months"),
    "guardians_without": words_or_choice(*MONTH_QUALITIES),
    "guardians_which": one_of("both", "all_there_are"),
    "records_spare_papers": yes_or_no,
    "on_the_spot": words("correction", "refusal_ends"),
    "fees": mapping_of(one_of(*get_args(Fee))),
    "old_permits": _old_permits,
    "under_national_rules": words("foreigner", "stateless", "hong_kong_macau_taiwan"),
}
