"""Bad tables end to end: every slip with file, row and column, exit status 2, nothing written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.commands import completed, copied, jifen, read_rows, refused, with_cell, with_rows, with_text

Change = Callable[[Path], None]
Told = list[tuple[str, str, int, str]]


def header(file: str, edit: Callable[[list[str]], list[str]]) -> Change:
    return with_rows(file, lambda rows: [edit(rows[0]), *rows[1:]])


def added(file: str, *rows: str) -> Change:
    """Rows at the end; `{n}` is the first cell of row n."""

    def edit(given: list[list[str]]) -> list[list[str]]:
        firsts = {str(number): row[0] for number, row in enumerate(given[:9], start=1)}
        return [*given, *(re.sub(r"\{(\d)\}", lambda n: firsts[n[1]], row).split(",") for row in rows)]

    return with_rows(file, edit)


def with_bytes(file: str, content: bytes) -> Change:
    def change(folder: Path) -> None:
        (folder / file).write_bytes(content)

    return change


def without(file: str) -> Change:
    return lambda folder: (folder / file).unlink()


def renamed(old: str, new: str) -> Change:
    def change(folder: Path) -> None:
        (folder / old).rename(folder / new)

    return change


def folder_named(file: str) -> Change:
    def change(folder: Path) -> None:
        (folder / file).unlink()
        (folder / file).mkdir()

    return change


SLIPS: dict[str, tuple[Change, Told]] = {
    # Cells.
    "a value that is none of the choices": (
        with_cell("applicants.csv", 5, "education", "PhD"),
        [("tables.not_a_member", "applicants.csv", 5, "education")],
    ),
    "text for a number": (
        with_cell("applicants.csv", 3, "volunteer_hours", "many"),
        [("tables.not_a_number", "applicants.csv", 3, "volunteer_hours")],
    ),
    "a fraction of a person's hours": (
        with_cell("applicants.csv", 3, "volunteer_hours", "1.5"),
        [("tables.not_whole", "applicants.csv", 3, "volunteer_hours")],
    ),
    "more decimals than cents": (
        with_cell("applicants.csv", 3, "donation_yuan", "0.005"),
        [("tables.too_many_decimals", "applicants.csv", 3, "donation_yuan")],
    ),
    "a day that does not exist": (
        with_cell("applicants.csv", 3, "born_on", "1983-02-30"),
        [("tables.no_such_day", "applicants.csv", 3, "born_on")],
    ),
    "a month that does not exist": (
        with_cell("insurance.csv", 3, "first_month", "2014-13"),
        [("tables.no_such_month", "insurance.csv", 3, "first_month")],
    ),
    "a month that may be October": (
        with_cell("insurance.csv", 3, "first_month", "2014.1"),
        [("tables.ambiguous_month", "insurance.csv", 3, "first_month")],
    ),
    "negative capacity": (
        with_cell("offers.csv", 3, "seats", "-1"),
        [("tables.below_minimum", "offers.csv", 3, "seats")],
    ),
    "negative quota": (
        with_cell("quotas.csv", 3, "seats", "-1"),
        [("tables.below_minimum", "quotas.csv", 3, "seats")],
    ),
    "a place that is not on earth": (
        with_cell("candidates.csv", 3, "longitude", "1133.5"),
        [("tables.above_maximum", "candidates.csv", 3, "longitude")],
    ),
    "a filing time with seconds": (
        with_cell("candidates.csv", 3, "filed_at", "2015-05-04T09:00:30"),
        [("tables.seconds_given", "candidates.csv", 3, "filed_at")],
    ),
    "no filing time": (
        with_cell("candidates.csv", 3, "filed_at", ""),
        [("tables.empty_cell", "candidates.csv", 3, "filed_at")],
    ),
    "an id that Excel wrote as a number": (
        with_cell("candidates.csv", 3, "candidate", "4.42E+17"),
        [("tables.scientific_notation", "candidates.csv", 3, "candidate")],
    ),
    "an id that is a formula": (
        with_cell("candidates.csv", 3, "candidate", "=1+1"),
        [("tables.formula_sign", "candidates.csv", 3, "candidate")],
    ),
    "an id with an invisible character": (
        with_cell("candidates.csv", 3, "candidate", "ZS\u200b15"),
        [("tables.hidden_character", "candidates.csv", 3, "candidate")],
    ),
    "an id that is a pasted letter": (
        with_cell("candidates.csv", 3, "candidate", "x" * 5000),
        [("tables.id_too_long", "candidates.csv", 3, "candidate")],
    ),
    "a name that turns the line around": (
        with_cell("candidates.csv", 3, "name", "\u202eabc"),
        [("tables.hidden_character", "candidates.csv", 3, "name")],
    ),
    # Headers and rows.
    "an unknown column": (
        header("offers.csv", lambda names: [*names[:3], "title", *names[4:]]),
        [
            ("tables.missing_column", "offers.csv", 1, "name"),
            ("tables.unknown_column", "offers.csv", 1, "title"),
        ],
    ),
    "a column twice": (
        header("applicants.csv", lambda names: [names[0], "residence_permit", *names[2:]]),
        [
            ("tables.duplicate_column", "applicants.csv", 1, "residence_permit"),
            ("tables.missing_column", "applicants.csv", 1, "registered_elsewhere"),
        ],
    ),
    "a cell too many": (
        added("refusals.csv", "{2},yes"),
        [("tables.ragged_row", "refusals.csv", 6, "")],
    ),
    "a quote that is not closed": (
        with_text("offers.csv", "\n", '\n"'),
        [("storage.broken_quotes", "offers.csv", 2, "")],
    ),
    "an applicant twice": (
        added("quotas.csv", "shiqi,primary,4"),
        [("tables.duplicate_row", "quotas.csv", 50, "town+stage")],
    ),
    "a refusal twice": (
        added("refusals.csv", "{2}"),
        [("tables.duplicate_row", "refusals.csv", 6, "candidate")],
    ),
    # Links.
    "a child of nobody": (
        with_cell("candidates.csv", 3, "subject", "nobody"),
        [("facts.unknown_subject", "candidates.csv", 3, "subject")],
    ),
    "a refusal by nobody": (
        with_cell("refusals.csv", 3, "candidate", "nobody"),
        [("round.unknown_candidate", "refusals.csv", 3, "candidate")],
    ),
    "a catchment that is no school": (
        with_cell("candidates.csv", 3, "catchment", "nowhere"),
        [("round.unknown_offer", "candidates.csv", 3, "catchment")],
    ),
    "months the wrong way round": (
        with_cell("permits.csv", 3, "first_month", "2099-01"),
        [("round.months_reversed", "permits.csv", 3, "last_month")],
    ),
    "seats that do not add up": (
        with_cell("quotas.csv", 3, "seats", "99"),
        [("round.seats_differ", "quotas.csv", 3, "seats")],
    ),
    # Files.
    "an empty file": (
        with_bytes("offers.csv", b""),
        [("storage.empty_file", "offers.csv", 0, "")],
    ),
    "blank lines only": (
        with_bytes("offers.csv", b"\n\n \n"),
        [("storage.empty_file", "offers.csv", 0, "")],
    ),
    "a blank line before the header": (
        with_text("offers.csv", "offer,", "\noffer,"),
        [("storage.no_header", "offers.csv", 1, "")],
    ),
    "a header only": (
        with_rows("offers.csv", lambda rows: rows[:1]),
        [("tables.no_rows", "offers.csv", 2, "")],
    ),
    "a missing file": (
        without("offers.csv"),
        [("storage.table_missing", "round", 0, "")],
    ),
    "a missing ledger": (
        without("permits.csv"),
        [("facts.ledger_missing", "applicants.csv", 0, "permit_months")],
    ),
    "a folder for a file": (
        folder_named("offers.csv"),
        [("storage.table_missing", "round", 0, "")],
    ),
    "a misspelt file": (
        renamed("refusals.csv", "refusal.csv"),
        [("storage.unknown_table", "refusal.csv", 0, "")],
    ),
    "a spreadsheet named CSV": (
        with_bytes("offers.csv", b"PK\x03\x04\x14\x00"),
        [("storage.workbook_named_csv", "offers.csv", 0, "")],
    ),
    "a CSV named XLSX": (
        renamed("offers.csv", "offers.xlsx"),
        [("storage.not_a_spreadsheet", "offers.xlsx", 0, "")],
    ),
    "a CSV named Parquet": (
        renamed("offers.csv", "offers.parquet"),
        [("storage.not_parquet", "offers.parquet", 0, "")],
    ),
    "a table in UTF-16": (
        with_bytes("refusals.csv", "candidate\nZS15-000001\n".encode("utf-16")),
        [("storage.utf16", "refusals.csv", 0, "")],
    ),
    "a damaged byte": (
        with_bytes("refusals.csv", "candidate\n\u4e2d".encode() + b"\xff\n"),
        [("storage.undecodable", "refusals.csv", 2, "")],
    ),
    "another separator": (
        with_bytes("offers.csv", b"offer;town;stage\n"),
        [("storage.wrong_separator", "offers.csv", 1, "")],
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_named_where_it_is(slip: str, city: Path, tmp_path: Path) -> None:
    """One slip in one table of a round without wishes."""
    change, told = SLIPS[slip]

    ran = refused(copied(city, tmp_path / "round", change))

    assert sorted(ran.problems()) == sorted(told)


WISHES: dict[str, tuple[Change, Told]] = {
    "a wish by nobody": (
        with_cell("preferences.csv", 3, "candidate", "nobody"),
        [("round.unknown_candidate", "preferences.csv", 3, "candidate")],
    ),
    "a wish for an unknown school": (
        with_cell("preferences.csv", 3, "offer", "nowhere"),
        [("round.unknown_offer", "preferences.csv", 3, "offer")],
    ),
    "a wish outside the own town": (
        with_cell("preferences.csv", 2, "offer", "shenwan-j01"),
        [("round.preference_outside_scope", "preferences.csv", 2, "offer")],
    ),
    "a rank that is no number": (
        with_cell("preferences.csv", 3, "rank", "first"),
        [("tables.not_a_number", "preferences.csv", 3, "rank")],
    ),
    "a rank of zero": (
        with_cell("preferences.csv", 3, "rank", "0"),
        [("tables.below_minimum", "preferences.csv", 3, "rank")],
    ),
}


@pytest.mark.parametrize("slip", WISHES)
def test_a_slip_in_a_list_of_wishes_is_named(slip: str, wishes_city: Path, tmp_path: Path) -> None:
    change, told = WISHES[slip]

    ran = refused(copied(wishes_city, tmp_path / "round", change))

    assert sorted(ran.problems()) == sorted(told)


def test_wishes_twice_and_too_many_are_named(wishes_city: Path, tmp_path: Path) -> None:
    """Four wishes are read, so five are refused; the same school again is a slip."""
    first = read_rows(wishes_city / "preferences.csv")[1]
    again = [f"{first[0]},{rank},{first[2]}" for rank in (11, 12, 13, 14)]

    ran = refused(copied(wishes_city, tmp_path / "round", added("preferences.csv", *again)))

    codes = [problem[0] for problem in ran.problems()]
    assert codes.count("round.wish_twice") == 4
    assert codes.count("round.too_many_wishes") == 1


def test_wishes_in_a_round_that_takes_none_are_refused(city: Path, wishes_city: Path, tmp_path: Path) -> None:
    """Nobody may believe that they count."""
    wishes = (wishes_city / "preferences.csv").read_bytes()

    ran = refused(copied(city, tmp_path / "round", with_bytes("preferences.csv", wishes)))

    assert [problem[:2] for problem in ran.problems()] == [("round.table_not_used", "preferences.csv")]


def test_a_scope_without_seats_is_named_by_those_who_need_it(city: Path, tmp_path: Path) -> None:
    ran = refused(
        copied(city, tmp_path / "round", with_rows("quotas.csv", lambda rows: [rows[0], *rows[2:]]))
    )

    assert {(code, file, field) for code, file, _, field in ran.problems()} == {
        ("round.scope_without_quota", "candidates.csv", "town+stage"),
        ("round.scope_without_quota", "offers.csv", "town+stage"),
    }


def test_ids_that_excel_has_rounded_are_named_all(city: Path, tmp_path: Path) -> None:
    """Fifteen digits and then zeros, in every row: the ends of these numbers are lost."""

    def rounded(rows: list[list[str]]) -> list[list[str]]:
        ids = [f"{110105199003070000 + 1000 * number}" for number in range(len(rows))]
        return [rows[0], *([ids[number], *row[1:]] for number, row in enumerate(rows[1:]))]

    folder = copied(city, tmp_path / "round", with_rows("candidates.csv", rounded), without("refusals.csv"))

    problems = refused(folder).problems()

    assert {problem[0] for problem in problems} == {"tables.rounded_number"}
    assert len(problems) == len(read_rows(city / "candidates.csv")) - 1


@pytest.mark.parametrize(
    ("number", "code"),
    [("11010519900307{:04}", "publication.id_number"), ("13800{:06}", "publication.phone_number")],
)
def test_personal_numbers_are_no_application_numbers(
    number: str, code: str, city: Path, tmp_path: Path
) -> None:
    """They would be published; nothing is written, and no more of a number is shown than its beginning."""

    def renumbered(rows: list[list[str]]) -> list[list[str]]:
        return [rows[0], *([number.format(at), *row[1:]] for at, row in enumerate(rows[1:], start=1))]

    folder = copied(
        city, tmp_path / "round", with_rows("candidates.csv", renumbered), without("refusals.csv")
    )

    ran = refused(folder)

    assert {problem[0] for problem in ran.problems()} == {code}
    assert number.format(1) not in ran.out + ran.err


def test_slips_of_many_tables_are_told_together(wishes_city: Path, tmp_path: Path) -> None:
    """A duplicate, a wrong cell, a negative capacity, an unknown school: one run tells all four."""
    folder = copied(
        wishes_city,
        tmp_path / "round",
        with_rows("applicants.csv", lambda rows: [*rows, rows[1]]),
        with_cell("candidates.csv", 4, "stage", "kindergarten"),
        with_cell("offers.csv", 3, "seats", "-1"),
        with_cell("preferences.csv", 3, "offer", "nowhere"),
        with_cell("preferences.csv", 4, "candidate", "nobody"),
    )
    last = len(read_rows(folder / "applicants.csv"))

    assert refused(folder).problems() == [
        ("tables.duplicate_row", "applicants.csv", last, "subject"),
        ("tables.not_a_member", "candidates.csv", 4, "stage"),
        ("tables.below_minimum", "offers.csv", 3, "seats"),
        ("round.unknown_candidate", "preferences.csv", 4, "candidate"),
        ("round.unknown_offer", "preferences.csv", 3, "offer"),
    ]


def test_an_unreadable_table_is_not_blamed_on_those_that_point_to_it(
    wishes_city: Path, tmp_path: Path
) -> None:
    """With a damaged id column of schools, no wish can be called wrong."""
    folder = copied(wishes_city, tmp_path / "round", with_cell("offers.csv", 2, "offer", "=x"))

    assert refused(folder).problems() == [("tables.formula_sign", "offers.csv", 2, "offer")]


def test_a_thousand_slips_are_named_and_the_rest_counted(city: Path, tmp_path: Path) -> None:
    """Fifty-two thousand lines help nobody."""

    def spoilt(rows: list[list[str]]) -> list[list[str]]:
        return [rows[0], *([row[0], "x", "y", *row[3:]] for row in rows[1:])]

    ran = refused(copied(city, tmp_path / "round", with_rows("insurance.csv", spoilt)))

    rows = len(read_rows(city / "insurance.csv")) - 1
    assert len(ran.problems()) == 1001
    assert ran.problems()[-1][0] == "tables.more_problems"
    assert str(2 * rows - 1000) in ran.err.splitlines()[-1]


def test_a_round_in_which_nobody_is_eligible_is_refused(city: Path, tmp_path: Path) -> None:
    """With the commonest reasons, instead of an empty ranking."""

    def strangers(rows: list[list[str]]) -> list[list[str]]:
        at = rows[0].index("residence_permit")
        return [rows[0], *([*row[:at], "false", *row[at + 1 :]] for row in rows[1:])]

    ran = refused(copied(city, tmp_path / "round", with_rows("applicants.csv", strangers)))

    assert [problem[0] for problem in ran.problems()] == ["round.nobody_eligible"]
    assert "residence_permit" in ran.err


SETTINGS: dict[str, tuple[Change, str]] = {
    "no settings at all": (without("round.yaml"), "storage.file_missing"),
    "an empty file": (with_bytes("round.yaml", b""), "yaml.empty"),
    "a list": (with_bytes("round.yaml", b"- a\n"), "round.not_a_mapping"),
    "an unknown service": (with_text("round.yaml", "service: school", "service: x"), "round.unknown_service"),
    "a date before the rules": (
        with_text("round.yaml", "as_of: 2015", "as_of: 2010"),
        "storage.pack_not_in_force",
    ),
    "a date that does not exist": (
        with_text("round.yaml", "as_of: 2015-05-31", "as_of: 2015-02-29"),
        "yaml.no_such_date",
    ),
    "an unknown policy": (with_text("round.yaml", "policy: zhong", "policy: dong"), "storage.pack_missing"),
    "a policy path of all the letters": (
        with_text("round.yaml", "zhongshan/points", "x" * 5000),
        "storage.pack_missing",
    ),
    "a key twice": (with_text("round.yaml", "service:", "service: a\nservice:"), "yaml.duplicate_key"),
    "a fraction of entropy": (with_text("round.yaml", "bits: 24", "bits: 2.4"), "pack.not_a_whole_number"),
    "a notice in a year without calendar": (
        with_text("round.yaml", "on: 2015-06-01", "on: 2199-06-01"),
        "calendar.year_missing",
    ),
}


@pytest.mark.parametrize("slip", SETTINGS)
def test_a_slip_in_the_settings_is_told(slip: str, city: Path, tmp_path: Path) -> None:
    change, code = SETTINGS[slip]

    ran = refused(copied(city, tmp_path / "round", change))

    assert code in [problem[0] for problem in ran.problems()]


def test_a_lottery_without_a_draw_is_told(city: Path, tmp_path: Path) -> None:
    """The pack settles the last ties by lottery; the settings must say which."""
    text = (city / "round.yaml").read_text("utf-8")
    cut = text[: text.index("draw:")] + text[text.index("notice:") :]

    ran = refused(copied(city, tmp_path / "round", with_bytes("round.yaml", cut.encode("utf-8"))))

    assert [problem[:2] for problem in ran.problems()] == [("round.draw_missing", "round.yaml")]


def test_a_file_in_place_of_the_folder_is_told(city: Path, tmp_path: Path) -> None:
    ran = jifen("run", city / "round.yaml", "--out", tmp_path / "out", "--json")

    assert (ran.status, [problem[0] for problem in ran.problems()]) == (2, ["storage.not_a_folder"])
    assert not (tmp_path / "out").exists()


def with_column(file: str, name: str, cell: str) -> Change:
    return with_rows(file, lambda rows: [[*rows[0], name], *([*row, cell] for row in rows[1:])])


def test_columns_that_another_service_reads_may_be_there(city: Path, results: Path, tmp_path: Path) -> None:
    """Housing reads them, the school does not: neither read nor published, they decide nothing."""
    folder = copied(
        city,
        tmp_path / "round",
        with_column("applicants.csv", "no_home_or_plot", "perhaps"),
        with_column("candidates.csv", "household_size", "many"),
    )

    document = completed("run", folder, "--out", tmp_path / "out", "--no-pdf", "--json").document()

    published = json.loads((results / "public" / "record.json").read_text("utf-8"))
    assert document["digest"] == published["digest"]
    assert "household_size" not in (tmp_path / "out/audit/inputs/candidates.csv").read_text("utf-8")


def test_columns_of_no_service_are_refused_with_the_nearest_name(city: Path, tmp_path: Path) -> None:
    """As are columns of seats that only another service reads."""
    folder = copied(
        city,
        tmp_path / "round",
        with_column("candidates.csv", "household_sise", "3"),
        with_column("offers.csv", "type", "small"),
    )

    ran = refused(folder)

    assert ran.problems() == [
        ("tables.unknown_column", "candidates.csv", 1, "household_sise"),
        ("tables.unknown_column", "offers.csv", 1, "type"),
    ]
    assert "household_size" in ran.err
