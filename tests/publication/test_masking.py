"""Masks against the published vectors, and what a mask may never show."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publication.masking import HIDDEN, PUBLIC_NOTICE, Kind, MaskPolicy, mask, mask_names

VECTORS = json.loads(
    (Path(__file__).parents[1] / "golden" / "lottery-vectors" / "11_masking.json").read_text("utf-8")
)
SHOW_PARTS = MaskPolicy(name="partly", id_number="partly", phone="partly")
KINDS: list[tuple[str, Kind]] = [("names", "name"), ("ids", "id_number"), ("phones", "phone")]
CASES = [(kind, case["in"], case["out"]) for name, kind in KINDS for case in VECTORS[name]]


@pytest.mark.parametrize(("kind", "value", "expected"), CASES)
def test_masks_are_those_of_the_published_vectors(kind: Kind, value: str, expected: str) -> None:
    assert mask(value, kind, SHOW_PARTS) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("张\u3000三", "张*"),  # an ideographic space inside, as clerks align two-character names
        ("欧阳", "欧*"),  # two characters: a surname and a given name, not a compound surname alone
        ("司马相如", "司马*如"),
        ("陈李小明", "陈**明"),
        ("𠮷田", "𠮷*"),  # a character outside the first plane is one character
        ("Ö. Müller", "Ö***"),
        ("买买提•艾力", "买**"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_names_of_other_shapes_are_masked_too(name: str, expected: str) -> None:
    assert mask(name, "name") == expected


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=8))
def test_a_mask_always_hides_a_character_of_a_chinese_name(name: str) -> None:
    shown = mask(name, "name")

    assert "*" in shown
    assert len(shown) == len(name)
    assert all(char in ("*", name[place]) for place, char in enumerate(shown))


@pytest.mark.parametrize("kind", ["id_number", "phone"])
def test_numbers_are_hidden_with_their_length_unless_the_office_says_otherwise(kind: Kind) -> None:
    assert mask("330106199003071236", kind, PUBLIC_NOTICE) == mask("1234567", kind) == HIDDEN


def test_an_office_may_hide_names_altogether() -> None:
    assert mask("欧阳修远", "name", MaskPolicy(name="hidden")) == HIDDEN


HAN = st.text(st.sampled_from("欧阳司马张三李小明王乐正𠮷〇々\uf900㐀"), max_size=6)
ANYTHING = st.one_of(st.none(), HAN, st.text(max_size=6), st.sampled_from([case[1] for case in CASES]))


@given(st.lists(ANYTHING, max_size=12), st.sampled_from([PUBLIC_NOTICE, MaskPolicy(name="hidden")]))
def test_a_column_of_names_is_masked_like_each_of_its_names(
    names: list[str | None], policy: MaskPolicy
) -> None:
    shown = mask_names(pl.Series("name", names, dtype=pl.String), policy)

    assert shown.to_list() == [mask(name or "", "name", policy) for name in names]
