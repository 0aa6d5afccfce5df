"""One person's months: spells with a rule for gaps, for breaks and for what is left out, month by month.

The definition that the columns of `residence.measures` must equal:

1. A month is *covered* if a spell has it and, with `also_in`, a spell of the other ledger too.
2. Covered months up to the month looked back from form *spells*: at most `bridge` missing months do not
   end one. Missing months inside a spell belong to it if `bridged_months` is `counted`.
3. A spell of fewer than `at_least_months` months is left out whole.
4. `on_break` says which spells count: the one that reaches the month looked back from, the missing months
   after it bridged too (`stop`: after a break it counts anew), all (`sum`), the `longest` or the `last`.
5. Of these, the months in the window (the last `within_months`) that no spell of `not_during` has.

The longest spell is the one with the most months by 5, the latest of equals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

BridgedMonths = Literal["excluded", "counted"]
OnBreak = Literal["stop", "sum", "longest", "last"]
Role = Literal["own", "excluded", "also_in", "not_during"]
Why = Literal[
    "",
    "break",  # a break after it, and it counts anew
    "not_longest",
    "not_last",
    "short",  # fewer than at_least_months
    "before_window",
    "during",  # in a spell of not_during
    "excluded",  # only by rows of a kind that is not counted
    "not_in_both",  # not in the ledger of also_in
]
Span = tuple[int, int]
"""First and last month, both included."""


@dataclass(frozen=True)
class SpellRule:
    """How spells become months. None: no such limit."""

    bridge: int
    bridged_months: BridgedMonths
    on_break: OnBreak
    within_months: int | None = None
    at_least_months: int | None = None


@dataclass(frozen=True)
class Stretch:
    """Months of one fate without a gap, both ends included. `counted`: whether they enter the measure.

    `gap` is how many months are missing between this stretch and what follows it: the next covered month,
    or the month looked back from. `why`: the reason if it is not counted.
    """

    first: int
    last: int
    gap: int
    counted: bool
    why: Why = ""

    @property
    def months(self) -> int:
        """How many months it has."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Traced:
    """A measure of one person with what it came from.

    `stretches` in time order: covered months, and those that would be but for `excluded` and `also_in`.
    `bridged`: missing months between spells that counted, each gap's; those that count themselves
    are in `bridged_counted`.
    """

    months: int
    stretches: tuple[Stretch, ...]
    bridged: tuple[int, ...] = ()
    bridged_counted: int = 0


def trace(spells: Mapping[Role, Iterable[Span]], up_to: int, rule: SpellRule) -> Traced:
    """The months of one person's spells of each role, overlapping or not, in any order, with their origin.

    Without the key `also_in` no second ledger is asked; with it and no spells nothing is in both.
    """
    read = {role: _months(spans, up_to) for role, spans in spells.items()}
    stated = read.get("own", set())
    own = stated & read["also_in"] if "also_in" in read else stated
    runs = _runs(own, rule.bridge)
    why, counted = _judged(runs, own, read.get("not_during", set()), up_to, rule)
    why |= dict.fromkeys(stated - own, "not_in_both")
    why |= dict.fromkeys(read.get("excluded", set()) - stated, "excluded")
    gaps = [
        [m for m in range(one + 1, two) if m >= _opens(up_to, rule)]
        for run in runs
        for one, two in pairwise(run)
        if two > one + 1 and why[one] == why[two] == ""
    ]
    bridged = tuple(len(gap) for gap in gaps if gap)
    return Traced(len(counted), _stretches(why, own, up_to), bridged, len(counted - own))


def _months(spans: Iterable[Span], up_to: int) -> set[int]:
    return {month for first, last in spans for month in range(first, min(last, up_to) + 1)}


def _runs(own: set[int], bridge: int) -> list[list[int]]:
    """Covered months cut into spells, in time order."""
    runs: list[list[int]] = []
    for month in sorted(own):
        if runs and month - runs[-1][-1] - 1 <= bridge:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _opens(up_to: int, rule: SpellRule) -> int:
    """The first month of the window."""
    return 0 if rule.within_months is None else up_to - rule.within_months + 1


def _judged(
    runs: list[list[int]], own: set[int], during: set[int], up_to: int, rule: SpellRule
) -> tuple[dict[int, Why], set[int]]:
    """The fate of every covered month, and the months that count, bridged ones among them."""
    opens = _opens(up_to, rule)
    whole = [
        set(range(run[0], run[-1] + 1)) if rule.bridged_months == "counted" else set(run) for run in runs
    ]
    counts = [{month for month in months if month >= opens and month not in during} for months in whole]
    long = [len(months) >= (rule.at_least_months or 0) for months in whole]
    kept = {number for number, is_long in enumerate(long) if is_long}
    lost: Why = "break"
    match rule.on_break:
        case "stop":
            kept = {n for n in kept if n == len(runs) - 1 and up_to - runs[n][-1] <= rule.bridge}
        case "longest":
            kept, lost = {max(kept, key=lambda n: (len(counts[n]), n))} if kept else kept, "not_longest"
        case "last":
            kept, lost = {max(kept)} if kept else kept, "not_last"
    why: dict[int, Why] = {}
    for number, run in enumerate(runs):
        fate: Why = "" if number in kept else lost if long[number] else "short"
        for month in run:
            within: Why = "before_window" if month < opens else "during" if month in during else ""
            why[month] = fate or within
    return why, {month for number in kept for month in counts[number]}


def _stretches(why: Mapping[int, Why], own: set[int], up_to: int) -> tuple[Stretch, ...]:
    following = sorted(own)
    parts = []
    for (fate, _), group in groupby(
        enumerate(sorted(why)), key=lambda item: (why[item[1]], item[1] - item[0])
    ):
        months = [month for _, month in group]
        after = next((month for month in following if month > months[-1]), up_to + 1)
        parts.append(Stretch(months[0], months[-1], after - months[-1] - 1, fate == "", fate))
    return tuple(parts)
