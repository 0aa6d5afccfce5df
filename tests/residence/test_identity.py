"""Check digits, birth dates, regions and other people's documents. All numbers are invented."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publication.messages import LANGUAGES, sentence
from residence.identity import CheckedDocument, IdDocument, IdKind, check_digit, check_document

AS_OF = date(2026, 11, 20)
VECTORS = json.loads(
    (Path(__file__).parents[1] / "golden/lottery-vectors/11_masking.json").read_text("utf-8")
)["id_check"]


def whole(digits: str) -> str:
    return digits + check_digit(digits)


def checked(number: str, kind: IdKind = "citizen_id", **options: list[str]) -> CheckedDocument:
    found = check_document(IdDocument(kind, number), as_of=AS_OF, regions=options.get("regions", ()))
    for problem in (*found.errors, *found.warnings):
        assert all(sentence(problem, {}, lang) for lang in LANGUAGES)
    return found


def codes(number: str, kind: IdKind = "citizen_id") -> tuple[list[str], list[str]]:
    found = checked(number, kind)
    return [p.code for p in found.errors], [p.code for p in found.warnings]


@pytest.mark.parametrize("number", VECTORS["valid"])
def test_the_valid_vectors_are_right(number: str) -> None:
    found = checked(number)

    assert found.errors == ()
    assert found.born == date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


@pytest.mark.parametrize("number", VECTORS["invalid"])
def test_the_invalid_vectors_are_wrong(number: str) -> None:
    found = checked(number)

    assert found.errors
    assert found.born is None


def test_a_small_x_is_stored_as_a_capital_without_a_word() -> None:
    found = checked("11010519491231002x")

    assert found.document.number == "11010519491231002X"
    assert (found.errors, found.warnings) == ((), ())


@pytest.mark.parametrize(
    "written",
    [
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-19491231-002x",
        " 11010519491231002X\n",
    ],
)
def test_full_width_digits_spaces_and_dashes_are_rewritten_and_told(written: str) -> None:
    found = checked(written)

    assert found.document.number == "11010519491231002X"
    assert [problem.code for problem in found.warnings] == ["identity.rewritten"]
    assert not found.errors


@pytest.mark.parametrize(
    ("digits", "errors"),
    [
        ("33010620990101123", ["identity.born_later"]),
        ("33010620261121123", ["identity.born_later"]),
        ("33010618000101123", ["identity.born_too_early"]),
        ("33010618751120123", ["identity.born_too_early"]),  # 151 today
        ("33010620261120123", []),  # born on the day itself
        ("33010620230229123", ["identity.no_such_day"]),
        ("33010620240229123", []),
        ("33010619901301123", ["identity.no_such_day"]),
        ("33010600000101123", ["identity.no_such_day"]),
    ],
)
def test_birth_dates_must_exist_and_lie_within_a_lifetime(digits: str, errors: list[str]) -> None:
    assert codes(whole(digits)) == (errors, [])


@pytest.mark.parametrize("digits", ["33010618751121123", "33010619051120123"])
def test_an_age_beyond_that_of_anybody_is_a_warning(digits: str) -> None:
    assert codes(whole(digits)) == ([], ["identity.very_old"])
    assert codes(whole("33010619051121123")) == ([], [])  # 120 until tomorrow


@pytest.mark.parametrize(
    ("digits", "kind", "warnings"),
    [
        ("44030919900307123", "citizen_id", []),  # Longhua in Shenzhen, a district since 2016
        ("13062919900307123", "citizen_id", []),
        ("99010619900307123", "foreigner_residence_card", ["identity.region_unknown"]),
        ("93384019900307123", "foreigner_residence_card", []),
        ("81000019900307123", "hmt_residence_permit", []),
        ("82000019900307123", "hmt_residence_permit", []),
        ("83000019900307123", "hmt_residence_permit", []),
        ("81010019900307123", "hmt_residence_permit", ["identity.region_unknown"]),
        ("20010119900307123", "citizen_id", ["identity.region_unknown"]),
    ],
)
def test_an_unknown_region_is_a_warning(digits: str, kind: IdKind, warnings: list[str]) -> None:
    assert codes(whole(digits), kind) == ([], warnings)
    assert checked(whole(digits), kind).born == date(1990, 3, 7)


def test_an_office_may_know_its_regions() -> None:
    number = whole("33010619900307123")

    assert not checked(number, regions=["330106"]).warnings
    assert [p.code for p in checked(number, regions=["330105"]).warnings] == ["identity.region_unknown"]


@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("81000019900307123", "citizen_id"),
        ("93384019900307123", "citizen_id"),
        ("33010619900307123", "hmt_residence_permit"),
        ("33010619900307123", "foreigner_residence_card"),
        ("93384019900307123", "hmt_residence_permit"),
    ],
)
def test_a_number_of_another_kind_of_document_is_an_error(digits: str, kind: IdKind) -> None:
    assert codes(whole(digits), kind) == (["identity.other_kind"], [])


def test_old_numbers_of_15_digits_are_a_warning() -> None:
    found = checked("330106900307123")

    assert found.born == date(1990, 3, 7)
    assert [problem.code for problem in found.warnings] == ["identity.fifteen_digits"]
    assert codes("330106901307123") == (["identity.no_such_day"], ["identity.fifteen_digits"])


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("H12345678", "hmt_travel_permit"),
        ("M1234567801", "hmt_travel_permit"),
        ("12345678", "hmt_travel_permit"),
        ("E12345678", "passport"),
        ("X123456789", "birth_certificate"),
        ("G" + whole("33010620190307123"), "student_number"),
        ("9992026000123", "school_temporary"),
        ("", "none"),
    ],
)
def test_people_without_an_id_number_have_other_documents(number: str, kind: IdKind) -> None:
    found = checked(number, kind)

    assert (found.errors, found.warnings, found.born) == ((), (), None)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("", "citizen_id"),
        ("33010619900307123", "citizen_id"),
        ("330106199003071236X", "citizen_id"),
        ("X30106199003071236", "citizen_id"),
        ("٣٣٠١٠٦١٩٩٠٠٣٠٧١٢٣٦", "citizen_id"),  # digits, but not ours
        ("330106900307123", "hmt_residence_permit"),
        ("A12345678", "hmt_travel_permit"),
        ("E1", "passport"),
        ("X12345678", "birth_certificate"),
        ("A330106201903071235", "student_number"),
        ("", "school_temporary"),
        ("1", "none"),
    ],
)
def test_a_number_of_the_wrong_shape_is_an_error(number: str, kind: IdKind) -> None:
    assert codes(number, kind)[0] == ["identity.shape"]


@pytest.mark.parametrize("number", ["3.30106E+17", "3.30106199003071E17", "330106199003071000"])
def test_numbers_that_a_spreadsheet_rounded_are_told_as_such(number: str) -> None:
    assert codes(number)[0] == ["identity.rounded"]


def test_no_problem_repeats_the_number() -> None:
    found = checked("330106199013071236")

    assert found.errors
    assert not any("1990" in str(problem) for problem in (*found.errors, *found.warnings))


def test_an_unknown_kind_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="kind"):
        check_document(IdDocument("library_card", "1"), as_of=AS_OF)  # type: ignore[arg-type]


@given(st.dates(date(1900, 1, 1), AS_OF), st.integers(0, 999), st.integers(0, 17), st.integers(1, 10))
def test_no_single_wrong_digit_and_no_swap_of_neighbours_goes_unnoticed(
    born: date, serial: int, place: int, shift: int
) -> None:
    """What ISO 7064 MOD 11-2 promises."""
    number = whole(f"330106{born:%Y%m%d}{serial:03}")
    symbols = "0123456789X" if place == 17 else "0123456789"
    other = symbols[(symbols.index(number[place]) + shift) % len(symbols)]
    swapped = number[: place - 1] + number[place] + number[place - 1] + number[place + 1 :]

    assert checked(number).errors == ()
    if other != number[place]:
        assert checked(number[:place] + other + number[place + 1 :]).errors
    if place and swapped != number:
        assert checked(swapped).errors


@example("\u0280\u0327", "citizen_id")  # its capital combines with the mark
@example("e\u200b\u0301", "citizen_id")  # so does the letter once the space of no width is gone
@given(st.text(max_size=30), st.sampled_from(["citizen_id", "hmt_residence_permit", "passport"]))
def test_any_text_is_answered_and_a_stored_number_is_stored_again(text: str, kind: IdKind) -> None:
    once = check_document(IdDocument(kind, text), as_of=AS_OF)
    again = check_document(once.document, as_of=AS_OF)

    assert again.document == once.document
    assert again.errors == once.errors
