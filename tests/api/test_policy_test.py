"""`jifen policy test`: worked cases beside a pack, computed and compared with the text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app

PACK = (Path(__file__).parents[1] / "scoring" / "tiny_pack.yaml").read_text("utf-8")
EXAMPLES = """\
defaults:
  service: school
  as_of: 2015-01-01
  subject: {education: none, months: 12}
  candidate: {town: east}
cases:
  - case: two years of insurance and junior middle school
    subject: {education: junior, months: 24}
    # 20 + 3 = 23
    expect: {indicators: {education: "20.0", insurance: 3}, total: 23, status: eligible}
  - case: the same in the west
    subject: {education: junior, months: 24}
    candidate: {town: west}
    # 23 × 1.3 = 29.9
    expect: {total: 29.9, multiplied: true, facts: {months: 24}}
  - case: nobody knows the months
    subject: {months: null}
    expect: {indicators: {insurance: null}, total: null, status: pending,
      reasons: [unknown:insurance, "unknown:insured"]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "2014-10-30.yaml").write_text(PACK, "utf-8")
    (tmp_path / "examples.yaml").write_text(EXAMPLES, "utf-8")
    return tmp_path


def run(*args: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["policy", "test", *map(str, args)])
    return result.exit_code, result.stdout, result.stderr


def test_a_pack_that_gives_what_its_cases_say_passes(folder: Path) -> None:
    """Amounts may be numbers or text; null is what is not known yet; computed facts can be asked for."""
    told = "tiny/points (2014-10-30): all 3 cases as the text says\n  services without a round: school\n"
    assert run(folder, "--lang", "en") == (0, told, "")


def test_a_case_that_differs_is_told_line_by_line(folder: Path) -> None:
    """Status 1; only what differs is printed."""
    text = EXAMPLES.replace('education: "20.0"', 'education: "25"').replace("total: 23,", "total: 28,")
    (folder / "examples.yaml").write_text(text, "utf-8")

    status, output, _ = run(folder / "2014-10-30.yaml", "--lang", "en")

    assert status == 1
    assert output.replace(f"{folder}/", "") == (
        "tiny/points (2014-10-30): 2 of 3 cases as the text says\n"
        "  examples.yaml:7:5: two years of insurance and junior middle school\n"
        "    education  expected 25, got 20\n"
        "    total      expected 28, got 23\n"
        "  services without a round: school\n"
    )


def test_the_outcome_as_json_names_every_difference(folder: Path) -> None:
    text = EXAMPLES.replace("status: eligible", "status: ineligible")
    (folder / "examples.yaml").write_text(text, "utf-8")

    status, output, _ = run(folder, "--json")

    (pack,) = json.loads(output)["packs"]
    assert status == 1
    assert (pack["cases"], [failed["line"] for failed in pack["failed"]]) == (3, [7])
    assert pack["failed"][0]["differences"] == [
        {"name": "status", "expected": "ineligible", "got": "eligible"}
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "months: 24}\n    # 20",
            "month: 24}\n    # 20",
            "8:34: there is no column month here; the nearest is: months",
        ),
        (
            "education: junior, months: 24}\n    # 20",
            "education: middle, months: 24}\n    # 20",
            "8:15: education cannot be middle (it must be: none | junior); correct it",
        ),
        (
            "months: 24}\n    # 20",
            "months: 601}\n    # 20",
            "8:34: months cannot be 601 (it must be: integer, 0 … 600); correct it",
        ),
        ("insurance: 3}", "insured: 3}", "10:46: service school has no indicator insured; correct the name"),
        (
            "defaults:\n  service: school",
            "defaults:\n  service: scool",
            "2:3: the pack has no service scool (it has: school); correct the name",
        ),
        (
            "  as_of: 2015-01-01\n",
            "",
            "6:5: there is no as_of date; write it here or in the defaults",
        ),
        ("status: eligible}", "statsu: eligible}", "10:72: unknown key statsu; did you mean status?"),
        (
            "    expect: {total: 29.9, multiplied: true, facts: {months: 24}}",
            "    expect: {}",
            "11:5: nothing is expected; write at least one thing under expect",
        ),
        (
            "    expect: {total: 29.9, multiplied: true, facts: {months: 24}}",
            "    expect: {indicators: {}}",
            "11:5: nothing is expected; write at least one thing under expect",
        ),
        (
            "facts: {months: 24}",
            "facts: {monts: null}",
            "15:53: there is no column monts here; the nearest is: months",
        ),
    ],
)
def test_a_file_of_cases_that_is_wrong_is_refused_with_its_line(
    folder: Path, right: str, wrong: str, said: str
) -> None:
    """Status 2, and every line that is wrong."""
    assert right in EXAMPLES
    (folder / "examples.yaml").write_text(EXAMPLES.replace(right, wrong, 1), "utf-8")

    status, _, errors = run(folder, "--lang", "en")

    assert status == 2
    assert f"examples.yaml:{said}" in errors.replace(f"{folder}/", "").splitlines()


def test_a_pack_without_cases_is_refused(folder: Path) -> None:
    (folder / "examples.yaml").unlink()

    status, _, errors = run(folder, "--lang", "en")

    assert status == 2
    assert "there are no worked cases for 2014-10-30.yaml" in errors


def test_each_version_has_its_own_cases_or_those_of_its_days(folder: Path) -> None:
    """examples-<day>.yaml for one version; of examples.yaml the cases of the days of a version."""
    later = PACK.replace("2014-10-30}", "2016-01-01}").replace("junior: 20", "junior: 25")
    (folder / "2016-01-01.yaml").write_text(later, "utf-8")
    newest = PACK.replace("2014-10-30}", "2017-01-01}")
    (folder / "2017-01-01.yaml").write_text(newest, "utf-8")
    (folder / "examples-2017-01-01.yaml").write_text(EXAMPLES.replace("2015", "2017"), "utf-8")
    case = "  - {case: later, as_of: 2016-06-30, subject: {education: junior},\n"
    case += "     expect: {indicators: {education: 25}}}\n"
    (folder / "examples.yaml").write_text(EXAMPLES + case, "utf-8")

    status, output, _ = run(folder, "--lang", "en")

    assert status == 0
    assert output == (
        "tiny/points (2014-10-30): all 3 cases as the text says\n"
        "  services without a round: school\n"
        "tiny/points (2016-01-01): all 1 cases as the text says\n"
        "  indicators without a case: insurance\n"
        "  services without a round: school\n"
        "tiny/points (2017-01-01): all 3 cases as the text says\n"
        "  services without a round: school\n"
    )


def test_a_case_may_be_worked_under_another_reading_and_on_another_day(folder: Path) -> None:
    """Readings and parameters are those of the case; a fact that only another reading uses may be given."""
    pack = PACK.replace("junior: 20", "junior: {parameter: rate, times: 2}").replace(
        "is: west}, cite: rules 8",
        "is: {switch: where, first: west, second: east}}, cite: rules 8",
    )
    pack = pack.replace(
        "facts:\n",
        "parameters:\n"
        "  rate: {title: {zh: 率, en: rate}, values: [{from: 2014-01-01, value: 10, cite: rules 9},"
        " {from: 2015-06-01, value: 11, cite: rules 9}]}\n"
        "switches:\n"
        "  where: {title: {zh: 何处, en: where},\n"
        "    choices: {first: {zh: 西, en: west}, second: {zh: 东, en: east}},\n"
        "    chosen: first, cite: rules 8, sources: R1}\n"
        "facts:\n",
        1,
    )
    (folder / "2014-10-30.yaml").write_text(pack, "utf-8")
    more = """\
  - {case: later, as_of: 2015-06-01, subject: {education: junior}, expect: {indicators: {education: 22}}}
  - {case: east, readings: {where: second}, subject: {education: junior}, expect: {total: 27.95}}
"""
    (folder / "examples.yaml").write_text(EXAMPLES + more, "utf-8")

    status, output, errors = run(folder, "--lang", "en")

    assert (status, errors) == (0, "")
    assert "all 5 cases" in output


def test_computed_facts_are_expected_in_their_own_unit(folder: Path) -> None:
    """30 months are 2.5 years; 25, the whole number they are stored as, is wrong. Nor is null a member
    that is called unknown."""
    derived = 'formula: "months / 12", decimals: 1, round: floor, cite: rules 1'
    pack = PACK.replace(
        "groups:",
        f"derived:\n  years: {{title: {{zh: 年, en: years}}, of: subject, {derived}}}\ngroups:",
    )
    pack = pack.replace("bands: months", "bands: years").replace("none: {zh: 无", "unknown: {zh: 无")
    (folder / "2014-10-30.yaml").write_text(pack.replace("none: 0", "unknown: 0"), "utf-8")
    cases = EXAMPLES.partition("cases:")[0].replace("none", "junior") + "cases:\n"
    for case in ("years: 2.5", "years: 25", "education: unknown"):
        given = "subject: {months: 30, education: null}"
        cases += f"  - {{case: '{case}', {given}, expect: {{facts: {{{case}}}}}}}\n"
    (folder / "examples.yaml").write_text(cases, "utf-8")

    status, output, _ = run(folder, "--lang", "en")

    assert status == 1
    assert [line.split() for line in output.splitlines() if "expected" in line] == [
        ["years", "expected", "25,", "got", "2.5"],
        ["education", "expected", "unknown,", "got", "unknown"],
    ]
