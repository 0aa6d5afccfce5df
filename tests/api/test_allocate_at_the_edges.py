"""`jifen allocate` with ids in any script, with crowds of equals, and what it tells on the way."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.commands import completed, jifen
from tests.scenarios.cities import ROOT

IDS = (
    "محمد\u200f",  # Arabic with a right-to-left mark
    "देवनागरी",
    "👩\u200d👧🏽",
    "\u202eabc\u202c",  # right-to-left override
    "עברית",
    "ᠮᠣᠩᠭᠣᠯ",
    "ئۇيغۇر",
    "བོད་ཡིག",
    "𠮷",
    "Z z",
    'O\'Neil, "x"',
)
SCHOOLS = ("مدرسة", "विद्यालय\u200d🏫")


def written(tmp_path: Path, applicants: list[dict[str, Any]], offers: list[dict[str, Any]]) -> Path:
    document = {
        "format": "market/1",
        "mechanism": {"name": "deferred_acceptance"},
        "applicants": applicants,
        "offers": offers,
    }
    (tmp_path / "market.json").write_text(json.dumps(document), "utf-8")
    return tmp_path / "market.json"


def many_scripts(tmp_path: Path) -> Path:
    """Everybody wants the first school, then the second; the points fall from id to id."""
    people = [
        {"id": name, "preferences": list(SCHOOLS), "points": str(90 - at)} for at, name in enumerate(IDS)
    ]
    return written(tmp_path, people, [{"id": school, "capacity": 2} for school in SCHOOLS])


def test_ids_of_any_script_come_out_as_they_went_in(tmp_path: Path) -> None:
    """In the document: places, cut-offs, waiting lists, reasons."""
    found = completed("allocate", many_scripts(tmp_path), "--why", "all", "--json").document()

    places = [SCHOOLS[0]] * 2 + [SCHOOLS[1]] * 2 + [None] * (len(IDS) - 4)
    assert found["assignment"] == dict(zip(IDS, places, strict=True))
    assert [found["cutoffs"][school][0]["last_admitted"] for school in SCHOOLS] == [IDS[1], IDS[3]]
    assert found["waiting"] == {SCHOOLS[0]: list(IDS[2:]), SCHOOLS[1]: list(IDS[4:])}
    assert {name: [entry["offer"] for entry in found["why_not"][name]] for name in IDS} == {
        name: [] if at < 2 else list(SCHOOLS[: 1 if at < 4 else 2]) for at, name in enumerate(IDS)
    }


@pytest.mark.parametrize("name", IDS)
def test_anybody_is_found_by_an_id_of_any_script(name: str, tmp_path: Path) -> None:
    """As an argument of the command, in the answer and in the sentence."""
    market = many_scripts(tmp_path)

    found = completed("allocate", market, "--why", name, "--json").document()
    told = completed("allocate", market, "--why", name, "--lang", "en").out

    assert list(found["why_not"]) == [name]
    assert told.startswith(f"{name} got ")


def test_an_id_twice_in_two_unicode_forms_is_told_in_both_languages(tmp_path: Path) -> None:
    """`é` composed and decomposed look the same; the message names the row and what the id is taken as."""
    people = [{"id": name, "preferences": ["s"], "points": "1"} for name in ("caf\u00e9", "cafe\u0301")]
    market = written(tmp_path, people, [{"id": "s", "capacity": 1}])

    ran = jifen("allocate", market, "--json")

    assert ran.status == 2
    (problem,) = ran.document()["problems"]
    assert (problem["code"], problem["place"]["path"]) == ("market.duplicate_applicant", "$.applicants[1].id")
    assert all("caf\u00e9" in problem["text"][lang] for lang in ("zh", "en"))


def test_ten_thousand_equals_are_refused_in_one_short_sentence(tmp_path: Path) -> None:
    people = [{"id": f"p{at}", "preferences": ["s"], "points": "1"} for at in range(10_000)]
    market = written(tmp_path, people, [{"id": "s", "capacity": 1}])

    ran = jifen("allocate", market, "--json")

    assert ran.status == 1
    (problem,) = ran.document()["problems"]
    assert problem["params"]["number"] == "10000"
    assert ran.err.count("\n") == 1
    assert len(ran.err) < 500


def test_thousands_of_small_groups_of_equals_are_refused_with_their_number(tmp_path: Path) -> None:
    people = [
        {"id": f"p{at}{twin}", "preferences": [f"s{at}"], "points": "1"}
        for at in range(2500)
        for twin in "ab"
    ]
    market = written(tmp_path, people, [{"id": f"s{at}", "capacity": 1} for at in range(2500)])

    ran = jifen("allocate", market, "--lang", "zh")

    assert ran.status == 1
    lines = ran.err.splitlines()
    assert len(lines) == 101
    assert "2500" in lines[-1]


def test_progress_and_seconds_are_told_at_a_terminal(tmp_path: Path) -> None:
    """Bars go to the terminal that is standard error; the answer has the seconds of each stage."""
    people = [
        {"id": f"p{at}", "preferences": [f"s{at % 50}", f"s{(at + 1) % 50}"], "points": str(at)}
        for at in range(5_000)
    ]
    market = written(tmp_path, people, [{"id": f"s{at}", "capacity": 60} for at in range(50)])
    ours, theirs = pty.openpty()
    answer = tmp_path / "answer.json"
    command = [
        sys.executable,
        "-c",
        "from api.cli import main; main()",
        "allocate",
        str(market),
        "-o",
        str(answer),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}

    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    told = everything(ours)
    running.wait(timeout=120)

    assert running.returncode == 0
    assert "allocation" in told
    assert "verify" in told
    seconds = json.loads(answer.read_text("utf-8"))["seconds"]
    assert list(seconds) == sorted(("read", "rank", "mechanism", "verify", "write"))
    assert all(value >= 0 for value in seconds.values())


def everything(terminal: int) -> str:
    """All that is written to a terminal until its writer is gone."""
    told = b""
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        while True:
            try:
                part = stream.read(1 << 16)
            except OSError:  # the writer is gone
                part = b""
            if not part:
                return told.decode("utf-8")
            told += part
