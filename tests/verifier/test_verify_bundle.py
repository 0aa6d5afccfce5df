"""What an outsider does: run the program on a folder, believe its OK, and see what was changed."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verifier.tiny_bundle import Tiny
from verifier import verify_bundle
from verifier.verify_bundle import COMPANIONS, Report, main, verify

SOURCE = Path(verify_bundle.__file__).parent
PUBLIC_CHECKS = {"record", "files", "tables", "draw", "ranking", "outcomes", "seats", "cutoffs", "counts"}
# the bundle made by hand has none of these
DRAW_CHECKS = {"classes", "call_in", "turns", "groups", "pools", "residence", "tiers", "marks"}
AUDIT_CHECKS = {
    "rules",
    "inputs",
    "sums",
    "eligibility",
    "facts",
    "months",
    "computed",
    "preferences",
    "lists",
    "redistribution",
    "distances",
    "readings",
}
GARBAGE = {
    "nothing": b"",
    "binary": bytes(range(256)) * 4,
    "half a record": b'{"format":"record/1","ro',
    "not an object": b"[]\n",
    "a number": b"1\n",
    "an empty object": b"{}\n",
    "wrong types": b'{"inputs":{},"policy":[],"tables":{}}\n',
    "deep": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000,
    "endless number": b"1" * 100_000,
    "lone surrogate": b'{"format":"\\ud800"}\n',
    "not a number": b'{"format":NaN}\n',
}


@pytest.fixture(scope="module", params=["quotas", "wishes"])
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    Tiny(request.param).write(folder)
    return folder


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    Tiny("quotas").write(tmp_path)
    return tmp_path / "audit"


def results(report: Report) -> dict[str, str]:
    return {check["name"]: check["result"] for check in report.checks}


def failures(report: Report) -> dict[str, object]:
    return {check["name"]: check for check in report.checks if check["result"] == "failed"}


def blamed(report: Report) -> set[str]:
    return {
        check["place"]["file"] for check in report.checks if check["result"] == "failed" and check["place"]
    }


def files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_bundle_made_by_hand_holds(tiny: Path) -> None:
    public, audit = verify(tiny / "public"), verify(tiny / "audit")

    assert failures(public) == {}
    assert failures(audit) == {}
    assert (public.form, public.ok, audit.form, audit.ok) == ("public", True, "audit", True)


def test_a_public_bundle_allows_what_needs_no_private_facts_and_says_what_it_lacks(tiny: Path) -> None:
    report = verify(tiny / "public", "en")

    assert {name for name, result in results(report).items() if result == "holds"} == PUBLIC_CHECKS
    hidden = {c["name"]: c["detail"] for c in report.checks if c["result"] == "not possible"}
    assert hidden.keys() == AUDIT_CHECKS | DRAW_CHECKS
    assert all("audit bundle" in hidden[name] for name in AUDIT_CHECKS)


def test_an_audit_bundle_allows_every_check(tmp_path: Path) -> None:
    Tiny("wishes").write(tmp_path)

    assert set(results(verify(tmp_path / "audit")).items()) == {
        *((name, "holds") for name in PUBLIC_CHECKS | AUDIT_CHECKS),
        *((name, "not possible") for name in DRAW_CHECKS),
    }


@pytest.mark.slow
@pytest.mark.parametrize("form", ["public", "audit"])
def test_any_changed_byte_fails_and_names_the_file(tiny: Path, form: str, tmp_path: Path) -> None:
    chance = random.Random(form)
    shutil.copytree(tiny / form, tmp_path / form)
    for path in files(tmp_path / form):
        data = path.read_bytes()
        for at in {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(25))}:
            path.write_bytes(data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :])

            report = verify(tmp_path / form)

            assert path.relative_to(tmp_path / form).as_posix() in blamed(report), (path, at)
        path.write_bytes(data)


@given(data=st.data())
def test_any_edit_of_any_file_fails_and_names_the_file(tiny_forms: list[Path], data: st.DataObject) -> None:
    folder = data.draw(st.sampled_from(tiny_forms))
    path = data.draw(st.sampled_from(list(files(folder))))
    before = path.read_bytes()
    start = data.draw(st.integers(0, len(before)))
    end = data.draw(st.integers(start, min(len(before), start + 40)))
    after = before[:start] + data.draw(st.binary(max_size=40)) + before[end:]
    if after == before:
        return
    path.write_bytes(after)
    try:
        assert path.relative_to(folder).as_posix() in blamed(verify(folder))
    finally:
        path.write_bytes(before)


@pytest.fixture(scope="module")
def tiny_forms(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folders = []
    for procedure in ("quotas", "wishes"):
        folder = tmp_path_factory.mktemp(procedure)
        Tiny(procedure).write(folder)
        folders += [folder / "public", folder / "audit"]
    return folders


def test_a_changed_cell_is_named_with_its_row_and_column(bundle: Path) -> None:
    ranking = bundle / "ranking.csv"
    ranking.write_bytes(ranking.read_bytes().replace(b"c07,east/primary,30,", b"c07,east/primary,31,"))

    places = {c["name"]: c["place"] for c in verify(bundle).checks if c["result"] == "failed"}

    assert places["files"] == {"file": "ranking.csv", "row": None, "column": "digest"}
    assert places["sums"] == {"file": "ranking.csv", "row": 8, "column": "total"}


@pytest.mark.parametrize(
    ("change", "row", "column"),
    [
        ((b",189.5,", b",189.50,"), 2, "total"),
        ((b",189.5,", b",+189.5,"), 2, "total"),
        ((b",80,30,", b',80,"30",'), 5, None),
        ((b"\nc07,", b"\r\nc07,"), 7, None),
        ((b"T09:00", b"T9:00"), 2, "filed_at"),
        ((b"candidate,", b"\xef\xbb\xbfcandidate,"), 1, "header"),
        ((b",total,", b",points,"), 1, "header"),
        ((b"c14,", b"c\xff14,"), 12, None),
        ((b"c14,west/primary,39", b"c14,west/primary,39,"), 12, None),
    ],
    ids=lambda value: value[1].decode("latin-1").strip() if isinstance(value, tuple) else None,
)
def test_a_table_that_is_not_canonical_is_refused_where_it_is_not(
    bundle: Path, change: tuple[bytes, bytes], row: int, column: str | None
) -> None:
    ranking = bundle / "ranking.csv"
    ranking.write_bytes(ranking.read_bytes().replace(*change, 1))

    check = next(check for check in verify(bundle).checks if check["name"] == "tables")

    assert (check["result"], check["place"]["file"], check["place"]["row"]) == ("failed", "ranking.csv", row)
    assert column in (None, check["place"]["column"])


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_for_a_record_fails_without_a_traceback(bundle: Path, name: str) -> None:
    (bundle / "record.json").write_bytes(GARBAGE[name])

    report = verify(bundle)

    assert (report.ok, blamed(report)) == (False, {"record.json"})


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_for_any_other_file_fails_and_names_it(bundle: Path, name: str) -> None:
    for path in files(bundle):
        if path.name == "record.json":
            continue
        data = path.read_bytes()
        path.write_bytes(GARBAGE[name])

        assert path.relative_to(bundle).as_posix() in blamed(verify(bundle))

        path.write_bytes(data)


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
))  # fmt: skip
def test_any_value_anywhere_in_the_record_ends_in_a_report(tiny_forms: list[Path], value: object) -> None:
    path = tiny_forms[1] / "record.json"
    before = path.read_bytes()
    for name, old in json.loads(before).items():
        if old == value:
            continue
        changed = json.loads(before) | {name: value}
        path.write_text(json.dumps(changed, ensure_ascii=False, sort_keys=True), "utf-8", "surrogatepass")
        try:
            assert not verify(tiny_forms[1]).ok
        finally:
            path.write_bytes(before)


def test_huge_fields_fail_like_any_other(bundle: Path) -> None:
    (bundle / "outcomes.csv").write_bytes(b"candidate," + b"x" * 3_000_000 + b"\n" + b'"' * 2_000_001)

    assert "outcomes.csv" in blamed(verify(bundle))


def test_links_and_folders_and_strangers_are_refused(bundle: Path, tmp_path: Path) -> None:
    def named() -> object:
        return next(check["place"]["file"] for check in verify(bundle).checks if check["name"] == "files")

    (bundle / "letter.txt").write_bytes(b"")
    assert named() == "letter.txt"
    (bundle / "letter.txt").unlink()
    (bundle / "more").mkdir()
    assert named() == "more"
    (bundle / "more").rmdir()
    os.rename(bundle / "offers.csv", tmp_path / "offers.csv")
    (bundle / "offers.csv").symlink_to(tmp_path / "offers.csv")
    assert named() == "offers.csv"
    (bundle / "offers.csv").unlink()
    assert named() == "offers.csv"
    os.mkfifo(bundle / "offers.csv")
    assert named() == "offers.csv"


def test_a_private_file_among_the_public_ones_is_refused(tmp_path: Path) -> None:
    Tiny("quotas").write(tmp_path)
    shutil.copy(tmp_path / "audit" / "facts.csv", tmp_path / "public")

    assert not verify(tmp_path / "public").ok


def test_the_command_ends_with_0_1_or_2(
    tiny: Path, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as wrong:
        main([str(tmp_path / "nowhere")])

    assert wrong.value.code == 2
    assert main([str(tiny / "public")]) == 0
    assert main([str(tmp_path)]) == 1
    assert capfdbinary.readouterr().out.endswith(b"FAILED\n")


def test_the_json_form_has_every_check_with_its_place(
    bundle: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (bundle / "offers.csv").unlink()

    main([str(bundle), "--json", "--lang", "en"])
    document = json.loads(capfdbinary.readouterr().out)

    assert (document["format"], document["form"], document["ok"]) == ("verification/1", "audit", False)
    check = next(check for check in document["checks"] if check["name"] == "files")
    assert check["place"] == {"file": "offers.csv", "row": None, "column": None}
    assert check["detail"] == "this file is missing"


def test_every_line_is_said_in_both_languages(bundle: Path) -> None:
    (bundle / "offers.csv").unlink()
    zh, en = verify(bundle, "zh").as_text("zh"), verify(bundle, "en").as_text("en")

    assert "[不符] 文件：" in zh
    assert (
        "[FAILED] files: exactly those the record names, unchanged — offers.csv: this file is missing" in en
    )
    assert not any("|" in text or "{" in text for text in (zh, en))


def test_it_runs_from_a_download_with_nothing_else_installed(tiny: Path, tmp_path: Path) -> None:
    for file in SOURCE.glob("verify_*.py"):
        shutil.copy(file, tmp_path)

    def run(form: str) -> subprocess.CompletedProcess[bytes]:
        command = [
            sys.executable,
            "-S",
            "-E",
            "-B",
            tmp_path / "verify_bundle.py",
            tiny / form,
            "--lang",
            "en",
        ]
        return subprocess.run(command, cwd=tmp_path, env={"LC_ALL": "C"}, capture_output=True, check=True)

    assert run("audit").stdout.count(b"[holds]") >= 16
    for companion in COMPANIONS:
        (tmp_path / f"{companion}.py").unlink()
    alone = run("audit").stdout
    told = alone.count(b"verify_*.py must be in the folder of this program")
    assert (alone.count(b"[holds]"), told) == (9, len(COMPANIONS))
