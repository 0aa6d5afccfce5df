"""Worked rounds through `jifen policy test`: decided as an official round is, told where they differ."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app

PAGE = (Path(__file__).parents[2] / "docs" / "policy_packs" / "worked_rounds.md").read_text("utf-8")
PACK, EXAMPLES = re.findall(r"^```yaml file=.*?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
"""The pack and the examples of the guide's page."""

HEAD = EXAMPLES.partition("rounds:\n")[0]
QUOTAS = "{name: selection, mechanism: serial_dictatorship, seats: quotas}"
BY_QUOTA = re.sub(r"- switch: order\n.*?\n.*?\n", f"- {QUOTAS}\n", PACK)
BY_QUOTA = re.sub(r"switches:\n(  .*\n)*?facts:", "facts:", BY_QUOTA)


def run(folder: Path, pack: str, rounds: str, *args: str) -> tuple[int, str, str]:
    (folder / "town.yaml").write_text(pack, "utf-8")
    (folder / "examples.yaml").write_text(rounds, "utf-8")
    result = CliRunner().invoke(app, ["policy", "test", str(folder / "town.yaml"), *args])
    return result.exit_code, result.stdout, result.stderr.replace(f"{folder}/", "")


def of(*lines: str) -> str:
    """A file with one round of these lines."""
    return HEAD + "rounds:\n" + one(*lines)


def one(*lines: str) -> str:
    """One round of these lines."""
    return "  - round: small\n" + "".join(f"    {line}\n" for line in lines)


def test_the_outcome_as_json_counts_rounds_and_names_the_failed(tmp_path: Path) -> None:
    wrong = EXAMPLES.replace("waiting: [bo]", "waiting: [an, bo]", 1)

    status, output, _ = run(tmp_path, PACK, wrong, "--json")

    (pack,) = json.loads(output)["packs"]
    assert (status, pack["rounds"], pack["unread"], pack["roundless"]) == (1, 2, [], [])
    assert pack["failed"] == [
        {
            "round": "积分优先，同分抽签 (points first, lots among equals)",
            "line": 9,
            "differences": [{"name": "waiting", "expected": "an, bo", "got": "bo"}],
        }
    ]


def test_what_nothing_works_out_is_named(tmp_path: Path) -> None:
    """Without rounds the second reading and the service lack one."""
    status, output, _ = run(tmp_path, PACK, HEAD, "--lang", "en")

    assert status == 0
    assert output.splitlines()[1:] == [
        "  readings without a case or round: order=wishes",
        "  services without a round: school",
    ]


def test_the_order_in_which_people_stand_decides_nothing(tmp_path: Path) -> None:
    people = {
        "a": "{subject: {years: 2}}",
        "b": "{subject: {years: 3}}",
        "c": "{subject: {years: 2}}",
    }
    for names in ("abc", "bca", "cab"):
        written = ", ".join(f"{name}: {people[name]}" for name in names)
        rounds = of(
            "seats: {east: 2}",
            f"people: {{{written}}}",
            "ties_drawn: [c, a]",
            "expect: {order: {east: [b, [a, c]]}, admitted: [b, c], waiting: [a], last_admitted: {east: c}}",
        )
        assert run(tmp_path, BY_QUOTA, rounds, "--lang", "en")[0] == 0


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        ("admit_all", "{admitted: [a, b, c], waiting: [], last_admitted: {east: [a, c]}}"),
        ("exclude_all", "{admitted: [b], waiting: [a, c], last_admitted: {east: b}}"),
        ("refuse", "{stops: [a, c]}"),
    ],
)
def test_equals_at_the_limit_fare_as_the_policy_says(tmp_path: Path, ties: str, expected: str) -> None:
    """Two seats, b with 15 points, a and c with 10."""
    rounds = of(
        "seats: {east: 2}",
        "people: {a: {subject: {years: 2}}, b: {subject: {years: 3}}, c: {like: a}}",
        f"expect: {expected}",
    )

    status, output, errors = run(tmp_path, BY_QUOTA.replace("[lottery]", f"[{ties}]"), rounds, "--lang", "en")

    assert (status, errors) == (0, ""), output


def test_a_round_that_stops_unexpectedly_or_does_not_stop_is_a_difference(tmp_path: Path) -> None:
    """With the sentence that says why it stopped."""
    pack = BY_QUOTA.replace("[lottery]", "[refuse]")
    people = "people: {a: {subject: {years: 2}}, b: {like: a}}"

    stopped = run(tmp_path, pack, of("seats: {east: 1}", people, "expect: {admitted: [a]}"), "--lang", "en")
    went_on = run(tmp_path, pack, of("seats: {east: 2}", people, "expect: {stops: [a, b]}"), "--lang", "en")

    assert (stopped[0], went_on[0]) == (1, 1)
    assert "stops  expected –, got a, b" in stopped[1]
    assert "east: 2 people are equal (a, b)" in stopped[1]
    assert "stops  expected a, b, got –" in went_on[1]


PEOPLE = "people: {a: {subject: {years: 2}, wishes: [one]}}"
OFFERS = "offers: {one: {scope: east, seats: 1}}"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((OFFERS, PEOPLE, "expect: {}"), "9:5: nothing is expected"),
        ((OFFERS, PEOPLE, "expect: {placed: {}}"), "9:5: nothing is expected"),
        ((OFFERS, PEOPLE, "expect: {waiting: [b]}"), "12:14: the round has no b"),
        ((OFFERS, PEOPLE, "expect: {order: {east: [a, b]}}"), "12:22: the round has no b"),
        ((OFFERS, PEOPLE, "expect: {status: {b: eligible}}"), "12:23: the round has no b"),
        ((OFFERS, PEOPLE, "expect: {placed: {two: a}}"), "12:23: the round has no offer two"),
        ((OFFERS, PEOPLE, "expect: {placed: {one: b}}"), "12:23: the round has no b"),
        (
            (OFFERS, PEOPLE, "expect: {order: {eats: [a]}}"),
            "12:22: there is no ranking scope eats (it is written as town); did you mean east?",
        ),
        ((OFFERS, PEOPLE, "expect: {order: [a]}"), "12:14: there is no ranking scope *"),
        ((OFFERS, PEOPLE, "expect: {pools: {own: a}}"), "12:22: the policy has no pool own"),
        ((OFFERS, PEOPLE, "expect: {called: [a]}"), "12:14: service school has no call-in"),
        ((OFFERS, PEOPLE, "expect: {stops: [a], waiting: []}"), "12:14: a round that stops"),
        ((OFFERS, PEOPLE, "expect: {wating: [a]}"), "12:14: unknown key wating; did you mean waiting?"),
        ((PEOPLE, "expect: {waiting: [a]}"), "9:5: the round has no offers"),
        (
            ("offers: {one: {scope: eats, seats: 1}}", PEOPLE, "expect: {waiting: [a]}"),
            "10:20: there is no ranking scope eats",
        ),
        (
            ("offers: {one: {scope: east}}", PEOPLE, "expect: {waiting: [a]}"),
            "10:14: one has no seats, which must not be empty; add it",
        ),
        (
            ("offers: {one: {scope: east, seats: -1}}", PEOPLE, "expect: {waiting: [a]}"),
            "10:33: seats cannot be -1",
        ),
        (
            ("offers: {one: {scope: east, seats: 1, typ: x}}", PEOPLE, "expect: {waiting: [a]}"),
            "10:43: there is no column typ here",
        ),
        (
            (OFFERS, "seats: {east: 2}", PEOPLE, "expect: {waiting: [a]}"),
            "11:13: the quota of scope east is 2, but its offers hold 1 seats; make them agree",
        ),
        (
            (OFFERS, "people: {a: {subject: {years: 2}, wishes: [two]}}", "expect: {waiting: [a]}"),
            "11:48: the round has no offer two; correct it, or add it under offers",
        ),
        (
            (OFFERS, "people: {a: {subject: {years: 2}, wishes: [one, one]}}", "expect: {waiting: [a]}"),
            "11:53: candidate a wishes for one twice; remove one of the two",
        ),
        (
            (OFFERS, "people: {a: {subject: {years: 2}, candidate: {town: west}}}", "expect: {waiting: [a]}"),
            "11:14: scope west has no seats; add them under seats or offers (0 is allowed)",
        ),
        (
            (OFFERS, "people: {a: {candidate: {town: null}}}", "expect: {waiting: [a]}"),
            "11:14: a has no town, which must not be empty; add it",
        ),
        (
            (OFFERS, "people: {a: {subject: {yaers: 2}}}", "expect: {waiting: [a]}"),
            "11:28: there is no column yaers here; the nearest is: years",
        ),
        (
            (OFFERS, "subject: {yaers: 2}", PEOPLE, "expect: {waiting: [a]}"),
            "11:15: there is no column yaers here; the nearest is: years",
        ),
        (
            (OFFERS, "people: {a: {subject: {years: 51}}, b: {like: a}}", "expect: {waiting: [a]}"),
            "11:28: years cannot be 51",
        ),
        (
            (OFFERS, "people: {a: {like: b}, b: {}}", "expect: {waiting: [a]}"),
            "11:18: a is like b, whom the round does not have above",
        ),
        (
            (OFFERS, "people: {a: {}}", "expect: {waiting: [a]}"),
            "9:5: none of the 1 candidates is eligible (below_gate × 1)",
        ),
        (
            (OFFERS, PEOPLE, "readings: {order: quick}", "expect: {waiting: [a]}"),
            "12:16: switch order has no reading quick",
        ),
        (
            (OFFERS, PEOPLE, "readings: {ordr: points}", "expect: {waiting: [a]}"),
            "12:16: this pack has no switch ordr",
        ),
        ((OFFERS, PEOPLE, "ties_drawn: [b]", "expect: {waiting: [a]}"), "12:5: the round has no b"),
        ((OFFERS, PEOPLE, "ties_drawn: [a, a]", "expect: {waiting: [a]}"), "12:5: a stands more than once"),
        (
            (
                OFFERS,
                "people: {a: {subject: {years: 2}}, b: {}}",
                "ties_drawn: [b, a]",
                "expect: {waiting: [a]}",
            ),
            "12:5: b is not ranked and draws no lot",
        ),
        ((OFFERS, PEOPLE, "as_of: 2025-12-31", "expect: {waiting: [a]}"), "9:5: the as-of date 2025-12-31"),
        ((OFFERS, PEOPLE, "service: scool", "expect: {waiting: [a]}"), "12:5: the pack has no service scool"),
    ],
)
def test_a_round_that_is_wrong_is_refused_with_its_line(
    tmp_path: Path, lines: tuple[str, ...], said: str
) -> None:
    """Status 2, in both languages."""
    status, _, errors = run(tmp_path, PACK, of(*lines), "--lang", "en")
    _, _, chinese = run(tmp_path, PACK, of(*lines), "--lang", "zh")

    assert status == 2
    assert any(line.startswith(f"examples.yaml:{said}") for line in errors.splitlines()), errors
    assert f"examples.yaml:{said.partition(': ')[0]}：" in chinese


def test_a_service_by_quota_takes_neither_offers_nor_wishes(tmp_path: Path) -> None:
    """And needs seats. Every problem of all rounds is told at once."""
    expect = "expect: {waiting: [a]}"
    rounds = of(PEOPLE, expect) + one(OFFERS, PEOPLE, expect)

    status, _, errors = run(tmp_path, BY_QUOTA, rounds, "--lang", "en")

    assert status == 2
    assert [line.partition(";")[0] for line in errors.splitlines()] == [
        "examples.yaml:10:39: service school takes no wishes",
        "examples.yaml:9:5: the round has no seats",
        "examples.yaml:14:39: service school takes no wishes",
        "examples.yaml:12:5: the round has no seats",
        "examples.yaml:13:5: service school admits by quota and gives out no offers",
    ]


SINCE = """  since: {title: {zh: 登记日期, en: registered on}, of: subject, type: date,
    supplied_by: department, attested_by: {zh: 公安局, en: public security bureau}, cite: rules 4}
"""
BY_CALL_IN = BY_QUOTA.replace("facts:\n", f"facts:\n{SINCE}", 1).replace(
    "ties: [lottery]", "call_in: {per_seat: 1, by: since, ties: lottery, cite: rules 8}, ties: [lottery]"
)
CALLED = (
    "seats: {east: 2}",
    "subject: {years: 2, since: 2020-03-02}",
    "people: {a: {subject: {since: 2020-03-01}}, b: {}, c: {}, low: {subject: {years: 1}}}",
)


def test_lots_say_who_of_equal_dates_is_called_in(tmp_path: Path) -> None:
    """a has the earliest date; of b and c one is called, and whoever is may still stand behind a."""
    for first, second in ("bc", "cb"):
        rounds = of(
            *CALLED,
            f"called_drawn: [{first}, {second}]",
            f"ties_drawn: [a, {first}]",
            f"expect: {{called: [a, {first}], admitted: [a, {first}], last_admitted: {{east: {first}}}}}",
        )

        rounds = rounds.replace(
            "subject: {years: 2}, expect", "subject: {years: 2, since: 2020-03-02}, expect"
        )

        status, output, errors = run(tmp_path, BY_CALL_IN, rounds, "--lang", "en")

        assert (status, errors) == (0, ""), output


@pytest.mark.parametrize(
    ("pack", "lots", "said"),
    [
        (BY_CALL_IN, "called_drawn: [b]", "no lots are told for c, whose dates are equal"),
        (BY_CALL_IN, "called_drawn: [b, c, b]", "b stands more than once in called_drawn"),
        (BY_CALL_IN, "called_drawn: [b, c, d]", "the round has no d"),
        (BY_CALL_IN, "called_drawn: [b, c, low]", "low is not counted in the call-in"),
        (BY_QUOTA, "called_drawn: [b, c]", "service school settles no such ties by lot; remove called_drawn"),
    ],
)
def test_lots_of_a_call_in_that_cannot_be_are_refused(
    tmp_path: Path, pack: str, lots: str, said: str
) -> None:
    given = CALLED if pack is BY_CALL_IN else ("seats: {east: 2}", PEOPLE.replace(", wishes: [one]", ""))
    rounds = of(*given, lots, "ties_drawn: [a, b, c]", "expect: {waiting: []}")

    status, _, errors = run(tmp_path, pack, rounds, "--lang", "en")

    assert status == 2
    assert said in errors
    assert f"examples.yaml:{13 if pack is BY_CALL_IN else 12}:5" in errors
