"""Columns of people and wishes that a round may have besides those it reads: other services and readings do.

Seats are no facts of people: a column there that is not read might be believed to count, and is refused. Of
the wishes only columns that mark them may be spare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from scenarios.tables import pairs_schema, round_schemas
from scoring.pack import Pack
from values.tables import TableSchema

TABLE_OF = {"subject": "applicants", "candidate": "candidates"}


def with_spare(schemas: Mapping[str, TableSchema], pack: Pack, service: str) -> dict[str, TableSchema]:
    """The schemas of a service's tables, which know the other columns that the pack has a use for."""
    spare = _spare(pack, service) | {"preferences": dict.fromkeys(_marks(_document(pack).get("indicators")))}
    return {name: _knowing(schema, spare.get(name, {})) for name, schema in schemas.items()}


def flat_schema(pack: Pack, service: str) -> TableSchema:
    """`pairs_schema`, which knows the other columns that the pack has a use for."""
    others = (pairs_schema(pack.policy, name) for name in pack.policy.services if name != service)
    columns = {column.name: None for schema in others for column in schema.columns}
    written = (name for names in _written(pack).values() for name in names)
    return _knowing(pairs_schema(pack.policy, service), columns | dict.fromkeys(written))


def _spare(pack: Pack, service: str) -> dict[str, dict[str, None]]:
    """By table the names of columns that other services read, and of facts that other readings use."""
    found: dict[str, dict[str, None]] = {
        table: dict.fromkeys(names) for table, names in _written(pack).items()
    }
    for other in pack.policy.services:
        schemas = round_schemas(pack.policy, other) if other != service else {}
        for name in found.keys() & schemas.keys():
            found[name].update((column.name, None) for column in schemas[name].columns)
    return found


def _written(pack: Pack) -> dict[str, list[str]]:
    """The facts that the pack declares under whatever reading, by the table that they are handed in with."""
    facts = _document(pack).get("facts")
    found: dict[str, list[str]] = {table: [] for table in TABLE_OF.values()}
    for name, fact in facts.items() if isinstance(facts, dict) else ():
        of = fact.get("of") if isinstance(fact, dict) else None
        for table in [TABLE_OF[of]] if of in TABLE_OF else TABLE_OF.values():
            found[table].append(name)
    return found


def _document(pack: Pack) -> Mapping[str, object]:
    """The pack as it is written, with all its readings."""
    stack = pack.resolution.stack
    value = {} if stack is None else stack.document.value
    return value if isinstance(value, dict) else {}


def _marks(written: object) -> Iterator[str]:
    """The columns that mark wishes under whatever reading: in what stands under `at`."""
    for key, part in _parts(written):
        yield from _columns(part) if key == "at" else _marks(part)


def _columns(written: object) -> Iterator[str]:
    for key, part in _parts(written):
        if key == "column" and isinstance(part, str):
            yield part
        else:
            yield from _columns(part)


def _parts(written: object) -> Iterable[tuple[object, object]]:
    if isinstance(written, dict):
        return written.items()
    return enumerate(written) if isinstance(written, list) else ()


def _knowing(schema: TableSchema, names: Mapping[str, object]) -> TableSchema:
    own = {column.name for column in schema.columns}
    return replace(schema, unread=tuple(name for name in names if name not in own))
