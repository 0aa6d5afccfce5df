"""What a pinned slip must be told: its code, its place, its sentence."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from publication.messages import sentence
from scoring.pack import load_pack
from values.problems import BadInput


def check_slip(pack: str, name: str, slip: Mapping[str, str]) -> None:
    """`wrong` in place of `right` is refused with `code` at the text `at`, and the sentence `says`."""
    assert pack.count(slip["right"]) == 1
    text = pack.replace(slip["right"], slip["wrong"])

    with pytest.raises(BadInput) as error:
        load_pack(text, name)

    (found,) = [problem for problem in error.value.problems if problem.code == slip["code"]]
    offset = text.index(slip["at"])
    assert (found.place.line, found.place.column) == (
        text.count("\n", 0, offset) + 1,
        offset - text.rfind("\n", 0, offset),
    )
    assert sentence(found, {}, "en") == slip["says"]
