"""The same value always has the same bytes, whatever order it was built in."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from values.canonical import canonical_json, digest_of, digest_of_bytes

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_canonical_json_reads_back_to_the_same_value(value: object) -> None:
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text(), values, min_size=2, max_size=6), st.randoms())
def test_the_order_of_keys_changes_nothing(value: dict[str, object], chance: object) -> None:
    keys = list(value)
    chance.shuffle(keys)  # type: ignore[attr-defined]

    assert canonical_json({key: value[key] for key in keys}) == canonical_json(value)


def test_text_stays_readable_and_nothing_is_padded() -> None:
    assert canonical_json({"b": [1, None, True], "a": "中山"}) == '{"a":"中山","b":[1,null,true]}'.encode()


@pytest.mark.parametrize("value", [0.5, {"a": [1.0]}, ({"b": float("nan")},)])
def test_floats_have_no_canonical_form(value: object) -> None:
    with pytest.raises(TypeError, match="float"):
        canonical_json(value)


@pytest.mark.parametrize("value", [{1: "a"}, {"a": {2}}, {"a": b"x"}])
def test_keys_and_types_that_json_does_not_have_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_a_digest_names_its_method() -> None:
    assert digest_of_bytes(b"abc") == "sha256:" + hashlib.sha256(b"abc").hexdigest()
    assert digest_of({"a": 1}) == digest_of_bytes(b'{"a":1}')
