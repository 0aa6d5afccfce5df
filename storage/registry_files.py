"""Histories and rules of residence on disk: read with all that is wrong in them; lists of a registry."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from publication.messages import LANGUAGES, problem_line
from residence.life_cycle import EVENTS
from residence.registry import ROW
from scenarios.config import ResidenceConfig
from scenarios.registry import Registry
from scenarios.residence_facts import Residence
from scoring.model_problems import model_problems
from storage.checks import check_table
from storage.exporters import csv_for_people
from storage.importers import read_table, read_table_with_flaws
from storage.raw_tables import RawTable
from storage.residence_files import layers_of, read_rule_texts, shipped_rules
from storage.texts import read_text
from values.problems import BadInput, Place, Problem, bad_input
from values.tables import Column, TableSchema
from values.yaml_marks import read_yaml

SCHEMA = TableSchema(
    "histories",
    (
        Column("subject", "id", required=False),
        Column("number", "integer", required=False, minimum=1, maximum=10**6),
        Column("day", "date", complete=True),
        Column("event", "choice", complete=True, members=EVENTS),
        Column("ground", "id", required=False),
        Column("stay_days", "integer", required=False, minimum=0, maximum=10**6),
        Column("area", "id", required=False),
        Column("office", "id", required=False),
        Column("department", "id", required=False),
        Column("reasons", "text", required=False),
    ),
)


MOST_FLAWS = 10**6
"""Flaws told of a registry. With more it is another table, and not worth the memory."""


@dataclass(frozen=True, eq=False)
class HistoriesRead:
    """Histories as far as they can be read, and by person what could not. `file` is named in problems.

    `rows` there are in all: `frame` lacks those of the wrong length, whose people are in `unreadable`.
    """

    file: str
    frame: pl.DataFrame
    unreadable: Mapping[str, tuple[Problem, ...]]
    rows: int

    @property
    def people(self) -> frozenset[str]:
        """Everybody of whom there is a row."""
        return frozenset(self.frame["subject"]) | self.unreadable.keys()


def read_residence(reference: str, choices: Mapping[str, str]) -> Residence:
    """The rules that a settings file (or a round's settings) names, or shipped rules with those below them.

    `choices` decide what the texts leave open, over what the file says.

    Raises:
        BadInput: `storage.rules_missing`, every problem of the file; `residence.…` of the rules and choices.
    """
    path = Path(reference)
    if path.is_file():
        settings, base = _settings(path), path.parent
    elif reference in shipped_rules():
        settings, base = ResidenceConfig(rules=layers_of(reference)), None
    else:
        known = ", ".join(shipped_rules())
        raise bad_input("storage.rules_missing", Place(file=reference), name=reference, known=known)
    found = Residence(read_rule_texts(settings, base), {**settings.choices, **choices})
    assert found.rules
    assert found.calendar
    return found


def _settings(path: Path) -> ResidenceConfig:
    document = read_yaml(read_text(path), str(path))
    value = document.value
    inner = value.get("residence", value) if isinstance(value, dict) else value
    try:
        return ResidenceConfig.model_validate(inner)
    except ValidationError as error:
        raise BadInput(model_problems(error, document)) from None


def read_histories(path: Path) -> HistoriesRead:
    """A table of histories. A file without the column `subject` is one person's, named like the file.

    Raises:
        BadInput: the file is no table of histories, or has more flaws than can be named.
    """
    read = read_table_with_flaws(path, SCHEMA, MOST_FLAWS)
    whole = [
        problem
        for problem in read.problems
        if problem.code == "tables.more_problems" or not problem.place.row
    ]
    if read.source is None or whole or any(problem.place.row == 1 for problem in read.problems):
        raise BadInput(read.problems)
    frame = read.frame.with_columns(read.source.rows.cast(pl.Int64).alias(ROW))
    if "subject" not in read.source.header:
        frame = frame.with_columns(subject=pl.lit(path.stem))
    nobody = frame["subject"].is_null()
    people = dict(zip(frame[ROW].to_list(), frame["subject"].to_list(), strict=True)) if read.problems else {}
    people |= _left_out(read.source, path.stem)
    unreadable: dict[str, tuple[Problem, ...]] = {}
    for problem in read.problems:
        person = people.get(problem.place.row) or f"({problem.place.row})"
        unreadable[person] = (*unreadable.get(person, ()), problem)
    if nobody.any():
        named = pl.format("({})", pl.col(ROW))
        frame = frame.with_columns(pl.coalesce("subject", named).alias("subject"))
        for row in frame.filter(nobody)[ROW]:
            missing = Problem.of("registry.person_missing", Place(file=str(path), row=row, field="subject"))
            unreadable.setdefault(f"({row})", (missing,))
    used = [
        name
        for name in frame.columns
        if name in ("subject", "day", "event", ROW) or frame[name].null_count() < frame.height
    ]
    return HistoriesRead(str(path), frame.select(used), unreadable, frame.height + len(read.source.left_out))


def _left_out(raw: RawTable, only: str) -> dict[int, str | None]:
    """Whose the rows of the wrong length are, as far as they say; `only` in a file of one person."""
    if not raw.left_out or "subject" not in raw.header:
        return dict.fromkeys(raw.left_out, only)
    at = raw.header.index("subject")
    told = [found[at] if at < len(found) else None for found in raw.left_out.values()]
    cells, rows = pl.DataFrame({"0": told}, schema={"0": pl.String}), pl.Series(list(raw.left_out))
    column = TableSchema("histories", (Column("subject", "id", required=False),))
    names = check_table(RawTable(raw.file, raw.sheet, ("subject",), cells, rows), column).frame["subject"]
    return dict(zip(raw.left_out, names, strict=True))


PLACES = TableSchema("places", (Column("area", "id", required=False), Column("office", "id", required=False)))


def read_places(path: Path) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """The areas and offices that exist, from a table with one or both of these columns.

    Raises:
        BadInput: every problem of the table.
    """
    frame = read_table(path, PLACES)
    found = (frozenset(frame[name].drop_nulls()) for name in ("area", "office"))
    areas, offices = (known or None for known in found)
    return areas, offices


def registry_files(registry: Registry, *, workbooks: bool) -> Iterator[tuple[str, bytes]]:
    """The lists of a registry as files: CSV or one workbook, the summary as JSON."""
    tables = {name: table for name, table in registry.tables().items() if name != "refused"}
    tables["refused"] = refused_table(registry)
    if workbooks:
        yield "registry.xlsx", _workbook(tables)
    else:
        for name, table in tables.items():
            yield f"{name}.csv", csv_for_people(table)
    text = json.dumps(summary(registry), ensure_ascii=False, indent=2, sort_keys=True)
    yield "summary.json", f"{text}\n".encode()


def summary(registry: Registry) -> dict[str, object]:
    """The counts as `registry/1`."""
    figures = {"as_of": registry.as_of.isoformat(), "ahead": registry.ahead, "per": registry.per}
    return {"format": "registry/1", **figures, "counts": registry.counts()}


def refused_table(registry: Registry) -> pl.DataFrame:
    """Everybody who was refused, with the reason in both languages."""
    lines = {
        f"text_{lang}": [problem_line(problem, lang) for problem in registry.problems] for lang in LANGUAGES
    }
    return registry.refused.with_columns(
        pl.Series(name, text, dtype=pl.String) for name, text in lines.items()
    )


def _workbook(tables: Mapping[str, pl.DataFrame]) -> bytes:
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        for name, table in tables.items():
            table.write_excel(book, worksheet=name)
    return content.getvalue()
