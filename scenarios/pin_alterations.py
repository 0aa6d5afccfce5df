"""Packs altered by one step: each number, date, bound and member that some worked case must pin down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import gcd, lcm
from typing import Any, Literal

from scoring.bounds import all_bounds, node_bounds, subtotal_bounds
from scoring.conditions import plain
from scoring.constructs import Bands, Flag, Highest, Lookup, Lowest, Per, PointsNode, Sum, walk
from scoring.overlay import element_key, element_name
from scoring.pack import Pack
from scoring.policy import Policy
from scoring.units import domain_of, factor, points
from values.problems import Place
from values.yaml_marks import Document, Path

Kind = Literal["number", "date", "yes_no", "comparison", "member", "reading", "parameter"]

TELLS_ONLY = frozenset(
    "format id place status effective documents departures title attested_by members notice scale decimals"
    " minimum maximum extends".split()
)
"""Keys below which nothing decides about anybody: names, sources, days in force, and what a cell may hold."""

FORMULAS = ("formula", "times")
OTHER = {
    "at_least": "more_than",
    "more_than": "at_least",
    "at_most": "less_than",
    "less_than": "at_most",
}
OTHER_WORD = {"completed": "exceeded", "exceeded": "completed", "counted": "excluded", "excluded": "counted"}
WORDS_OF_BOUNDS = ("counts", "same_day")
ELAPSED = ("years_since", "months_since", "days_since")
MEMBER_LISTS = ("in", "where", "except", "allowed")
POINTS = ("points", "cap", "floor", "otherwise")
LEASTS = (("gate", "points"), ("entitlement", "from"))
IN_POINTS = ("indicators", "groups", "limits", "services")

_FIGURE = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", re.ASCII)


@dataclass(frozen=True)
class Alteration:
    """One thing of a pack altered: `rule` is its path as an overlay writes it, `before` and `after` its text.

    Two are the same if they stand at the same place and say the same; `changes` are the new values by their
    path in one resolved document.
    """

    place: Place
    rule: str
    kind: Kind
    before: str
    after: str

    @property
    def key(self) -> tuple[Place, str, str]:
        """What tells it from others, however often a resolved pack repeats what is written once."""
        return self.place, self.before, self.after


Changes = dict[Path, Any]


@dataclass(frozen=True)
class _Leaf:
    """A value that can be altered, and what stands there instead."""

    path: Path
    kind: Kind
    before: object
    after: object
    changes: Mapping[Path, Any]


def alterations_of(pack: Pack, file: str) -> dict[tuple[Place, str, str], tuple[Alteration, Changes]]:
    """What can be altered of a resolved pack as far as it is written in `file`, each with its changes."""
    found: dict[tuple[Place, str, str], tuple[Alteration, Changes]] = {}
    document = pack.document
    for leaf in _Walker(pack.policy, document).leaves(document.value, ()):
        place = document.place(leaf.path)
        if place.file != file:
            continue
        one = Alteration(
            place, path_text(document, leaf.path), leaf.kind, text(leaf.before), text(leaf.after)
        )
        found.setdefault(one.key, (one, {}))[1].update(leaf.changes)
    return found


def altered(value: Any, changes: Mapping[Path, Any], path: Path = ()) -> Any:
    """A resolved document's plain values with these changes; what is not changed is shared."""
    here = {target[len(path)] for target in changes if len(target) > len(path)}
    if path in changes:
        return changes[path]
    if not here:
        return value
    inner = {
        key: altered(value[key], _below(changes, (*path, key)), (*path, key))
        for key in here
        if key in _keys(value)
    }
    new = {target[-1]: item for target, item in changes.items() if target[:-1] == path}
    if isinstance(value, dict):
        return {**value, **new, **inner}
    return [inner.get(index, item) for index, item in enumerate(value)]


def _keys(value: Any) -> Any:
    return value if isinstance(value, dict) else range(len(value))


def _below(changes: Mapping[Path, Any], path: Path) -> dict[Path, Any]:
    return {target: item for target, item in changes.items() if target[: len(path)] == path}


def text(value: object) -> str:
    """A value as it is told."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return plain(Decimal(value))
    return ", ".join(map(str, value)) or "–" if isinstance(value, list) else str(value)


def path_text(document: Document, path: Path) -> str:
    """A path as overlays write it."""
    told, value = "", document.value
    for key in path:
        if isinstance(value, list):
            assert isinstance(key, int)
            named = element_key(value)
            told += f"[{key + 1 if named is None else element_name(value[key], named)}]"
            value = value[key]
        else:
            told += f".{key}" if told else str(key)
            value = value.get(key) if isinstance(value, dict) else None
    return told


class _Walker:
    """Goes through the plain values of a resolved pack."""

    def __init__(self, policy: Policy, document: Document) -> None:
        self.policy, self.document = policy, document

    def leaves(self, value: Any, path: Path, fact: str | None = None) -> Iterator[_Leaf]:
        """Everything below a path that can be altered; `fact` is what numbers there are compared with."""
        if isinstance(value, dict):
            yield from self.mapping(value, path, fact)
        elif isinstance(value, list):
            if any(key in MEMBER_LISTS for key in path[-2:]) and all(isinstance(item, str) for item in value):
                yield from self.members(value, path)
            else:
                for index, item in enumerate(value):
                    yield from self.leaves(item, (*path, index), fact)
        elif isinstance(value, bool):
            yield _single(path, "yes_no", value, not value)
        elif isinstance(value, date):
            for days in (1, -1):
                yield _single(path, "date", value, value + timedelta(days=days))
        elif isinstance(value, int | Decimal):
            yield from self.number(value, path, fact)

    def mapping(self, value: dict[str, Any], path: Path, fact: str | None) -> Iterator[_Leaf]:
        quantity = next(
            (value[key] for key in ("bands", "marginal", "per") if isinstance(value.get(key), str)), None
        )
        named = value.get("fact") if isinstance(value.get("fact"), str) else None
        yield from self.comparisons(value, path)
        for key, item in value.items():
            here = (*path, key)
            if (key in TELLS_ONLY and not _is_points(path)) or key == "cite" or str(key).endswith("_cite"):
                continue
            if key in FORMULAS and isinstance(item, str):
                yield from _formula(item, here)
            elif key == "rows" and quantity is not None and "per" not in value:
                yield from self.rows(item, here, quantity)
            elif key == "rows" and "table" in value:
                yield from self.table(item, here)
            elif key in ("every", "over") and quantity is not None:
                yield from self.leaves(item, here, quantity)
            else:
                yield from self.leaves(item, here, named or fact)

    def comparisons(self, value: dict[str, Any], path: Path) -> Iterator[_Leaf]:
        """With the bound or without it, where no step of a number says the same."""
        for key, other in OTHER.items():
            if isinstance(value.get(key), dict):
                new = {other if name == key else name: item for name, item in value.items()}
                yield _Leaf((*path, key), "comparison", key, other, {path: new})
        if path[:1] != ("derived",) or len(path) != 2:
            return
        for key in WORDS_OF_BOUNDS:
            if value.get(key) in OTHER_WORD:
                yield _single((*path, key), "comparison", value[key], OTHER_WORD[value[key]])
        since = next((key for key in ELAPSED if key in value), None)
        if since is not None and "counts" not in value:
            yield _Leaf(
                (*path, since), "comparison", "completed", "exceeded", {(*path, "counts"): "exceeded"}
            )

    def members(self, value: list[str], path: Path) -> Iterator[_Leaf]:
        """Each element left out, if another one stays."""
        for index, item in enumerate(value) if len(value) > 1 else ():
            rest = [other for at, other in enumerate(value) if at != index]
            yield _Leaf((*path, index), "member", item, "–", {path: rest})

    def rows(self, rows: list[dict[str, Any]], path: Path, fact: str) -> Iterator[_Leaf]:
        """Rows on end: a boundary moves for both sides of it."""
        for index, row in enumerate(rows):
            here = (*path, index)
            yield from self.leaves(row.get("points"), (*here, "points"))
            after = rows[index + 1] if index + 1 < len(rows) else {}
            if "from" in row and index == 0:
                yield from self.leaves(row["from"], (*here, "from"), fact)
            if row.get("below") is None:
                continue
            joint = after.get("from") == row["below"]
            for leaf in self.leaves(row["below"], (*here, "below"), fact):
                if not joint:
                    yield leaf
                    continue
                start = (*path, index + 1, "from")
                yield _Leaf(start, leaf.kind, leaf.before, leaf.after, {**leaf.changes, start: leaf.after})

    def table(self, rows: list[dict[str, Any]], path: Path) -> Iterator[_Leaf]:
        """Cells one by one, and boundaries of the same fact together."""
        bounds: dict[tuple[str, object], list[Path]] = {}
        for index, row in enumerate(rows):
            yield from self.leaves(row.get("points"), (*path, index, "points"))
            for fact, cell in row.get("where", {}).items():
                here = (*path, index, "where", fact)
                for key in ("from", "below") if isinstance(cell, dict) else ():
                    if key in cell:
                        bounds.setdefault((fact, cell[key]), []).append((*here, key))
                yield from self.leaves(cell, here, fact)
        for (fact, bound), paths in bounds.items():
            for leaf in self.leaves(bound, paths[0], fact) if len(paths) > 1 else ():
                told = f"{text(leaf.after)} (×{len(paths)})"
                yield _Leaf(paths[0], leaf.kind, leaf.before, told, dict.fromkeys(paths, leaf.after))

    def number(self, value: int | Decimal, path: Path, fact: str | None) -> Iterator[_Leaf]:
        step = self.step(value, path, fact)
        for after in (value + step, value - step):
            if self.means_nothing(path, value, after):
                continue
            yield _single(path, "number", value, int(after) if after == int(after) else after)

    def step(self, value: int | Decimal, path: Path, fact: str | None) -> Decimal:
        """The smallest step: of points, of the fact that is compared, or of the last place written."""
        domain = None if fact is None else domain_of(self.policy, fact)
        if domain is not None:
            return Decimal(1).scaleb(-domain.decimals)
        if path[-2:] in LEASTS:
            return self.step_of_totals(str(path[1]))
        if path[0] in IN_POINTS and _is_points(path):
            return self.step_of_points()
        return last_place(Decimal(value))

    def means_nothing(self, path: Path, before: int | Decimal, after: int | Decimal) -> bool:
        """Whether it is proven that nothing can come of it, or that no round could say what."""
        if path[-1] == "wishes":  # a longer list than may be filed is refused as input
            return after > before
        if path[0] == "derived" and path[-1] == "bridge":  # joined or not, all months are added up
            rule = self.policy.derived[str(path[1])]
            return (rule.on_break, rule.bridged_months, rule.at_least_months) == ("sum", "excluded", None)
        if path[0] != "indicators":
            return False
        own = self.policy.indicators[str(path[1])].points
        if path[2:] == ("unknown", "points"):
            return _never_unknown(own)
        return any(
            self.is_capped(node, at, path, min(before, after))
            or self.is_beaten(node, at, path, max(before, after))
            for at, node in walk(own, path[:3])
        )

    def is_beaten(self, node: PointsNode, at: Path, path: Path, amount: int | Decimal) -> bool:
        """Whether points of a part can never be the highest, because another part always gives as many."""
        below = path[len(at) :]
        if not isinstance(node, Highest) or path[: len(at)] != at or below[:1] != ("highest",):
            return False
        own, leaf = node.parts[int(below[1])], below[2:]
        if not _is_direct(own, leaf):
            return False
        others = (part for part in node.parts if part is not own)
        return any(
            node_bounds(self.policy, part).low >= points(self.policy, Decimal(amount)) for part in others
        )

    def is_capped(self, node: PointsNode, at: Path, path: Path, amount: int | Decimal) -> bool:
        """Whether these points alone already reach the node's own cap, whatever else is added."""
        if node.cap is None or node.cap > amount or path[: len(at)] != at or node.times is not None:
            return False
        own, leaf = node, path[len(at) :]
        while isinstance(own, Sum | Highest) and leaf[:1] == (own.construct_name,):
            chosen = own.parts[int(leaf[1])]
            others = (part for part in own.parts if part is not chosen)
            changed = chosen.cap is not None or chosen.times is not None or chosen.round is not None
            if changed or any(node_bounds(self.policy, part).low < 0 for part in others):
                return False
            own, leaf = chosen, leaf[2:]
        return _is_direct(own, leaf) or (isinstance(own, Per) and leaf == ("points",))

    def step_of_points(self) -> Decimal:
        """The smallest power of ten of which the product by every multiplier is exact, too."""
        rules = (service.multiplier for service in self.policy.services.values())
        below = lcm(*(factor(rule.factor)[1] for rule in rules if rule is not None))
        zeros = next(zeros for zeros in range(len(str(below)) * 4) if 10**zeros % below == 0)
        return Decimal(10**zeros).scaleb(-self.policy.scale)

    def step_of_totals(self, service: str) -> Decimal:
        """What all totals of a service are multiples of: no finer step of a least total could be noticed."""
        step = subtotal_bounds(self.policy, service, all_bounds(self.policy)).step or 1
        multiplier = self.policy.services[service].multiplier
        if multiplier is not None:
            above, below = factor(multiplier.factor)
            step = gcd(step, step * above // below) or 1
        return Decimal(step).scaleb(-self.policy.scale)


def _is_direct(node: PointsNode, leaf: Path) -> bool:
    """Whether a number below a node is, where it counts at all, what the node earns: nothing changes it."""
    if leaf == ("unknown", "points"):
        return True
    if not isinstance(node, Lookup | Flag | Bands) or node.times is not None or node.round is not None:
        return False
    return leaf[:1] == ("points",) or (leaf[:1] == ("rows",) and leaf[-1] == "points")


def _never_unknown(node: PointsNode) -> bool:
    """Whether it says of every part what that earns while it is unknown."""
    if node.unknown is not None:
        return True
    modified = node.when is not None or node.times is not None or node.whose is not None
    return isinstance(node, Sum | Highest | Lowest) and not modified and all(map(_never_unknown, node.parts))


def _is_points(path: Path) -> bool:
    """Whether a number stands for points, or below the points of a lookup, where keys are members."""
    return bool(path) and any(key in POINTS for key in path[-2:])


def _single(path: Path, kind: Kind, before: object, after: object) -> _Leaf:
    return _Leaf(path, kind, before, after, {path: after})


def last_place(value: Decimal) -> Decimal:
    """One of the last place that a number is written with."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # no pack has an infinite number
    return Decimal(1).scaleb(min(exponent, 0))


def _formula(formula: str, path: Path) -> Iterator[_Leaf]:
    """Each figure of a formula by one of its last place."""
    for figure in _FIGURE.finditer(formula):
        value = Decimal(figure[0])
        step = last_place(value)
        for after in (value + step, value - step):
            if after >= 0:
                new = formula[: figure.start()] + plain(after) + formula[figure.end() :]
                yield _single(path, "number", formula, new)


def parameter_values(pack: Pack, file: str) -> Iterator[tuple[Alteration, str, date, Decimal]]:
    """Each value of a parameter by one step: its name, the day it holds from, and the altered value."""
    stack = pack.resolution.stack
    assert stack is not None  # only a pack that was never resolved has none
    whole = stack.document
    assert isinstance(whole.value, dict)
    for name, parameter in (whole.value.get("parameters") or {}).items():
        values = parameter.get("values")
        for index, item in enumerate(values) if isinstance(values, list) else ():
            path: Path = ("parameters", name, "values", index, "value")
            place, value = whole.place(path), item.get("value")
            if place.file != file or isinstance(value, bool) or not isinstance(value, int | Decimal):
                continue
            step = last_place(Decimal(value))
            for after in (value + step, value - step):
                told = Alteration(place, path_text(whole, path), "parameter", text(value), text(after))
                yield told, name, item["from"], Decimal(after)
