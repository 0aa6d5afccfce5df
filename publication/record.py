"""The record of a round: what went in, by which rules, what came out, each with its digest.

Everything that is published about a round hangs on this one document. It holds no person: only
counts, rules and digests.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from publication.canonical_csv import canonical_csv_parts
from publication.personal_numbers import scan_table
from publication.shelf import MemoryShelf, Shelf
from publication.tables import Table
from values.canonical import canonical_json, digest_of, digest_of_bytes
from values.problems import BadInput
from values.progress import Progress, no_progress

Json = Mapping[str, Any]
"""A JSON object of texts, integers, booleans, nulls, lists and objects."""

POLICY_FILE = "policy.json"
SMALL_COUNT = 5
"""A reason that fewer people share is not counted in public: its number could point at them."""


@dataclass(frozen=True)
class TableKind:
    """A result table of a bundle: whether it is public, and the columns its rows are sorted by."""

    public: bool
    order: tuple[str, ...]


TABLE_KINDS: dict[str, TableKind] = {
    "ranking.csv": TableKind(True, ("scope", "position", "candidate")),
    "outcomes.csv": TableKind(True, ("candidate",)),
    "cutoffs.csv": TableKind(True, ("stage", "seat")),  # stages in their order, not by name
    "quotas.csv": TableKind(True, ("scope",)),
    "offers.csv": TableKind(True, ("offer",)),
    "call_in.csv": TableKind(True, ("scope", "place", "candidate")),
    "excluded.csv": TableKind(False, ("candidate",)),
    "score_lines.csv": TableKind(False, ("candidate", "subject")),
    "facts.csv": TableKind(False, ("candidate", "subject")),
    "preferences.csv": TableKind(False, ("candidate", "list", "rank")),
    "priorities.csv": TableKind(False, ("stage", "candidate", "offer")),
    "costs.csv": TableKind(False, ("candidate", "offer")),
    "pools.csv": TableKind(True, ("stage", "offer", "place")),
    "reserves.csv": TableKind(False, ("candidate", "pool")),
}


@dataclass(frozen=True, eq=False)
class RoundTables:
    """Everything a record is made of, as plain values.

    `tables` are the result tables by file name (keys of TABLE_KINDS; ranking, outcomes, excluded and
    quotas must be there). `inputs` are what was handed in: tables by name, other files (`policy.yaml`,
    `round.json`) as bytes by file name. In place of an input or of a table that is not public may stand its
    rendering, if it has begun. `policy` is the resolved policy. The other fields are the
    objects of the record under the same names; `description` is the record's `policy` object.
    """

    tables: Mapping[str, Table | Rendering]
    inputs: Mapping[str, Table | bytes | Rendering]
    policy: Json
    round: Json
    description: Json
    engine: Json
    draw: Json | None
    ranking: Json
    score: Json
    stages: tuple[Json, ...]
    refusal: Json


@dataclass(frozen=True, eq=False)
class Record:
    """The record and the bytes of every file it names (paths inside a bundle)."""

    document: Json
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def digest(self) -> str:
        """Digest of the record without its own digest: the name by which a round is cited."""
        return str(self.document["digest"])

    @property
    def result_digest(self) -> str:
        """Digest over the digests of all result tables."""
        return str(self.document["result_digest"])

    def to_json(self) -> bytes:
        """The bytes of `record.json`: canonical JSON and a line end."""
        return canonical_json(self.document) + b"\n"


@dataclass(frozen=True)
class Rendered:
    """A file on the shelf: its digest, and how many rows a table has."""

    digest: str
    rows: int | None


Rendering = Callable[[], Rendered]
"""Asks for a file that is being made; waits until it is there."""


def make_record(tables: RoundTables, progress: Progress = no_progress, shelf: Shelf | None = None) -> Record:
    """Render every table canonically, count, and bind all of it by digests.

    The files go to the shelf, without one into memory; what is being rendered already must go to the same.

    Raises:
        BadInput: a public table holds an ID number, a phone number or a bank card
            (`publication.id_number`, `.phone_number`, `.bank_card`, with file, row and column).
    """
    shelf = MemoryShelf() if shelf is None else shelf
    stages = [str(stage["name"]) for stage in tables.stages]
    results, inputs, rest = dict(tables.tables), dict(tables.inputs), replace(tables, tables={}, inputs={})
    del tables  # if the caller has let go of them too, each table is freed as soon as it is rendered
    here = {name: table for name, table in results.items() if isinstance(table, Table)}
    orders = {name: _order(name, table, stages) for name, table in here.items()}
    _refuse_personal_numbers(here, orders)
    counts = counts_of(here)
    total, made = len(results) + len(inputs), dict[str, Rendered]()
    for done, name in enumerate(list(results)):
        progress("record", done, total)
        here.pop(name, None)
        made[name] = _result(name, results.pop(name), orders.pop(name, None), shelf)
    made[POLICY_FILE] = _put(POLICY_FILE, canonical_json(rest.policy) + b"\n", shelf)
    given = dict[str, Rendered]()
    for done, name in enumerate(list(inputs), start=len(made) - 1):
        progress("record", done, total)
        given[name] = _input(name, inputs.pop(name), shelf)
    progress("record", total, total)
    document = _document(rest, counts, made, given)
    return Record({**document, "digest": digest_of(document)}, shelf)


def render_result(name: str, table: Table, shelf: Shelf) -> Rendered:
    """A result table that is not public, as it stands in a bundle."""
    assert not TABLE_KINDS[name].public  # those are scanned first
    return _put_table(name, table, _order(name, table, []), shelf)


def render_input(name: str, value: Table | bytes, shelf: Shelf) -> Rendered:
    """An input as it stands in a bundle.

    Its rows carry no order, so they are sorted by what makes them unique, else by all cells.
    """
    if isinstance(value, bytes):
        return _put(input_path(name), value, shelf)
    every = tuple(column.name for column in value.schema.columns)
    return _put_table(input_path(name), value, value.order(*(value.schema.unique or every)), shelf)


def input_path(name: str) -> str:
    """Where an input lies in a bundle: a table `applicants` is `inputs/applicants.csv`.

    >>> input_path("applicants"), input_path("policy.yaml")
    ('inputs/applicants.csv', 'inputs/policy.yaml')
    """
    return f"inputs/{name}" if "." in name else f"inputs/{name}.csv"


def record_digest(document: Json) -> str:
    """The digest a record document must carry."""
    return digest_of({name: value for name, value in document.items() if name != "digest"})


def _result(name: str, given: Table | Rendering, order: pl.Series | None, shelf: Shelf) -> Rendered:
    if not isinstance(given, Table):
        return given()
    assert order is not None
    return _put_table(name, given, order, shelf)


def _input(name: str, given: Table | bytes | Rendering, shelf: Shelf) -> Rendered:
    return given() if callable(given) else render_input(name, given, shelf)


def _put_table(path: str, table: Table, order: pl.Series, shelf: Shelf) -> Rendered:
    seal = hashlib.sha256()
    shelf.put(path, _sealed(canonical_csv_parts(table, order), seal))
    return Rendered("sha256:" + seal.hexdigest(), table.frame.height)


def _sealed(parts: Iterable[bytes], seal: hashlib._Hash) -> Iterator[bytes]:
    for part in parts:
        seal.update(part)
        yield part


def _put(path: str, content: bytes, shelf: Shelf) -> Rendered:
    shelf.put(path, [content])
    return Rendered(digest_of_bytes(content), None)


def _document(
    tables: RoundTables,
    counts: Json,
    made: Mapping[str, Rendered],
    given: Mapping[str, Rendered],
) -> dict[str, Any]:
    return {
        "format": "record/1",
        "round": dict(tables.round),
        "policy": dict(tables.description),
        "engine": dict(tables.engine),
        "draw": None if tables.draw is None else dict(tables.draw),
        "ranking": dict(tables.ranking),
        "score": dict(tables.score),
        "stages": [dict(stage) for stage in tables.stages],
        "refusal": dict(tables.refusal),
        "counts": counts,
        "inputs": {name: {"rows": file.rows, "digest": file.digest} for name, file in given.items()},
        "tables": {
            name: {
                "rows": file.rows,
                "digest": file.digest,
                "public": name in TABLE_KINDS and TABLE_KINDS[name].public,
            }
            for name, file in made.items()
        },
        "result_digest": digest_of({name: file.digest for name, file in made.items()}),
    }


def counts_of(results: Mapping[str, Table]) -> dict[str, Any]:
    """How many people and seats: candidates = ranked + excluded.

    Ranked = placed + gave_up + waiting + qualified.

    `seats_left` are the seats nobody holds in the end, given-up ones included. A reason that fewer
    than five people share is counted as "<5".
    """
    outcomes = Counter(dict(results["outcomes.csv"].frame["outcome"].cast(pl.String).value_counts().rows()))
    excluded = results["excluded.csv"].frame
    seats = int(results["quotas.csv"].frame["seats"].sum())
    ranked = results["ranking.csv"].frame.height
    return {
        "candidates": ranked + excluded.height,
        "ranked": ranked,
        "placed": outcomes["placed"],
        "gave_up": outcomes["gave_up"],
        "waiting": outcomes["waiting"],
        "qualified": outcomes["qualified"],
        "excluded": {
            "total": excluded.height,
            "by_status": dict(sorted(Counter(excluded["status"].cast(pl.String)).items())),
            "by_reason": {code: suppressed(n) for code, n in sorted(_reasons(excluded).items())},
        },
        "seats": seats,
        "seats_left": seats - outcomes["placed"],
    }


def suppressed(count: int) -> int | str:
    """The count as it may be published.

    >>> suppressed(5), suppressed(4), suppressed(0)
    (5, '<5', 0)
    """
    return f"<{SMALL_COUNT}" if 0 < count < SMALL_COUNT else count


def _reasons(excluded: pl.DataFrame) -> Counter[str]:
    """How many candidates each reason affects; one with the same reason twice counts once."""
    every = (set(codes.split("|")) for codes in excluded["reasons"].drop_nulls())
    return Counter(code for codes in every for code in codes if code)


def _order(name: str, table: Table, stages: list[str]) -> pl.Series:
    first, *then = (column for column in TABLE_KINDS[name].order if column in table.frame.columns)
    if first != "stage":
        return table.order(first, *then)
    number = pl.col("stage").cast(pl.String).replace_strict(stages, range(len(stages)), return_dtype=pl.Int64)
    in_turn = pl.arg_sort_by(number, *(pl.col(column) for column in then), maintain_order=True)
    return table.frame.select(in_turn).to_series()


def _refuse_personal_numbers(results: Mapping[str, Table], orders: Mapping[str, pl.Series]) -> None:
    public = (name for name in sorted(results) if TABLE_KINDS[name].public)
    problems = [
        problem for name in public for problem in scan_table(results[name], file=name, order=orders[name])
    ]
    if problems:
        raise BadInput(problems)
