"""Problems are data: a code, figures, a place; they survive the way between processes."""

from __future__ import annotations

import pickle

import pytest

from values.problems import BadInput, JifenError, Place, Problem, Refused, bad_input, refused


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place(file="p.yaml", line=3, column=7), "p.yaml:3:7"),
        (Place(file="m.json", path="offers[0].capacity"), "m.json offers[0].capacity"),
        (Place(path="body/kind"), "body/kind"),
        (Place(file="a.xlsx", sheet="表1", row=4, field="months"), "a.xlsx[表1]:4:months"),
        (Place(file="a.csv", field="months"), "a.csv:months"),
    ],
)
def test_a_place_is_shown_as_an_editor_or_a_spreadsheet_counts(place: Place, text: str) -> None:
    assert str(place) == text


def test_figures_are_text_in_a_stable_order() -> None:
    problem = Problem.of("room.what", Place(file="f"), second=2, first="x")

    assert problem == Problem.of("room.what", Place(file="f"), first="x", second="2")
    assert str(problem) == "f: room.what (first=x, second=2)"


@pytest.mark.parametrize("kind", [BadInput, Refused])
def test_an_error_keeps_every_problem_and_survives_pickling(kind: type[JifenError]) -> None:
    problems = [Problem.of("room.one", n=1), Problem.of("room.two")]

    copy = pickle.loads(pickle.dumps(kind(iter(problems))))  # noqa: S301

    assert type(copy) is kind
    assert copy.problems == tuple(problems)
    assert str(copy) == ": room.one (n=1)\n: room.two"


def test_bad_input_ends_with_2_and_a_no_ends_with_1() -> None:
    assert bad_input("room.what").exit_status == 2
    assert refused("room.what").exit_status == 1
