"""The scoring constructs: how facts become points. One model a construct; exactly one construct a node."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import Discriminator, Field, Tag, model_validator

from scoring.conditions import Condition, Number, PackModel, facts_of

CONSTRUCTS = ("flag", "lookup", "bands", "per", "sum", "highest")


class Title(PackModel):
    """A name in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class UnknownPoints(PackModel):
    """What a node earns while a fact it needs is unknown: a decision, with its clause."""

    points: Number
    cite: str


class Node(PackModel):
    """What every construct may carry: `when` (false earns 0), then `floor`, `cap`, then `unknown`."""

    title: Title | None = None
    cite: str | None = None
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

    def own_facts(self) -> tuple[str, ...]:
        """Facts this node itself reads, `when` included, children excluded."""
        return facts_of(self.when) if self.when is not None else ()


class Flag(Node):
    """Fixed points if a condition holds (S1)."""

    flag: Condition
    points: Number

    def own_facts(self) -> tuple[str, ...]:
        """The condition's facts."""
        return (*super().own_facts(), *facts_of(self.flag))


class Lookup(Node):
    """Points by the member of a choice (S2, S3)."""

    lookup: str
    points: dict[str, Number]

    def own_facts(self) -> tuple[str, ...]:
        """The choice looked up."""
        return (*super().own_facts(), self.lookup)


class Band(PackModel):
    """Quantities from `from` up to, not including, `below` earn `points`."""

    start: Number = Field(alias="from")
    below: Number | None = None
    points: Number


class Bands(Node):
    """Points by the band a quantity falls in (S6 slab)."""

    bands: str
    rows: tuple[Band, ...] = Field(min_length=1, strict=False)

    def own_facts(self) -> tuple[str, ...]:
        """The quantity."""
        return (*super().own_facts(), self.bands)


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

    def own_facts(self) -> tuple[str, ...]:
        """The quantity."""
        return (*super().own_facts(), self.per)


class Sum(Node):
    """The parts added up."""

    parts: tuple[PointsNode, ...] = Field(alias="sum", min_length=1, strict=False)

    def children(self) -> tuple[PointsNode, ...]:
        """The parts."""
        return self.parts


class Highest(Node):
    """The best of the parts (S2, S13). Unknown while any part is unknown."""

    parts: tuple[PointsNode, ...] = Field(alias="highest", min_length=1, strict=False)

    def children(self) -> tuple[PointsNode, ...]:
        """The parts."""
        return self.parts


_TAGS: dict[type[Node], str] = {
    Flag: "<flag>",
    Lookup: "<lookup>",
    Bands: "<bands>",
    Per: "<per>",
    Sum: "<sum>",
    Highest: "<highest>",
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
    | Annotated[Sum, Tag("<sum>")]
    | Annotated[Highest, Tag("<highest>")],
    Discriminator(_tag, custom_error_type="no_construct", custom_error_message="not exactly one construct"),
]

for _model in (Sum, Highest):
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
