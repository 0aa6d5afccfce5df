"""What two policies say differently, value by value, each with its path, its rule and its clauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from scoring.constructs import Title
from scoring.departures import KEY
from scoring.overlay import element_key, element_name
from scoring.policy import Policy
from values.canonical import canonical_json

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Difference:
    """One value that was added, removed or changed.

    `path` is as an overlay writes it; `keys` are the keys of the pack on the way, names of rules included.
    `rule` are the titles on the way, the section's rule first. `before` and `after` are plain values;
    `cites` the clauses that hold for it before and after.
    """

    change: Change
    path: str
    keys: tuple[str, ...]
    rule: tuple[Title, ...]
    before: object
    after: object
    cites: tuple[str, str]


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Everything that two policies say differently, in the order of the sections; empty if they are equal.

    Rows of bands are matched by the number they start `from`, stages by `name`, limits and classes by `id`,
    other elements by their content: what stands unchanged in both lists is matched first. Stages, limits
    and classes in another order are told as the list of their names, departures as a whole.
    """
    return tuple(_of(_Side(before.canonical()), _Side(after.canonical()), "", (), _Seen()))


@dataclass(frozen=True)
class _Side:
    """A value of one policy; absent where `there` is false."""

    value: Any
    there: bool = True


@dataclass(frozen=True)
class _Seen:
    """Titles and clauses passed on the way."""

    titles: tuple[Title, ...] = ()
    cites: tuple[str, str] = ("", "")

    def at(self, before: _Side, after: _Side) -> _Seen:
        newest = after.value if after.there else before.value
        title = newest.get("title") if isinstance(newest, dict) else None
        titles = (*self.titles, Title(**title)) if isinstance(title, dict) else self.titles
        cites = tuple(
            _cite(side.value, known) for side, known in zip((before, after), self.cites, strict=True)
        )
        return _Seen(titles, (cites[0], cites[1]))

    def of_key(self, key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> _Seen:
        """With the clause that a key has for itself: `keys_cite` beside `keys`."""
        old, new = (
            _cite(side, known, f"{key}_cite") for side, known in zip((before, after), self.cites, strict=True)
        )
        return _Seen(self.titles, (old, new))


def _cite(value: object, above: str, key: str = "cite") -> str:
    cite = value.get(key) if isinstance(value, dict) else None
    return cite if isinstance(cite, str) else above


def _of(before: _Side, after: _Side, path: str, keys: tuple[str, ...], seen: _Seen) -> Iterator[Difference]:
    """The differences at and below one path."""
    if before == after:
        return
    seen = seen.at(before, after) if path else seen
    whole = keys == (KEY,)
    if (
        not whole
        and before.there
        and after.there
        and isinstance(before.value, dict)
        and isinstance(after.value, dict)
    ):
        yield from _of_mappings(before.value, after.value, path, keys, seen)
    elif before.there and after.there and _elements(before.value, after.value):
        yield from _of_lists(before.value, after.value, path, keys, seen)
    else:
        change: Change = "changed" if before.there and after.there else "added" if after.there else "removed"
        cites = (seen.cites[0] if before.there else "", seen.cites[1] if after.there else "")
        yield Difference(change, path, keys, seen.titles, before.value, after.value, cites)


def _of_mappings(
    before: Mapping[str, Any], after: Mapping[str, Any], path: str, keys: tuple[str, ...], seen: _Seen
) -> Iterator[Difference]:
    for key in [*before, *(key for key in after if key not in before)]:
        below = f"{path}.{key}" if path else key
        if "." in key or "[" in key:
            below = f"{path}[{key}]"
        old, new = _Side(before.get(key), key in before), _Side(after.get(key), key in after)
        yield from _of(old, new, below, (*keys, key), seen.of_key(key, before, after))


def _of_lists(
    before: Sequence[Any], after: Sequence[Any], path: str, keys: tuple[str, ...], seen: _Seen
) -> Iterator[Difference]:
    for name, old, new in _matched(before, after):
        yield from _of(
            _Side(old, old is not None), _Side(new, new is not None), f"{path}[{name}]", keys, seen
        )
    key = element_key([*before, *after])
    if key not in (None, "from"):  # rows of bands have one order only
        old, new = ([element_name(item, str(key)) for item in side] for side in (before, after))
        if [name for name in old if name in new] != [name for name in new if name in old]:
            yield Difference("changed", path, keys, seen.titles, old, new, seen.cites)


def _elements(before: object, after: object) -> bool:
    """Whether these are lists whose elements are rules; lists of plain values are told as a whole."""
    lists = isinstance(before, list) and isinstance(after, list)
    return lists and any(isinstance(item, dict) for item in [*before, *after])  # type: ignore[misc]


def _by_name(
    old: Mapping[str, Any], new: Mapping[str, Any], *, moved: bool
) -> Iterator[tuple[str, Any, Any]]:
    """Elements of the same name; where elements may have `moved`, the first of the others with the first."""
    gone, came = ([name for name in one if name not in two] for one, two in ((old, new), (new, old)))
    pairs = dict(zip(gone, came, strict=False)) if moved else {}
    for name in old:
        yield name, old[name], new.get(pairs.get(name, name))
    for name in new:
        if name not in old and name not in pairs.values():
            yield name, None, new[name]


def _matched(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Elements that belong together, with the name that an overlay has for the newer one."""
    key = element_key([*before, *after])
    if key is not None:
        old, new = ({element_name(item, key): item for item in side} for side in (before, after))
        if len(old) == len(before) and len(new) == len(after):
            yield from _by_name(old, new, moved=key == "from")
            return
    one_text, two_text = ([canonical_json(item) for item in side] for side in (before, after))
    matcher = SequenceMatcher(None, one_text, two_text, autojunk=False)
    for kind, one, two, three, four in matcher.get_opcodes():
        if kind == "equal":
            continue
        for offset in range(max(two - one, four - three)):
            left = before[one + offset] if one + offset < two else None
            right = after[three + offset] if three + offset < four else None
            yield str((three if right is not None else one) + offset + 1), left, right
