"""The scoring constructs: how facts become points. One model a construct; exactly one construct a node."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from scoring.conditions import Condition, Number, PackModel, facts_of, indicators_of
from scoring.conditions import Title as Title
from scoring.formula_text import Formula
from scoring.formulas import names_of
from scoring.rounding import RoundingRule
from scoring.table_rows import TableRow
from values.anchors import ANCHORS

CONSTRUCTS = (
    "flag",
    "lookup",
    "bands",
    "per",
    "marginal",
    "table",
    "value",
    "formula",
    "merge",
    "score",
    "sum",
    "highest",
    "lowest",
    "first",
)


class UnknownPoints(PackModel):
    """What a node earns while a fact it needs is unknown: a decision, with its clause."""

    points: Number
    cite: str


class Node(PackModel):
    """What every construct may carry.

    Worked out for the subject, the spouse or both (`whose`), times that have passed counted on another day
    (`as_of`): `times`, `round`, `when` (false earns 0). What comes of that: `floor`, `cap`, `unknown`.
    """

    title: Title | None = None
    cite: str | None = None
    whose: Literal["spouse", "better", "both"] | None = None
    as_of: date | str | None = None
    times: Formula | None = None
    round: RoundingRule | None = None
    when: Condition | None = None
    cap: Number | None = None
    floor: Number | None = None
    unknown: UnknownPoints | None = None

    @property
    def construct_name(self) -> str:
        """The construct's key as written in the pack."""
        return _TAGS[type(self)].strip("<>")

    def children(self) -> tuple[PointsNode, ...]:
        """The nodes directly inside this one."""
        return ()

    def measured(self) -> tuple[str, ...]:
        """Names of the facts and parameters that the construct itself reads."""
        return ()

    def own_facts(self) -> tuple[str, ...]:
        """Facts this node itself reads, modifiers included, children excluded."""
        conditions = () if self.when is None else facts_of(self.when)
        return (*conditions, *self.measured(), *self.times_names(), *self.day_facts())

    def day_facts(self) -> tuple[str, ...]:
        """The date fact that `as_of` names, if it is one."""
        return (self.as_of,) if isinstance(self.as_of, str) and self.as_of not in ANCHORS else ()

    def times_names(self) -> tuple[str, ...]:
        """Names in the formula of `times`."""
        return () if self.times is None else names_of(self.times)

    def own_indicators(self) -> tuple[str, ...]:
        """Indicators whose points this node itself reads."""
        return () if self.when is None else indicators_of(self.when)


class Flag(Node):
    """Fixed points if a condition holds (S1)."""

    flag: Condition
    points: Number

    def measured(self) -> tuple[str, ...]:
        """The condition's facts."""
        return facts_of(self.flag)

    def own_indicators(self) -> tuple[str, ...]:
        """The condition's too."""
        return (*super().own_indicators(), *indicators_of(self.flag))


class Lookup(Node):
    """Points by the member of a choice (S2, S3)."""

    lookup: str
    points: dict[str, Number]

    def measured(self) -> tuple[str, ...]:
        """The choice looked up."""
        return (self.lookup,)


class Band(PackModel):
    """Quantities from `from` up to, not including, `below` earn `points`."""

    start: Number = Field(alias="from")
    below: Number | None = None
    points: Number


class Bands(Node):
    """Points by the band a quantity falls in (S6 slab)."""

    bands: str
    rows: tuple[Band, ...] = Field(min_length=1, strict=False)

    def measured(self) -> tuple[str, ...]:
        """The quantity."""
        return (self.bands,)


class Per(Node):
    """`points` for every full `every` of the part of a quantity above `over` (S4, S5, S9)."""

    per: str
    every: Number
    points: Number
    over: Number = Decimal(0)

    @model_validator(mode="after")
    def _positive_step(self) -> Per:
        if self.every <= 0:
            raise ValueError("step_not_positive")
        return self

    def measured(self) -> tuple[str, ...]:
        """The quantity."""
        return (self.per,)


class Marginal(Node):
    """Each full `every` inside a tranche of a quantity earns that tranche's points (S6 marginal)."""

    marginal: str
    every: Number = Decimal(1)
    rows: tuple[Band, ...] = Field(min_length=1, strict=False)

    @model_validator(mode="after")
    def _positive_step(self) -> Marginal:
        if self.every <= 0:
            raise ValueError("step_not_positive")
        return self

    def measured(self) -> tuple[str, ...]:
        """The quantity."""
        return (self.marginal,)


class Table(Node):
    """Points by several facts together (S29).

    A row holds for whoever meets everything in its `where`. `hit` says what counts: `unique`: the row that
    holds (proven to be one at most), `first` of the rows that hold, their `sum` or the `highest` of them.
    `otherwise` is earned where no row holds; without it the rows must cover everything.
    """

    table: tuple[str, ...] = Field(min_length=1, strict=False)
    hit: Literal["unique", "first", "sum", "highest"]
    rows: tuple[TableRow, ...] = Field(min_length=1, strict=False)
    otherwise: Number | None = None

    def measured(self) -> tuple[str, ...]:
        """The inputs."""
        return self.table


class ValueOf(Node):
    """The quantity itself is the points: an assigned score (S39)."""

    value: str

    def measured(self) -> tuple[str, ...]:
        """The quantity."""
        return (self.value,)


class FormulaOf(Node):
    """Exact arithmetic on facts, parameters and numbers (S7, S8)."""

    formula: Formula

    def measured(self) -> tuple[str, ...]:
        """The names in the formula."""
        return names_of(self.formula)


class Merge(Node):
    """The same thing assessed by several bodies (S40). `must_agree` and different: unknown."""

    merge: tuple[str, ...] = Field(strict=False)
    take: Literal["highest", "lowest", "sum", "must_agree"]

    @model_validator(mode="after")
    def _several(self) -> Merge:
        if len(set(self.merge)) < len(self.merge) or len(self.merge) < 2:
            raise ValueError("merge_of_one")
        return self

    def measured(self) -> tuple[str, ...]:
        """The assessments."""
        return self.merge


class ScoreOf(Node):
    """The points of another indicator as its node gives them: before its sign, limits and choices."""

    score: str

    def own_indicators(self) -> tuple[str, ...]:
        """The other indicator too."""
        return (*super().own_indicators(), self.score)


class Parts(Node):
    """A construct of several nodes."""

    def children(self) -> tuple[PointsNode, ...]:
        """The parts."""
        parts: tuple[PointsNode, ...] = self.parts  # type: ignore[attr-defined]
        return parts


class Sum(Parts):
    """The parts added up."""

    parts: tuple[PointsNode, ...] = Field(alias="sum", min_length=1, strict=False)


class Highest(Parts):
    """The best of the parts (S2, S13). Unknown while any part is unknown."""

    parts: tuple[PointsNode, ...] = Field(alias="highest", min_length=1, strict=False)


class Lowest(Parts):
    """The least of the parts. Unknown while any part is unknown."""

    parts: tuple[PointsNode, ...] = Field(alias="lowest", min_length=1, strict=False)


class First(Parts):
    """The first of the parts whose `when` holds; 0 if none does.

    Only the last may lack `when`. Unknown as soon as a `when` is, unless an earlier one holds.
    """

    parts: tuple[PointsNode, ...] = Field(alias="first", min_length=1, strict=False)

    @model_validator(mode="after")
    def _conditions(self) -> First:
        if any(part.when is None for part in self.parts[:-1]):
            raise ValueError("first_without_when")
        return self


_TAGS: dict[type[Node], str] = {
    Flag: "<flag>",
    Lookup: "<lookup>",
    Bands: "<bands>",
    Per: "<per>",
    Marginal: "<marginal>",
    Table: "<table>",
    ValueOf: "<value>",
    FormulaOf: "<formula>",
    Merge: "<merge>",
    ScoreOf: "<score>",
    Sum: "<sum>",
    Highest: "<highest>",
    Lowest: "<lowest>",
    First: "<first>",
}


def _tag(value: object) -> str | None:
    if isinstance(value, dict):
        found = [name for name in CONSTRUCTS if name in value]
        return f"<{found[0]}>" if len(found) == 1 else None
    return _TAGS.get(type(value)) if isinstance(value, Node) else None


PointsNode = Annotated[
    Annotated[Flag, Tag("<flag>")]
    | Annotated[Lookup, Tag("<lookup>")]
    | Annotated[Bands, Tag("<bands>")]
    | Annotated[Per, Tag("<per>")]
    | Annotated[Marginal, Tag("<marginal>")]
    | Annotated[Table, Tag("<table>")]
    | Annotated[ValueOf, Tag("<value>")]
    | Annotated[FormulaOf, Tag("<formula>")]
    | Annotated[Merge, Tag("<merge>")]
    | Annotated[ScoreOf, Tag("<score>")]
    | Annotated[Sum, Tag("<sum>")]
    | Annotated[Highest, Tag("<highest>")]
    | Annotated[Lowest, Tag("<lowest>")]
    | Annotated[First, Tag("<first>")],
    Discriminator(_tag, custom_error_type="no_construct", custom_error_message="not exactly one construct"),
]

for _model in (Sum, Highest, Lowest, First):
    _model.model_rebuild()


def walk(
    node: PointsNode, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], PointsNode]]:
    """Every node below and including this one, with its path in the pack."""
    yield path, node
    for index, child in enumerate(node.children()):
        yield from walk(child, (*path, node.construct_name, index))


def node_facts(node: PointsNode) -> tuple[str, ...]:
    """Names of all facts a node and its children read, each once, in order."""
    return tuple(dict.fromkeys(name for _, part in walk(node) for name in part.own_facts()))


def node_indicators(node: PointsNode) -> tuple[str, ...]:
    """Names of all indicators whose points a node and its children read, each once, in order."""
    return tuple(dict.fromkeys(name for _, part in walk(node) for name in part.own_indicators()))
