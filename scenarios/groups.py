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
        BadInput: `study.no_such_column`, `study.not_a_number` at the group.
    """
    if people is not None:
        _check_people(people, study)
    known = _columns(decided, people)
    groups, problems = [Group.everybody(decided.facts.candidates)], []
    for name, rule in study.model.groups.items():
        place = study.place("groups", name, "column")
        if rule.column not in known.columns:
            there = ", ".join(column for column in known.columns if column != "candidate")
            problems.append(Problem.of("study.no_such_column", place, column=rule.column, there=there))
        elif rule.bands is not None and _number(known[rule.column]) is None:
            problems.append(Problem.of("study.not_a_number", place, column=rule.column))
        else:
            groups.append(_group(name, rule, known, decided))
    if problems:
        raise BadInput(problems)
    return tuple(groups)


def _check_people(people: pl.DataFrame, study: Study) -> None:
    """One row a person, or a join would count people twice."""
    place = study.place("people")
    key = next((name for name in ("candidate", "subject") if name in people.columns), None)
    if key is None:
        raise BadInput([Problem.of("study.people_without_id", place)])
    twice = people[key].filter(people[key].is_duplicated()).unique().sort().to_list()
    if twice:
        raise BadInput([Problem.of("study.person_twice", place, value=value) for value in twice])


def _columns(decided: Decision, people: pl.DataFrame | None) -> pl.DataFrame:
    """One row a candidate with every column that may tell people apart; the first of a name counts."""
    facts = decided.facts
    frame = facts.frame[decided.standings.pair].with_columns(
        candidate=facts.candidates, subject=facts.subjects.gather(facts.subject_row[decided.standings.pair])
    )
    frame = frame.with_columns(
        as_decimal(pl.col(name), fact.decimals).alias(name)
        for name, fact in facts.policy.facts.items()
        if fact.decimals and name in frame.columns
    )
    ranked = ranking_table(decided.ground).frame
    if "total" in ranked.columns:
        total = as_decimal(pl.col("total"), facts.policy.scale)
        frame = frame.join(
            ranked.select("candidate", total), on="candidate", how="left", maintain_order="left"
        )
    tables = decided.ground.tables
    for other, key in (
        *(
            ((people, "candidate" if "candidate" in people.columns else "subject"),)
            if people is not None
            else ()
        ),
        (tables.candidates.drop("subject"), "candidate"),
        (tables.applicants, "subject"),
    ):
        new = [name for name in other.columns if name == key or name not in frame.columns]
        frame = frame.join(other.select(new), on=key, how="left", maintain_order="left")
    return frame


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
