"""Whether a replayed round is the same round: two records compared field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from values.canonical import canonical_json
from values.problems import Place, Problem

Json = Mapping[str, Any]


def compare(old_record: Json, new_record: Json) -> list[Problem]:
    """Every field in which the replayed record differs from the published one; empty if none does.

    Places carry the field's path (`/tables/ranking.csv/digest`). Codes: `replay.engine_differs`
    (another version of the program or a library: alone it explains a different record digest, not
    different tables), `replay.table_differs`, `replay.input_differs`, `replay.field_differs`,
    `replay.field_missing`, `replay.field_added`. The record's own digest is not listed when another
    field differs, because it then must.
    """
    differences = list(_differences(old_record, new_record, ()))
    others = [problem for problem in differences if problem.place.path != "/digest"]
    return others or differences


def _differences(old: object, new: object, path: tuple[str, ...]) -> Iterator[Problem]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted(old.keys() | new.keys()):
            yield from _member(old, new, name, path)
    elif _is_list(old) and _is_list(new) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(before, after, (*path, str(index)))
    elif canonical_json(old) != canonical_json(new):
        yield _difference(old, new, path)


def _member(old: Json, new: Json, name: str, path: tuple[str, ...]) -> Iterator[Problem]:
    inner = (*path, name)
    if name not in new:
        yield Problem.of("replay.field_missing", _place(inner), field=name, before=_short(old[name]))
    elif name not in old:
        yield Problem.of("replay.field_added", _place(inner), field=name, after=_short(new[name]))
    else:
        yield from _differences(old[name], new[name], inner)


def _difference(old: object, new: object, path: tuple[str, ...]) -> Problem:
    before, after = _short(old), _short(new)
    match path:
        case ("engine", part):
            return Problem.of("replay.engine_differs", _place(path), part=part, before=before, after=after)
        case ("tables", file, _):
            return Problem.of("replay.table_differs", _place(path), file=file, before=before, after=after)
        case ("inputs", name, _):
            return Problem.of("replay.input_differs", _place(path), name=name, before=before, after=after)
        case _:
            field = "/".join(path)
            return Problem.of("replay.field_differs", _place(path), field=field, before=before, after=after)


def _place(path: tuple[str, ...]) -> Place:
    return Place(file="record.json", path="/" + "/".join(path))


def _short(value: object) -> str:
    text = canonical_json(value).decode("utf-8")
    return text if len(text) <= 100 else text[:97] + "…"


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)
