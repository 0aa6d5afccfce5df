"""Small counts are kept back, and nobody can compute them from what is shown."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from publication.suppression import count_text, kept_back

LEAST = 3


def possible(counts: list[int], hidden: frozenset[int], index: int) -> set[int]:
    """Every value of one hidden count that fits all that is shown: the total, the others, the marks."""
    total = sum(counts[i] for i in hidden)
    ranges = [range(1, LEAST) if counts[i] < LEAST else range(LEAST, total + 1) for i in sorted(hidden)]
    at = sorted(hidden).index(index)
    return {values[at] for values in product(*ranges) if sum(values) == total}


@given(st.lists(st.integers(0, 6), max_size=4))
def test_a_small_count_could_be_any_small_count(counts: list[int]) -> None:
    """Brute force over all tables that look the same; or everything is hidden, and the total with it."""
    hidden = kept_back(counts, least=LEAST)
    small = {index for index, count in enumerate(counts) if 0 < count < LEAST}

    assert small <= hidden
    if not small:
        assert hidden == frozenset()
    everything = all(index in hidden or not counts[index] for index in range(len(counts)))
    for index in small:
        assert everything or possible(counts, hidden, index) == set(range(1, LEAST))


@given(st.lists(st.integers(0, 40), max_size=8))
def test_no_more_is_hidden_than_protects(counts: list[int]) -> None:
    """The complements are the smallest of the other counts; zero is always shown."""
    hidden = kept_back(counts)
    further = sorted(counts[index] for index in hidden if counts[index] >= 5)
    others = sorted(count for count in counts if count >= 5)

    assert further == others[: len(further)]
    assert all(counts[index] for index in hidden)


def test_one_small_count_takes_a_second_with_it() -> None:
    """Else the total would tell it; a five beside a one is not enough, for then both are known."""
    assert kept_back([100, 2, 60]) == {1, 2}
    assert kept_back([100, 1, 5, 60]) == {1, 2, 3}
    assert kept_back([100, 2, 3, 60]) == {1, 2}
    assert kept_back([100, 5]) == frozenset()


def test_the_marks_say_small_or_not_and_no_more() -> None:
    assert [count_text(n, is_hidden=True) for n in (1, 4, 5, 900)] == ["<5", "<5", "≥5", "≥5"]
    assert count_text(12345, is_hidden=False) == "12,345"
