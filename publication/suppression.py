"""Small counts kept back, and enough others with them that they cannot be computed."""

from __future__ import annotations

from collections.abc import Sequence

from publication.record import SMALL_COUNT


def kept_back(counts: Sequence[int], *, least: int = SMALL_COUNT) -> frozenset[int]:
    """Which counts (indices) must not be shown beside their total.

    Counts from 1 to `least` − 1 are small. They are kept back, and then the smallest others one by one
    (complementary suppression), until somebody who knows the total, all shown counts and which of the hidden
    ones are small learns nothing about any small one but that it is small. If nothing is left to hide,
    everything is hidden, and then the total must not be shown either.

    >>> sorted(kept_back([120, 3, 40, 9])), sorted(kept_back([120, 3, 4, 2])), sorted(kept_back([7, 9]))
    ([1, 3], [1, 2, 3], [])

    Source: A. Hundepool et al., Handbook on Statistical Disclosure Control (ESSnet, 2010): a suppressed cell
    of a table is safe if its feasibility interval is wide enough; here it must be all of 1 … `least` − 1.
    """
    small = frozenset(index for index, count in enumerate(counts) if 0 < count < least)
    if not small:
        return small
    hidden = set(small)
    others = sorted(
        (index for index, count in enumerate(counts) if count >= least), key=lambda i: (counts[i], i)
    )
    for index in others:
        if _is_safe(counts, small, hidden, least):
            return frozenset(hidden)
        hidden.add(index)
    return frozenset(hidden)


def _is_safe(counts: Sequence[int], small: frozenset[int], hidden: set[int], least: int) -> bool:
    """Whether the sum of what is hidden allows every small count each value from 1 to `least` − 1."""
    total = sum(counts[index] for index in hidden)
    further = len(hidden) - len(small)
    highest = total - (len(small) - 1) - further * least
    lowest = 1 if further else total - (len(small) - 1) * (least - 1)
    return highest >= least - 1 and lowest <= 1


def count_text(count: int, *, is_hidden: bool, least: int = SMALL_COUNT) -> str:
    """The count as it may be shown: `<5`, or `≥5` for one that is hidden only to protect others.

    >>> [count_text(n, is_hidden=True) for n in (3, 9)], count_text(9, is_hidden=False)
    (['<5', '≥5'], '9')
    """
    if not is_hidden:
        return f"{count:,}"
    return f"<{least}" if count < least else f"≥{least}"
