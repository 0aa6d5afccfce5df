"""`jifen residence`: one person's timeline, a registry's lists, and all that is wrong with the rows."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from api.cli import app
from tests.documents import ROOT, fences

RULES = """
rules: [national/residence/rules-2016-01-01, zhejiang/residence/rules-2016-07-01,
  hangzhou/residence/rules-2017-01-01, hangzhou/residence/rules-2018-07-01]
choices: {residence_needed: 6 months, suspension_effect: pause, deadlines_roll_over: 'no', home_visits: any,
  absence: 14 days, termination_effect: reset, suspended_score: frozen, leap_day: february_28,
  insurance_gap: 0 months, insurance_up_to: month_before, route_gap: 30 days, guardians_which: both,
  guardians_without: back_paid}
"""
HEAD = "subject,day,event,stay_days,office,department,area"
GOOD = """A,2018-09-03,arrive,400,east,police,
A,2018-09-04,declare,,east,police,
A,2019-03-04,apply,,east,police,
A,2019-03-05,accept,,east,police,
A,2019-03-15,issue,,east,police,
A,2020-06-15,endorse,,east,police,
B,2021-03-01,arrive,400,west,police,
C,2020-12-07,arrive,400,east,police,
C,2020-12-08,declare,,east,police,"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    write(tmp_path, GOOD)
    return tmp_path


def write(folder: Path, rows: str) -> None:
    (folder / "histories.csv").write_text(f"{HEAD}\n{rows}\n", "utf-8")


def ask(*more: str, history: str = "histories.csv", day: str = "2021-03-03") -> Any:
    return CliRunner().invoke(
        app, ["residence", "rules.yaml", history, "--as-of", day, "--lang", "en", *more]
    )


def lists(folder: Path, name: str) -> list[dict[str, object]]:
    return pl.read_csv(folder / f"out/{name}.csv", infer_schema=False).rows(named=True)


def test_a_registry_gives_lists_by_person_and_office(folder: Path) -> None:
    """A is to be reminded, B overdue tomorrow; counts in are those done."""
    done = ask("--out", "out")

    assert done.exit_code == 0, done.output
    assert "9 rows of 3 people; 3 done, 0 refused" in done.output
    assert [
        (row["person"], row["opens"], row["due"], row["days_left"]) for row in lists(folder, "reminders")
    ] == [("A", "2021-02-15", "2021-03-15", "12")]
    at_risk = [(row["person"], row["duty"], row["last_day"], row["days"]) for row in lists(folder, "at_risk")]
    assert at_risk == [("B", "declare", "2021-03-04", "1")]
    offices = {row["office"]: row for row in lists(folder, "offices")}
    assert (offices["east"]["registered"], offices["east"]["coordinators"]) == ("2", "1")
    assert (offices["west"]["registered"], offices["west"]["coordinators"]) == ("0", "0")
    people = {row["person"]: (row["permit"], row["months"]) for row in lists(folder, "people")}
    assert people == {"A": ("valid", "26"), "B": ("none", None), "C": ("none", "2")}


def test_what_is_overdue_stands_with_its_days(folder: Path) -> None:
    """A's endorsement was due on 15 March; the permit is suspended since."""
    ask("--out", "out", day="2021-03-20")

    overdue = [(row["person"], row["duty"], row["of"], row["days"]) for row in lists(folder, "overdue")]
    assert overdue == [("B", "declare", "person", "16"), ("A", "endorse", "person", "5")]


@pytest.mark.parametrize(("people", "needed"), [(0, 0), (1, 1), (800, 1), (801, 2)])
def test_one_coordinator_for_800_registered_people(folder: Path, people: int, needed: int) -> None:
    """Hangzhou 2016 三(一) and Jiangbei 五(三): 800 to 1; whoever is over it needs one more."""
    from scenarios.registry import coordinators

    assert coordinators(people, 800) == needed


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_every_kind_of_file_gives_the_same(folder: Path, kind: str) -> None:
    """CSV, Parquet with typed days, a workbook; and the lists as a workbook."""
    table = pl.read_csv(folder / "histories.csv", infer_schema=False)
    if kind == "parquet":
        typed = table.with_columns(pl.col("day").str.to_date(), pl.col("stay_days").cast(pl.Int64))
        typed.write_parquet(folder / "other.parquet")
    elif kind == "xlsx":
        table.write_excel(folder / "other.xlsx", worksheet="histories")
    else:
        table.write_csv(folder / "other.csv")

    told = ask("--json", "--out", "out", "--xlsx", history=f"other.{kind}")

    counts = json.loads(told.stdout)["counts"]
    assert (counts["done"], counts["refused"], counts["reminders"], counts["at_risk"]) == (3, 0, 1, 1)
    book = CalamineWorkbook.from_path(folder / "out/registry.xlsx")
    rows = book.get_sheet_by_name("people").to_python()
    assert [row[0] for row in rows] == ["person", "A", "B", "C"]


WRONG = {
    "E,2020-01-05,arrive,400,,,\nE,2020-01-03,declare,,,,": ("registry.out_of_order", 12, "row 11"),
    "E,2020-01-05,arrive,400,,,\nE,2020-01-06,declare,,,,\nE,2020-02-06,endorse,,,,": (
        "residence.not_allowed",
        13,
        "endorse",
    ),
    "E,2020-01-05,arrive,400,,,\nE,2020-02-05,arrive,400,,,": (
        "residence.histories_overlap",
        12,
        "2020-01-05",
    ),
    "E,2031-01-06,arrive,400,,,": ("calendar.year_missing", 11, "2031"),
    "E,2020-01-05,arrive,400,,police,\nE,2020-01-08,arrive,400,,health,": (
        "registry.contradiction",
        12,
        "health",
    ),
    "E,2020-01-05,arrive,400,,police,\nE,2020-01-06,leave,,,health,\nE,2020-01-07,declare,,,police,": (
        "registry.contradiction",
        13,
        "health",
    ),
    "E,2020-01-05,arrive,400,north,,": ("registry.place_unknown", 11, "north"),
    "E,2020-13-05,arrive,400,,,": ("tables.", 11, "2020-13-05"),
    "E,2020-01-05,arived,400,,,": ("tables.", 11, "arived"),
    "E,,arrive,400,,,": ("tables.", 11, "day"),
    ",2020-01-05,arrive,400,,,": ("registry.person_missing", 11, "subject"),
    "E,2020-01-05,arrive,many,,,": ("tables.", 11, "many"),
    "E,2020-01-05,arrive,,,,": ("residence.stay_unknown", 11, "planned stay"),
}


@pytest.mark.parametrize("rows", WRONG)
def test_a_contradiction_is_told_with_person_row_and_what_it_contradicts(folder: Path, rows: str) -> None:
    """The others are done; counts in = done + refused."""
    code, row, told = WRONG[rows]
    write(folder, f"{GOOD}\n{rows}")
    (folder / "places.csv").write_text("office\neast\nwest\n", "utf-8")

    done = ask("--out", "out", "--places", "places.csv")

    assert done.exit_code == 2, done.output
    (first, *_) = lists(folder, "refused")
    assert str(first["code"]).startswith(code)
    assert first["row"] == str(row)
    assert told in str(first["text_en"])
    counts = json.loads((folder / "out/summary.json").read_text("utf-8"))["counts"]
    assert (counts["read"], counts["done"], counts["refused"]) == (4, 3, 1)
    assert [person["person"] for person in lists(folder, "people")] == ["A", "B", "C"]


def test_all_bad_rows_are_listed_at_once(folder: Path) -> None:
    """One bad person after the other, and the good ones done."""
    write(folder, GOOD + "\nE,2020-01-05,arived,400,,,\nF,2020-01-05,endorse,,,,\nG,2031-01-06,arrive,9,,,")

    done = ask("--out", "out")

    assert {row["person"] for row in lists(folder, "refused")} == {"E", "F", "G"}
    assert "3 done, 3 refused" in done.output
    assert all(
        f"histories.csv:{row}" in done.output or f"histories:{row}" in done.output for row in (11, 12, 13)
    )


def test_what_two_departments_tell_alike_is_one_event(folder: Path) -> None:
    """Police and health both know of the arrival."""
    write(
        folder,
        "E,2020-01-06,arrive,400,,police,\nE,2020-01-06,arrive,400,,health,\nE,2020-01-07,declare,,,police,\n"
        + GOOD,
    )

    assert "4 done, 0 refused" in ask().output


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_person_gets_a_timeline_and_a_picture(folder: Path, lang: str) -> None:
    """Events with states, spells, what does not count, the next window; a picture that is well-formed."""
    told = CliRunner().invoke(
        app,
        [
            "residence",
            "rules.yaml",
            "histories.csv",
            "--as-of",
            "2021-03-03",
            "--person",
            "A",
            "--lang",
            lang,
            "-o",
            "out",
        ],
    )

    assert told.exit_code == 0, told.output
    assert "2020-03-16" in told.output  # suspended since then, though nobody entered it
    assert ("26 months without a break" if lang == "en" else "连续 26 个月") in told.output
    picture = (folder / f"out/timeline.{lang}.svg").read_text("utf-8")
    root = ElementTree.fromstring(picture)  # our own text
    rectangles = [node for node in root.iter() if node.tag.endswith("rect")]
    assert len(rectangles) >= 10
    assert all(float(node.get("width", "0")) > 0 for node in rectangles)
    assert told.output.rstrip("\n") == (folder / f"out/timeline.{lang}.txt").read_text("utf-8").rstrip("\n")


def test_a_file_of_one_person_needs_no_column_of_people(folder: Path) -> None:
    """Named like the file; as one JSON document."""
    rows = "\n".join(line.removeprefix("A,") for line in GOOD.split("\n") if line.startswith("A,"))
    (folder / "li.csv").write_text(f"{HEAD.removeprefix('subject,')}\n{rows}\n", "utf-8")

    document = json.loads(ask("--json", history="li.csv").stdout)

    assert (document["person"], document["permit"], document["months"]) == ("li", "valid", 26)
    assert [step["event"] for step in document["steps"]][-2:] == ["lapse", "endorse"]


def test_shipped_rules_are_taken_by_name_with_choices(folder: Path) -> None:
    """The layers below are found; what is open must be chosen."""
    chosen = RULES[RULES.index("{") + 1 : RULES.index("}")].replace("'", "").replace("\n", "").split(",")
    choices = [part for text in chosen for part in ("--choose", "=".join(text.strip().split(": ")))]
    name = "hangzhou/residence/rules-2018-07-01"
    asked = ["residence", name, "histories.csv", "--as-of", "2021-03-03", "--lang", "en"]

    done = CliRunner().invoke(app, [*asked, *choices])
    open_ = CliRunner().invoke(app, asked)

    assert done.exit_code == 0, done.output
    assert open_.exit_code == 2
    assert "suspension_effect" in open_.output
    assert ask("--choose", "suspension_effect=reset", "--person", "A").output != ask("--person", "A").output


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--person", "Z"], 2, "Z"),
        (["--choose", "reset"], 2, "name=value"),
        (["--choose", "suspension_effect=never"], 2, "never"),
        (["--places", "none.csv"], 2, "none.csv"),
    ],
)
def test_wrong_usage_is_told(folder: Path, arguments: list[str], status: int, told: str) -> None:
    """Exit status 2, nothing done."""
    found = ask(*arguments)

    assert found.exit_code == status
    assert told in found.output


def test_a_day_is_needed(folder: Path) -> None:
    """There is no clock inside."""
    found = CliRunner().invoke(app, ["residence", "rules.yaml", "histories.csv"])

    assert found.exit_code == 2


@pytest.mark.parametrize(
    ("person", "choices"), [("father", []), ("mother", ["--choose", "home_visits=break"])]
)
def test_the_pictures_of_the_family_are_those_the_command_draws(
    folder: Path, person: str, choices: list[str]
) -> None:
    """The page's own files give the page's pictures, byte for byte."""
    page = ROOT / "docs" / "residence_family.md"
    for fence in (*fences(page, "yaml"), *fences(page, "csv")):
        (folder / fence.option("file")).write_text(fence.text, "utf-8")

    ask("--person", person, "--out", "out", *choices, history="family.csv", day="2022-05-20")

    for lang in ("zh", "en"):
        drawn = (folder / f"out/timeline.{lang}.svg").read_bytes()
        assert drawn == (ROOT / f"docs/pictures/residence_{person}.{lang}.svg").read_bytes()


def test_a_row_of_the_wrong_length_loses_nobody(folder: Path) -> None:
    """C's only row lacks cells, and B's endorsement has one too many: without it B would seem overdue."""
    issued = GOOD.replace("A,", "B,").replace("B,2020-06-15,endorse,,east,police,", "")
    rows = [line for line in issued.splitlines() if line.startswith("B,20") and "west" not in line]
    (folder / "histories.csv").write_text(
        "\n".join(
            [
                HEAD,
                *rows,
                "B,2020-03-02,endorse,,east,police,,x",
                "Ｃ,2020-12-07,arrive",
                "D,2021-03-01,arrive,9,,,",
            ]
        ),
        "utf-8",
    )

    done = ask("--out", "out")

    assert done.exit_code == 2
    assert "8 rows of 3 people; 1 done, 2 refused" in done.output
    assert [row["person"] for row in lists(folder, "people")] == ["D"]
    assert [(row["person"], row["row"], row["code"]) for row in lists(folder, "refused")] == [
        ("B", "7", "tables.ragged_row"),
        ("C", "8", "tables.ragged_row"),
    ]
    assert ask("--person", "C").exit_code == 2


def test_rows_of_the_wrong_length_without_a_name_are_counted_too(folder: Path) -> None:
    """Such a row stands for itself, as any row without a name does; one person's file is that person's."""
    write(folder, f"{GOOD}\n ,2020-01-06")
    assert "10 rows of 4 people; 3 done, 1 refused" in ask().output

    (folder / "li.csv").write_text(
        "day,event,stay_days\n2020-01-06,arrive,9,9\n2020-01-07,declare,\n", "utf-8"
    )
    told = ask(history="li.csv")
    assert (told.exit_code, "li.csv:2" in told.output) == (2, True)


def test_more_than_a_thousand_bad_rows_do_not_stop_the_others(folder: Path) -> None:
    """1,200 people of 2,400 have a day that does not exist."""
    bad = (f"P{n},2021-02-{30 if n % 2 else 26},arrive,400,east,,\n" for n in range(2400))
    (folder / "histories.csv").write_text(f"{HEAD}\n{''.join(bad)}", "utf-8")

    done = ask("--out", "out")

    assert "2400 rows of 2400 people; 1200 done, 1200 refused" in done.output
    assert len({row["person"] for row in lists(folder, "refused")}) == 1200


def test_a_missing_notice_is_told_as_such_though_two_departments_wrote_the_rows(folder: Path) -> None:
    """So is a day too early: neither is a contradiction of the department before."""
    write(
        folder,
        "E,2026-12-01,arrive,400,east,police,\nE,2026-12-02,leave,,east,police,\nE,2026-12-31,arrive,400,,health,\n"
        "F,2020-01-06,arrive,400,east,police,\nF,2020-01-07,declare,,east,police,\nF,2020-03-07,apply,,,permits,",
    )

    ask("--out", "out", day="2027-02-01")

    assert [(row["person"], row["code"]) for row in lists(folder, "refused")] == [
        ("E", "calendar.year_missing"),
        ("E", "registry.whose"),
        ("F", "residence.too_soon"),
        ("F", "registry.follows"),
    ]


def test_events_of_which_only_some_are_numbered_are_not_put_in_an_order(folder: Path) -> None:
    """A row without its number would come before all others."""
    rows = "E,1,2020-01-06,arrive,9\nE,,2020-01-06,declare,\nF,1,2020-01-06,arrive,9\nF,2,2020-01-06,declare,"
    (folder / "histories.csv").write_text(f"subject,number,day,event,stay_days\n{rows}\n", "utf-8")

    done = ask("--out", "out")

    assert "1 done, 1 refused" in done.output
    assert [(row["row"], row["column"], row["code"]) for row in lists(folder, "refused")] == [
        ("3", "number", "registry.cell_missing")
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_day_before_the_first_event_has_a_timeline_and_a_picture(folder: Path, lang: str) -> None:
    """Nothing is registered yet, and nothing is drawn."""
    told = ask("--person", "A", "-o", "out", day="2017-01-01")

    assert told.exit_code == 0, told.output
    ElementTree.fromstring((folder / f"out/timeline.{lang}.svg").read_text("utf-8"))  # our own text


def test_the_picture_of_a_long_history_can_be_read(folder: Path) -> None:
    """Years stand apart and inside the picture; no mark of an event crosses the name of a state."""
    moves = "\n".join(f"A,{y}-05-03,move,,,,\nA,{y}-05-08,change,,,," for y in range(2004, 2026))
    write(folder, f"A,2004-03-02,arrive,999,,,\nA,2004-03-02,declare,,,,\n{moves}")

    ask("-o", "out", day="2026-01-05")

    root = ElementTree.fromstring((folder / "out/timeline.en.svg").read_text("utf-8"))  # our own text
    texts = [node for node in root.iter() if node.tag.endswith("text")]
    years = [float(node.get("x", "")) for node in texts if node.get("font-size") == "12"][:-1]
    (name,) = (node for node in texts if node.text == "registered")
    ticks = [float(node.get("y2", "")) for node in root.iter() if node.get("stroke") == "#222222"]
    assert len(years) > 10
    assert min(after - before for before, after in pairwise(years)) >= 30
    assert max(years) <= 970
    assert max(ticks) <= float(name.get("y", "")) - 11  # the height of its letters
