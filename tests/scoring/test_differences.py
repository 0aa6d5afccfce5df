"""Differences of two policies: none of a policy with itself, and every single change is told at its path."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from scoring.differences import Difference, differences
from scoring.overlay import Change, element_key, element_name, overlay
from scoring.pack import Pack, load_pack, pack_of
from scoring.resolve import resolve
from tests.effort import COSTLY
from tests.strategies import packs
from values.problems import BadInput, Place
from values.yaml_marks import Document

TINY = (Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8")
AMOUNTS = ("points", "cap", "floor", "factor", "every", "over")


def told(before: str, after: str) -> list[tuple[str, str]]:
    found = differences(load_pack(before, "a").policy, load_pack(after, "b").policy)
    return [(one.change, one.path) for one in found]


def amounts(value: Any, path: str = "") -> Iterator[tuple[str, Decimal]]:
    """Every amount of a pack as written, by the path that an overlay has for it."""
    if isinstance(value, dict):
        for key, part in value.items():
            below = f"{path}.{key}" if path else key
            if key in AMOUNTS and isinstance(part, int | Decimal):
                yield below, Decimal(part)
            else:
                yield from amounts(part, below)
    elif isinstance(value, list):
        key = element_key(value)
        for number, part in enumerate(value, 1):
            yield from amounts(part, f"{path}[{element_name(part, key) if key else number}]")


@COSTLY
@given(pack=packs())
def test_a_policy_has_no_differences_from_itself(pack: Pack) -> None:
    assert differences(pack.policy, pack.policy) == ()


@COSTLY
@given(pack=packs(), data=st.data())
def test_every_single_change_of_an_amount_is_told_and_nothing_else(pack: Pack, data: st.DataObject) -> None:
    """At the path of the overlay that made it, with the value before and after."""
    path, amount = data.draw(st.sampled_from(sorted(amounts(pack.document.value))))
    assume(path != "scale")
    try:
        changed = overlay(pack, [Change(path, Place("study.yaml", 1, 1), amount + 1)])
    except BadInput:
        assume(False)

    (found,) = differences(pack.policy, changed.policy)

    assert (found.change, found.path) == ("changed", path)
    assert (Decimal(str(found.before)), Decimal(str(found.after))) == (amount, amount + 1)


@COSTLY
@given(one=packs(), two=packs())
def test_two_policies_without_differences_have_one_digest(one: Pack, two: Pack) -> None:
    """And what is added one way is removed the other way, what is changed is changed."""
    found = differences(one.policy, two.policy)

    assert (not found) == (one.policy.digest == two.policy.digest)
    back = differences(two.policy, one.policy)
    assert count(found, "added") == count(back, "removed")
    assert count(found, "changed") == count(back, "changed")


def count(found: tuple[Difference, ...], change: str) -> int:
    return sum(one.change == change for one in found)


@pytest.mark.parametrize(
    ("right", "wrong", "path"),
    [
        ("points: 1.5}", "points: 2}", "indicators.insurance.points.rows[12].points"),
        ("junior: 20}", "junior: 25}", "indicators.education.points.points.junior"),
        ("number: X1", "number: X2", "documents.rules.number"),
        ("from: 2014-10-30", "from: 2015-10-30", "effective.from"),
        ("ties: [lottery]", "ties: [application_time, lottery]", "services.school.ranking.ties"),
        ("working_days: 5", "working_days: 7", "services.school.notice.working_days"),
        ("is: west", "is: east", "services.school.multiplier.when.is"),
    ],
)
def test_a_change_is_told_at_the_path_an_overlay_would_have(right: str, wrong: str, path: str) -> None:
    assert told(TINY, TINY.replace(right, wrong, 1)) == [("changed", path)]


@COSTLY
@given(pack=packs(), data=st.data())
def test_a_rule_that_is_taken_away_is_told_as_removed(pack: Pack, data: st.DataObject) -> None:
    """With the group or the facts that only it used, and nothing else."""
    names = data.draw(st.permutations(sorted(pack.policy.indicators)))
    name, changed = next(((name, made) for name in names if (made := without(pack, name))), ("", None))
    if changed is None:
        event("every line is named by another rule")
        return

    found = differences(pack.policy, changed.policy)

    assert {one.change for one in found} == {"removed"}
    assert f"indicators.{name}" in {one.path for one in found}
    assert {one.keys[0] for one in found} <= {"indicators", "groups", "facts", "derived"}


def without(pack: Pack, name: str) -> Pack | None:
    """The pack without an indicator; None of the last line of the service, or one that another rule names."""
    try:
        return overlay(pack, [Change(f"indicators.{name}", Place("study.yaml", 1, 1), drop=True)])
    except BadInput:
        return None


def test_a_row_put_in_between_is_added_and_shortens_the_one_before() -> None:
    after = TINY.replace(
        "below: 24, points: 1.5}", "below: 18, points: 1.5}\n        - {from: 18, below: 24, points: 2}"
    )

    assert told(TINY, after) == [
        ("changed", "indicators.insurance.points.rows[12].below"),
        ("added", "indicators.insurance.points.rows[18]"),
    ]
    assert told(after, TINY)[1] == ("removed", "indicators.insurance.points.rows[18]")


def test_a_limit_between_two_rows_that_moves_changes_both() -> None:
    """No row is taken for a new one."""
    after = TINY.replace("below: 24", "below: 36").replace("from: 24", "from: 36")

    assert told(TINY, after) == [
        ("changed", "indicators.insurance.points.rows[12].below"),
        ("changed", "indicators.insurance.points.rows[24].from"),
    ]


def test_each_side_has_its_own_clause() -> None:
    after = TINY.replace("    cite: rules 5\n", "    cite: rules 6\n").replace("points: 1.5}", "points: 2}")

    found = differences(load_pack(TINY, "a").policy, load_pack(after, "b").policy)

    assert [(one.path, one.cites) for one in found] == [
        ("indicators.insurance.cite", ("rules 5", "rules 6")),
        ("indicators.insurance.points.rows[12].points", ("rules 5", "rules 6")),
    ]


@COSTLY
@given(pack=packs(), data=st.data())
def test_a_parameter_of_the_same_value_is_the_same_policy(pack: Pack, data: st.DataObject) -> None:
    """Any amount of any pack may be a parameter, or half of one doubled."""
    path, amount = data.draw(st.sampled_from(sorted(amounts(pack.document.value))))
    times = data.draw(st.sampled_from((1, 2)))
    value = {"from": pack.policy.effective.start, "value": amount / times, "cite": "rules 1"}
    title = {"zh": "参数", "en": "parameter"}
    reference = {"parameter": "rate"} if times == 1 else {"parameter": "rate", "times": times}
    whole = replaced(pack.document.value, path, reference)

    again = written_as({**whole, "parameters": {"rate": {"title": title, "values": [value]}}})

    assert again.policy.digest == pack.policy.digest


@COSTLY
@given(pack=packs(), data=st.data())
def test_a_switch_that_chooses_what_stood_there_is_the_same_policy(pack: Pack, data: st.DataObject) -> None:
    """Around any amount or any whole indicator; under the other reading it is another policy."""
    name = data.draw(st.sampled_from(sorted(pack.policy.indicators)))
    paths = [f"indicators.{name}.points", *(path for path, _ in amounts(pack.document.value))]
    path = data.draw(st.sampled_from(paths))
    title = {"zh": "读法", "en": "reading"}
    switch = {"title": title, "choices": {"one": title, "two": title}, "chosen": "one", "cite": "rules 1"}
    reference = {"switch": "way", "one": at(pack.document.value, path), "two": None}
    whole = replaced(pack.document.value, path, reference)

    again = written_as({**whole, "switches": {"way": {**switch, "sources": "R1"}}})

    assert again.policy.digest == pack.policy.digest


@COSTLY
@given(pack=packs())
def test_resolving_what_is_resolved_changes_nothing(pack: Pack) -> None:
    assert resolve(pack.document)[0].value == pack.document.value


def written_as(value: dict[str, Any]) -> Pack:
    return pack_of(Document("generated.yaml", value, {}), "")


def at(value: Any, path: str) -> Any:
    for key in steps(value, path):
        value = value[key]
    return value


def replaced(value: Any, path: str, new: object) -> dict[str, Any]:
    """A copy of a document with another value at a path."""
    keys = list(steps(value, path))

    def put(part: Any, left: list[Any]) -> Any:
        if not left:
            return new
        copy = dict(part) if isinstance(part, dict) else list(part)
        copy[left[0]] = put(part[left[0]], left[1:])
        return copy

    result = put(value, keys)
    assert isinstance(result, dict)
    return result


def steps(value: Any, path: str) -> Iterator[Any]:
    """The keys and indexes of an overlay's path."""
    for token in path.replace("]", "").replace("[", ".#").split("."):
        if not token.startswith("#"):
            yield token
            value = value[token]
            continue
        key = element_key(value)
        names = [element_name(part, key) if key else str(number) for number, part in enumerate(value, 1)]
        index = names.index(token[1:])
        yield index
        value = value[index]


def test_classes_and_stages_in_another_order_are_told() -> None:
    """Whom the first class puts first, the second does not: the order is part of the policy."""
    when = "when: {fact: months, at_least: 10}, unknown: after"
    one = f"{{id: one, title: {{zh: 一, en: one}}, {when}, cite: rules 12}}"
    two = one.replace("one", "two").replace("10", "20")
    ranked = "scope_cite: rules 12, classes: [{classes}], ties: [lottery]"
    before, after = (
        TINY.replace("scope_cite: rules 12, ties: [lottery]", ranked.replace("{classes}", classes))
        for classes in (f"{one}, {two}", f"{two}, {one}")
    )

    (found,) = differences(load_pack(before, "a").policy, load_pack(after, "b").policy)

    assert (found.change, found.path) == ("changed", "services.school.ranking.classes")
    assert (found.before, found.after) == (["one", "two"], ["two", "one"])
