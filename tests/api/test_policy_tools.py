"""`jifen policy show`, `diff`, `print`, `schema`: what they print, as text and as JSON, and how they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app

SCORING = Path(__file__).parents[1] / "scoring"
CITY = "policies/city/points/2016-07-01.yaml"
PEOPLE = """\
subject,months,wage,certificate,statement,offences
a,24,4999.99,true,false,0
b,24,5200,false,true,0
c,0,20000,,false,1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of policies: the province's frame and the city's pack over it."""
    for name, file in (("province", "2016-01-01"), ("city", "2016-07-01")):
        path = tmp_path / "policies" / name / "points" / f"{file}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text((SCORING / "layers" / f"{name}.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["policy", *map(str, args)])
    return result.exit_code, result.stdout, result.stderr


def as_json(*args: object) -> Any:
    status, output, errors = run(*args, "--json")
    assert (status, errors) == (0, "")
    return json.loads(output)


def test_show_tells_the_day_the_layers_the_parameters_and_the_readings(folder: Path) -> None:
    status, output, _ = run("show", f"{CITY}", "--at", "2018-01-01", "--lang", "en")

    assert status == 0
    head, snapshot = output.split("\n\n", 1)
    assert head.splitlines()[2:5] == [
        "  laid over province/points (2016-01-01)",
        "  parameter last year's average wage: 5500.5 (from 2017-04-01, 市2号 art. 9)",
        "  reading of “what an only child is”: certificate or statement (R4)",
    ]
    assert "    indicators.insured.title: province/points 2016-01-01" in head.splitlines()
    assert "    indicators.insured: city/points 2016-07-01" in head.splitlines()
    assert snapshot.startswith("format: policy/1\nid: city/points\n")
    assert "parameter" not in snapshot


def test_show_as_json_has_the_snapshot_and_its_digest(folder: Path) -> None:
    shown = as_json("show", CITY, "--reading", "one_child=narrow")

    assert shown["switches"] == {"one_child": "narrow"}
    assert shown["layers"] == [{"id": "province/points", "version": "2016-01-01"}]
    assert shown["parameters"]["average_wage"]["value"] == "5000"
    assert shown["policy"]["indicators"]["only_child"]["points"]["flag"] == "certificate"
    assert shown["digest"] != as_json("show", CITY)["digest"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--reading", "one_child"), "--reading must read switch=reading, not one_child"),
        (("--reading", "two=wide"), "this pack has no switch two (it has: one_child)"),
        (("--reading", "one_child=no"), "switch one_child has no reading no (it has: wide, narrow)"),
        (("--at", "yesterday"), "yesterday"),
        (("--at", "2015-01-01"), "city/points is not in force on 2015-01-01"),
        (("--at", "2021-01-01"), "city/points is not in force on 2021-01-01"),
    ],
)
def test_a_day_or_a_reading_that_does_not_exist_is_refused(
    folder: Path, options: tuple[str, str], said: str
) -> None:
    status, _, errors = run("show", CITY, *options, "--lang", "en")

    assert status == 2
    assert said in errors


def test_diff_of_a_pack_with_itself_says_so(folder: Path) -> None:
    assert run("diff", CITY, CITY, "--lang", "en") == (
        0,
        "city/points 2016-07-01 and city/points 2016-07-01 say the same\n",
        "",
    )


def test_diff_of_two_days_tells_what_the_parameter_moves(folder: Path) -> None:
    status, output, _ = run("diff", CITY, f"{CITY}@2018-01-01", "--lang", "en")

    assert status == 0
    assert output.splitlines() == [
        "city/points 2016-07-01 → city/points 2016-07-01: 4 differences",
        "changed  wage › below (0): 5000 → 5500.5  [市2号 art. 7]",
        "changed  wage › from (5000): 5000 → 5500.5  [市2号 art. 7]",
        "changed  wage › below (5000): 15000 → 16501.5  [市2号 art. 7]",
        "changed  wage › from (15000): 15000 → 16501.5  [市2号 art. 7]",
    ]


def test_diff_with_people_tells_who_gains_and_who_loses(folder: Path) -> None:
    """Worked by hand: with the certificate only, b loses 15 points, and nobody else is moved."""
    options = ("--facts", "people.csv", "--as-of", "2016-12-31", "--reading", "one_child=narrow")
    status, output, errors = run("diff", CITY, CITY, *options, "--lang", "en")

    assert (status, errors) == (0, "")
    assert output.splitlines()[-10:] == [
        "effect on 3 people (school, as of 2016-12-31): 0 gain, 1 lose, 0 open on one side;"
        " -15 points in all",
        "  only child: 0 gain, 1 lose, 0 open on one side; -15 points in all",
        "  totals at per cent of the people",
        # a: 6 + 0 + 15 = 21; b: 6 + 10 + 15 = 31, then 16; c: 0 - 10 + 20 = 10
        "    0: 10 → 10",
        "    10: 21 → 16",
        "    25: 21 → 16",
        "    50: 21 → 16",
        "    75: 31 → 21",
        "    90: 31 → 21",
        "    100: 31 → 21",
    ]


def test_diff_as_json_has_paths_values_clauses_and_both_languages(folder: Path) -> None:
    told = as_json("diff", CITY, CITY, "--reading", "one_child=narrow")

    removed, changed, read = told["differences"]
    assert (read["change"], read["path"]) == ("added", "departures")
    assert read["text"]["en"].endswith(
        "none → what an only child is: read as “certificate only”, not as “certificate or statement”,"
        " the policy's own choice (市2号 art. 8)"
    )
    assert (removed["change"], removed["path"]) == ("removed", "facts.statement")
    assert changed["path"] == "indicators.only_child.points.flag"
    assert (changed["before"], changed["after"]) == ({"any": ["certificate", "statement"]}, "certificate")
    assert changed["cites"] == ["rules 8", "rules 8"]
    assert set(changed["text"]) == {"zh", "en"}


def test_print_goes_to_the_terminal_or_to_a_file(folder: Path) -> None:
    """Text by default; a page or a PDF where it is asked for; both languages in one."""
    status, text, _ = run("print", CITY, "--lang", "zh")
    run("print", CITY, "--lang", "both", "--format", "html", "-o", "city.html")
    done = run("print", CITY, "--lang", "both", "--format", "pdf", "-o", "city.pdf")

    page = (folder / "city.html").read_text("utf-8")
    assert status == 0
    assert "# 积分指标及分值" in text.splitlines()
    assert "市积分办法" in page
    assert "City&#39;s points" in page
    assert (folder / "city.pdf").read_bytes().startswith(b"%PDF")
    assert done == (0, "", "已写入 city.pdf\n")


def test_a_pdf_does_not_go_to_the_terminal(folder: Path) -> None:
    status, output, errors = run("print", CITY, "--format", "pdf", "--lang", "en")

    assert (status, output) == (2, "")
    assert "name a file with -o" in errors


def test_print_as_json_has_every_section(folder: Path) -> None:
    told = as_json("print", CITY, "--lang", "both")

    assert set(told["announcement"]) == {"zh", "en"}
    headings = [section["heading"] for section in told["announcement"]["en"]["sections"]]
    assert headings[:4] == ["Points", "base points", "deductions", "bonus"]


def test_schema_is_one_json_document(folder: Path) -> None:
    status, output, _ = run("schema")

    assert status == 0
    assert json.loads(output)["title"] == "policy/1"


def test_show_and_print_say_what_is_read_otherwise(folder: Path) -> None:
    """With the heading of its own in the announcement; the digest is that of a round which chooses so."""
    options = ("--reading", "one_child=narrow", "--parameter", "average_wage=5200")
    text = run("print", CITY, *options, "--lang", "en")[1]

    head, _, below = text.partition("# Read otherwise than the policy's own choice")
    assert "read as “certificate only”" in below.partition("\n#")[0]
    assert "last year's average wage: 5200 yuan a month, not 5000 yuan a month" in below.partition("\n#")[0]
    assert "certificate only" not in head
    assert "Read otherwise" not in run("print", CITY, "--lang", "en")[1]
    assert "not 5000 yuan a month" in run("show", CITY, *options, "--lang", "en")[1]
    assert as_json("show", CITY, *options)["digest"] != as_json("show", CITY)["digest"]
