"""Overlays: a policy changed by path is checked as a whole, and says where a path goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scoring.overlay import Change, OverlaidPack, overlay
from scoring.pack import Pack, load_pack
from values.problems import BadInput, Place
from values.yaml_marks import read_yaml

TINY = (Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8")
ROWS = "indicators.insurance.points.rows"
HERE = Place("study.yaml", 7, 5)


def tiny() -> Pack:
    return load_pack(TINY, "tiny.yaml")


def changed(**paths: Any) -> OverlaidPack:
    return overlay(tiny(), [Change(path, HERE, _value(text)) for path, text in paths.items()])


def _value(text: str) -> Any:
    value = read_yaml(f"v: {text}", "study.yaml").value
    assert isinstance(value, dict)
    return value["v"]


def line_of(text: str) -> int:
    (line,) = (number for number, line in enumerate(TINY.splitlines(), start=1) if text in line)
    return line


def problems_of(*changes: Change) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as error:
        overlay(tiny(), changes)
    return [(problem.code, str(problem.place)) for problem in error.value.problems]


def test_the_empty_overlay_changes_no_byte() -> None:
    assert overlay(tiny(), []).policy.digest == tiny().policy.digest


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("indicators.education.points.points.junior", "25", "junior: 20}", "junior: 25}"),
        (f"{ROWS}[12].points", "2.5", "below: 24, points: 1.5", "below: 24, points: 2.5"),
        (f"{ROWS}[0]", "{from: 0, below: 12, points: 1}", "below: 12, points: 0}", "below: 12, points: 1}"),
        ("services.school.ranking.ties", "[refuse]", "ties: [lottery]", "ties: [refuse]"),
        ("services.school.allocation.stages[selection].name", "first", "{name: selection", "{name: first"),
        ("services.school.allocation[cite]", "rules 1", "cite: rules 13", "cite: rules 1"),
        ("effective.from", "2014-11-01", "from: 2014-10-30", "from: 2014-11-01"),
    ],
)
def test_a_value_set_by_path_is_as_if_written_in_the_pack(path: str, value: str, old: str, new: str) -> None:
    """The overlay and the edited text resolve to the same policy."""
    assert TINY.count(old) == 1
    edited = load_pack(TINY.replace(old, new), "tiny.yaml")

    assert changed(**{path: value}).policy.digest == edited.policy.digest


def test_a_default_that_the_pack_leaves_out_can_be_set() -> None:
    """`maximum` of a derived fact, `over` of a step: keys that exist with their default."""
    text = TINY.replace(
        "points:\n      bands: months\n      rows:\n        - {from: 0, below: 12, points: 0}\n"
        "        - {from: 12, below: 24, points: 1.5}\n        - {from: 24, points: 3}\n",
        "points: {per: months, every: 12, points: 1}\n",
    )
    assert text != TINY
    pack = load_pack(text, "tiny.yaml")
    path = "indicators.insurance.points.over"

    edited = load_pack(text.replace("every: 12", "every: 12, over: 6"), "tiny.yaml")

    assert overlay(pack, [Change(path, HERE, 6)]).policy.digest == edited.policy.digest


def test_dropping_an_indicator_drops_the_facts_that_only_it_read() -> None:
    made = overlay(tiny(), [Change("indicators.education", HERE, drop=True)])

    assert "education" not in made.policy.facts
    assert list(made.policy.indicators) == ["insurance"]
    assert [change.title.en for change in made.applied if change.title] == ["education"]
    assert [(change.path, change.after) for change in made.applied] == [("indicators.education", None)]


def test_a_dropped_row_is_the_one_that_is_named() -> None:
    """Two rows dropped at once; each path means the pack as it was."""
    made = overlay(
        tiny(),
        [
            Change(f"{ROWS}[0]", HERE, drop=True),
            Change(f"{ROWS}[12]", HERE, drop=True),
            Change(f"{ROWS}[24].from", HERE, 0),
        ],
    )

    points = made.policy.canonical()["indicators"]["insurance"]["points"]  # type: ignore[index]
    assert points["rows"] == [{"from": "0", "points": "3"}]


@pytest.mark.parametrize(
    ("path", "above", "there"),
    [
        ("indicators.educatoin.points", "indicators", "education, insurance"),
        (f"{ROWS}[13].points", ROWS, "0, 12, 24"),
        (f"{ROWS}[12].cap", f"{ROWS}.1", "from, below, points"),
        ("services.school.allocation.stages[1]", "services.school.allocation.stages", "selection"),
        ("scale.x", "scale", "2"),
        ("nothing", "–", "format, id"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ends_and_what_is_there(
    path: str, above: str, there: str
) -> None:
    with pytest.raises(BadInput) as error:
        changed(**{path: "1"})

    (problem,) = error.value.problems
    assert (problem.code, problem.place) == ("overlay.no_such_path", HERE)
    assert dict(problem.params)["above"] == above
    assert dict(problem.params)["there"].startswith(there)


@pytest.mark.parametrize("path", ["", ".", "a..b", "a.", "a[", "a]b", "[a]", ".a", "a[]", "a[b]c]"])
def test_what_is_no_path_is_refused(path: str) -> None:
    assert problems_of(Change(path, HERE, 1)) == [("overlay.bad_path", "study.yaml:7:5")]


def test_all_wrong_paths_are_reported_at_once() -> None:
    wrong = problems_of(Change("a", Place("s", 1, 1), 1), Change("b", Place("s", 2, 1), drop=True))

    assert wrong == [("overlay.no_such_path", "s:1:1"), ("overlay.no_such_path", "s:2:1")]


@pytest.mark.parametrize("other", ["indicators.education.points.points.junior", "indicators.education"])
def test_two_changes_of_one_thing_are_refused(other: str) -> None:
    """The order of the changes must not matter."""
    first = Change("indicators.education.points.points.junior", HERE, 3)

    assert ("overlay.changed_twice", "study.yaml:9:1") in problems_of(
        first, Change(other, Place("study.yaml", 9, 1), drop=True)
    )


def test_a_change_that_breaks_the_policy_is_refused_at_the_change() -> None:
    """A gap between bands, told as the load checks tell it, with the study's line."""
    found = problems_of(Change(f"{ROWS}[12].from", HERE, 13))

    assert found[0] == ("overlay.breaks_policy", "study.yaml:7:5")
    assert ("pack.gap", f"tiny.yaml:{line_of('{from: 12')}:11") in found


def test_a_wrong_type_inside_a_new_value_names_its_own_line() -> None:
    document = read_yaml("v:\n  lookup: education\n  points: {none: 0, junior: many}", "study.yaml")
    assert isinstance(document.value, dict)
    places = {path[1:]: place for path, place in document.places.items() if path[:1] == ("v",)}

    found = problems_of(Change("indicators.education.points", HERE, document.value["v"], places))

    assert ("pack.not_a_number", "study.yaml:3:21") in found


def test_places_after_a_dropped_row_still_name_their_own_lines() -> None:
    """The third row stands where it stood though it is the second now."""
    found = problems_of(Change(f"{ROWS}[12]", HERE, drop=True))

    assert found[1:] == [("pack.gap", f"tiny.yaml:{line_of('{from: 24')}:11")]
