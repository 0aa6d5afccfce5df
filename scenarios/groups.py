"""The groups of a study: which value of a declared column every candidate has, before anything changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import polars as pl

from scenarios.amounts import as_decimal
from scenarios.decision import Decision
from scenarios.results import ranking_table
from scenarios.study import GroupRule, Study
from scoring.conditions import plain
from scoring.constructs import Title
from values.problems import BadInput, Problem

UNKNOWN = "unknown"
MOST_VALUES = 200
IDENTIFYING = ("candidate", "subject", "second_subject", "name")
_WORDS = {
    "true": Title(zh="是", en="yes"),
    "false": Title(zh="否", en="no"),
    UNKNOWN: Title(zh="不详", en="unknown"),
}


@dataclass(frozen=True, eq=False)
class Group:
    """One way to tell people apart: `values` (candidate, value) and `titles` (value, zh, en) in order."""

    name: str
    title: Title
    values: pl.DataFrame
    titles: pl.DataFrame

    @staticmethod
    def everybody(candidates: pl.Series) -> Group:
        """The group that holds all."""
        values = pl.DataFrame({"candidate": candidates}).with_columns(value=pl.lit("all"))
        title = Title(zh="全体", en="everybody")
        return Group("all", title, values, _titles({"all": title}))


def groups_of(study: Study, decided: Decision, people: pl.DataFrame | None = None) -> tuple[Group, ...]:
    """The groups of a study in a decided round, everybody first.

    Facts of a subject are those of the subject whose points count. `people` is the study's own table:
    `candidate` or `subject` and any columns.

    Raises:
        BadInput: `study.no_such_column`, `study.not_a_number`, `study.too_many_values` at the group;
            `study.person_twice`, `study.people_without_id`, `study.column_taken` of the study's own table.
    """
    known = _columns(decided, study, people)
    groups, problems = [Group.everybody(decided.facts.candidates)], []
    for name, rule in study.model.groups.items():
        place = study.place("groups", name, "column")
        if rule.column not in known.columns or rule.column in IDENTIFYING:
            there = ", ".join(column for column in known.columns if column not in IDENTIFYING)
            problems.append(Problem.of("study.no_such_column", place, column=rule.column, there=there))
        elif rule.bands is not None and _number(known[rule.column]) is None:
            problems.append(Problem.of("study.not_a_number", place, column=rule.column))
        elif rule.bands is None and known[rule.column].n_unique() > MOST_VALUES:
            figures = {"values": known[rule.column].n_unique(), "most": MOST_VALUES}
            problems.append(Problem.of("study.too_many_values", place, column=rule.column, **figures))
        else:
            groups.append(_group(name, rule, known, decided))
    if problems:
        raise BadInput(problems)
    return tuple(groups)


def _columns(decided: Decision, study: Study, people: pl.DataFrame | None) -> pl.DataFrame:
    """One row a candidate with every column that may tell people apart."""
    facts, tables = decided.facts, decided.ground.tables
    pair = decided.standings.pair
    subjects = facts.subjects.gather(facts.subject_row[pair])
    frame = pl.DataFrame({"candidate": facts.candidates, "subject": subjects}).with_columns(
        facts.frame[name].gather(pair) for name in facts.frame.columns
    )
    frame = frame.with_columns(
        as_decimal(pl.col(name), fact.decimals).alias(name)
        for name, fact in facts.policy.facts.items()
        if fact.decimals and name in frame.columns
    )
    ranked = ranking_table(decided.ground).frame
    if "total" in ranked.columns:
        total = as_decimal(pl.col("total"), facts.policy.scale)
        frame = _joined(frame, ranked.select("candidate", total), "candidate")
    frame = _joined(frame, tables.candidates, "candidate")
    frame = _joined(frame, tables.applicants, "subject")
    return frame if people is None else _joined(frame, people, _key_of(people, study, frame.columns))


def _joined(frame: pl.DataFrame, other: pl.DataFrame, key: str) -> pl.DataFrame:
    """With the columns that the frame does not have yet."""
    new = [name for name in other.columns if name == key or name not in frame.columns]
    return frame.join(other.select(new), on=key, how="left", maintain_order="left")


def _key_of(people: pl.DataFrame, study: Study, known: list[str]) -> str:
    """The id of the study's own table, once a person, or a join would count people twice."""
    place = study.place("people")
    key = next((name for name in ("candidate", "subject") if name in people.columns), None)
    if key is None:
        raise BadInput([Problem.of("study.people_without_id", place)])
    problems = [
        Problem.of("study.person_twice", place, value=value)
        for value in people[key].filter(people[key].is_duplicated()).unique().sort()
    ]
    problems += [
        Problem.of("study.column_taken", place, column=name)
        for name in people.columns
        if name in known and name not in IDENTIFYING
    ]
    if problems:
        raise BadInput(problems)
    return key


def _group(name: str, rule: GroupRule, known: pl.DataFrame, decided: Decision) -> Group:
    column = known[rule.column]
    if rule.bands is None:
        text = column.cast(pl.String).fill_null(UNKNOWN)
        titles = _ordered(text, _known_titles(rule.column, decided))
    else:
        number = _number(column)
        assert number is not None  # checked by `groups_of`
        text, titles = _banded(number, rule.bands)
    values = pl.DataFrame({"candidate": known["candidate"], "value": text})
    return Group(name, rule.title, values, _titles(titles))


def _known_titles(column: str, decided: Decision) -> Mapping[str, Title]:
    fact = decided.facts.policy.facts.get(column)
    return {} if fact is None or fact.members is None else fact.members


def _ordered(values: pl.Series, known: Mapping[str, Title]) -> dict[str, Title]:
    """Every value with its title: the declared ones in their order, then the others, unknown last."""
    others = sorted(set(values) - known.keys() - {UNKNOWN})
    named = {value: _WORDS.get(value, Title(zh=value or "–", en=value or "–")) for value in others}
    return {**known, **named, UNKNOWN: _WORDS[UNKNOWN]}


def _banded(column: pl.Series, bands: tuple[Decimal, ...]) -> tuple[pl.Series, dict[str, Title]]:
    limits = [plain(limit) for limit in bands]
    names = [f"<{limits[0]}", *(f"{low}–<{high}" for low, high in pairwise(limits))]
    names.append(f"≥{limits[-1]}")
    exact = pl.Decimal(38, max(0, *(-int(limit.as_tuple().exponent) for limit in bands)))
    above = [(pl.col("value") >= pl.lit(limit, exact)).cast(pl.Int32) for limit in bands]
    frame = column.alias("value").to_frame()
    index = frame.select(pl.sum_horizontal(above).alias("band"))["band"]
    text = pl.Series("value", names).gather(index)
    text = text.zip_with(column.is_not_null(), pl.Series("value", [UNKNOWN]).new_from_index(0, len(text)))
    return text, {**{name: Title(zh=name, en=name) for name in names}, UNKNOWN: _WORDS[UNKNOWN]}


def _number(column: pl.Series) -> pl.Series | None:
    """The column as numbers; None if it holds anything else."""
    if column.dtype.is_numeric():
        return column
    if column.dtype != pl.String or not column.str.contains(r"^-?\d+(\.\d{1,6})?$").all():
        return None
    return column.cast(pl.Decimal(38, 6))


def _titles(titles: Mapping[str, Title]) -> pl.DataFrame:
    rows = [(value, title.zh, title.en) for value, title in titles.items()]
    return pl.DataFrame(rows, schema={"value": pl.String, "zh": pl.String, "en": pl.String}, orient="row")
