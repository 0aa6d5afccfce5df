"""A folder or a file is written whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.folders import write_file, write_folder
from values.problems import BadInput, bad_input


def content(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_folder_is_written_with_its_inner_folders(tmp_path: Path) -> None:
    files = {"record.json": b"{}\n", "audit/inputs/offers.csv": b"offer\n", "empty.csv": b""}

    write_folder(tmp_path / "out" / "demo", files)

    assert content(tmp_path / "out" / "demo") == files
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["demo"]


def test_an_empty_folder_may_be_filled_and_a_full_one_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    write_folder(target, {"a": b"1"})

    with pytest.raises(BadInput, match="target_not_empty"):
        write_folder(target, {"b": b"2"})

    assert content(target) == {"a": b"1"}


def test_a_replaced_folder_holds_the_new_files_only(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_folder(target, {"a": b"1", "inner/b": b"2"})

    write_folder(target, {"c": b"3"}, replace=True)

    assert content(target) == {"c": b"3"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_or_the_working_folder_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(BadInput, match="target_is_file"):
        write_folder(tmp_path / "file", {"a": b"1"}, replace=True)

    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    with pytest.raises(BadInput, match="target_in_use"):
        write_folder(tmp_path, {"a": b"1"}, replace=True)


@pytest.mark.parametrize("name", ["", "/etc/x", "../x", "a/../../x", "a\\x"])
def test_a_name_that_leads_out_of_the_folder_is_refused_before_anything_is_written(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(BadInput, match="bad_file_name"):
        write_folder(tmp_path / "out", {"a": b"1", name: b"2"})

    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_writing_leaves_the_old_folder_and_no_rest(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_folder(target, {"a": b"1"})

    with pytest.raises(BadInput, match="cannot_write"):
        write_folder(target, {"x": b"2", "x/y": b"3"}, replace=True)

    assert content(target) == {"a": b"1"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_files_that_are_made_one_by_one_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def made(last: str) -> Iterator[tuple[str, bytes]]:
        yield from ((f"{number}.csv", b"x" * number) for number in range(20))
        if not last:
            raise bad_input("publication.name_not_masked")
        yield last, b"last"

    for last, code in (("", "name_not_masked"), ("../x", "bad_file_name"), ("3.csv", "cannot_write")):
        with pytest.raises(BadInput, match=code):
            write_folder(tmp_path / "out", made(last))
        assert list(tmp_path.iterdir()) == []

    write_folder(tmp_path / "out", made("last.csv"))
    assert content(tmp_path / "out") == dict(made("last.csv"))


def test_a_failing_swap_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    write_folder(target, {"a": b"1"})
    real = os.rename

    def rename(source: Path, name: Path) -> None:
        if ".new-" in source.name:
            raise OSError(28, "No space left on device")
        real(source, name)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(BadInput, match="No space left"):
        write_folder(target, {"b": b"2"}, replace=True)

    assert content(target) == {"a": b"1"}


def test_a_killed_program_leaves_no_half_written_folder(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import os, signal, sys
        from collections import UserDict
        from pathlib import Path
        from storage.folders import write_folder

        class Killing(UserDict):
            def items(self):
                yield "a", b"1"
                os.kill(os.getpid(), signal.SIGKILL)

        write_folder(Path(sys.argv[1]), Killing(a=b"1", b=b"2"))
        """
    )
    root = Path(__file__).parents[2]

    run = subprocess.run([sys.executable, "-c", program, str(tmp_path / "out")], cwd=root, check=False)

    assert run.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()


def test_a_file_is_replaced_in_one_step_and_obeys_the_usual_rights(tmp_path: Path) -> None:
    write_file(tmp_path / "inner" / "a.csv", b"old")

    write_file(tmp_path / "inner" / "a.csv", b"new")

    assert content(tmp_path) == {"inner/a.csv": b"new"}
    (tmp_path / "plain").touch()
    assert (tmp_path / "inner" / "a.csv").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_file_that_cannot_be_written_is_a_problem_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BadInput, match="cannot_write"):
        write_file(tmp_path / "file" / "a.csv", b"x")
