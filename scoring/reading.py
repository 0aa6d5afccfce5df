"""What a node reads: whose facts, on which day, and in which columns of the facts frame they stand.

`whose: spouse` reads `spouse_<fact>` and `has_spouse`; `as_of: <day>` reads `<fact>@<day>` for every fact
that counts time (`years_since` …). Facts of the candidate are the same whoever is scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from scoring.constructs import PointsNode, Title
from scoring.fact_model import DerivedFact
from scoring.policy import Policy

HAS_SPOUSE = "has_spouse"
SPOUSE = "spouse_"
AT = "@"
DAYS = {
    "month_start": Title(zh="当月首日", en="the first day of the month"),
    "month_end": Title(zh="当月末日", en="the last day of the month"),
    "year_start": Title(zh="当年首日", en="the first day of the year"),
    "year_end": Title(zh="当年末日", en="the last day of the year"),
    "previous_year_end": Title(zh="上年末日", en="the last day of the year before"),
}
"""What the days relative to the as-of date are called."""


@dataclass(frozen=True)
class Context:
    """Whose facts are read, and on which day times that have passed are counted (None: the as-of date)."""

    spouse: bool = False
    as_of: str | None = None

    def column(self, policy: Policy, name: str) -> str:
        """Where a fact stands in the facts frame."""
        rule = policy.facts.get(name) or policy.derived.get(name)
        found = name
        if self.as_of is not None and isinstance(rule, DerivedFact) and rule.elapsed is not None:
            found = f"{name}{AT}{self.as_of}"
        return f"{SPOUSE}{found}" if self.spouse and rule is not None and rule.of == "subject" else found


HERE = Context()
"""The subject, on the as-of date."""


def contexts(node: PointsNode, context: Context) -> tuple[Context, ...]:
    """In which contexts a node inside another context is worked out: one, or one a person."""
    inside = context if node.as_of is None else replace(context, as_of=str(node.as_of))
    if node.whose is None:
        return (inside,)
    spouse = replace(inside, spouse=True)
    return (spouse,) if node.whose == "spouse" else (inside, spouse)


def columns_read(policy: Policy, node: PointsNode, context: Context = HERE) -> Iterator[str]:
    """Columns of the facts frame that a node reads, with those of indicators that it reads for a spouse."""
    if node.whose is not None:
        yield HAS_SPOUSE
    for inside in contexts(node, context):
        yield from (inside.column(policy, name) for name in node.own_facts())
        if inside.spouse:
            for name in node.own_indicators():
                yield from columns_read(policy, policy.indicators[name].points, Context(spouse=True))
        for child in node.children():
            yield from columns_read(policy, child, inside)


def plain_name(column: str) -> str:
    """The name of the fact in a column: `spouse_age@month_end` is `age`, unless a fact has that very name."""
    return column.removeprefix(SPOUSE).split(AT)[0]


def day_of(column: str) -> date | str | None:
    """The day on which a column counts time; None for the as-of date."""
    _, _, day = column.partition(AT)
    if not day:
        return None
    return date.fromisoformat(day) if day[0].isdigit() else day


def column_title(policy: Policy, column: str, title: Title) -> Title:
    """The title of a fact in a column, saying whose it is and on which day."""
    day = day_of(column)
    if day is not None:
        dated = policy.facts.get(str(day))
        told = dated.title if dated else DAYS.get(str(day), Title(zh=str(day), en=str(day)))
        title = Title(zh=f"{title.zh}（截至{told.zh}）", en=f"{title.en} (as of {told.en})")
    if column.startswith(SPOUSE):
        title = Title(zh=f"配偶的{title.zh}", en=f"{title.en} of the spouse")
    return title


def extra_columns(policy: Policy, indicators: Iterable[str]) -> tuple[str, ...]:
    """Columns that these indicators read beside those of the facts themselves, in the order of the pack."""
    read = (columns_read(policy, policy.indicators[name].points) for name in indicators)
    columns = dict.fromkeys(column for each in read for column in each)
    return tuple(column for column in columns if column not in policy.facts and column not in policy.derived)


def dated_rule(policy: Policy, column: str) -> DerivedFact:
    """The rule of a computed fact's column, on the column's own day."""
    rule = policy.derived[plain_name(column)]
    return rule.model_copy(update={"as_of": day_of(column)}) if AT in column else rule


def nested_whose(policy: Policy, node: PointsNode) -> bool:
    """Whether something that a node with `whose` reads names a person again."""
    waiting: list[PointsNode] = list(node.children())
    names = list(node.own_indicators())
    seen: set[str] = set()
    while waiting or names:
        if not waiting:
            name = names.pop()
            if name in seen or name not in policy.indicators:
                continue
            seen.add(name)
            waiting.append(policy.indicators[name].points)
        part = waiting.pop()
        if part.whose is not None:
            return True
        waiting += part.children()
        names += part.own_indicators()
    return False
