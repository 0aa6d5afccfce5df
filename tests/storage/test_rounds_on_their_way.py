"""A round whose files go to the disk while they are made is the round that is kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import polars as pl
import pytest

from publication.record import Record, make_record
from publication.shelf import MemoryShelf
from scenarios.round import run_round
from scenarios.tables import Applications
from storage.folders import new_folder
from storage.publications import publish_round, run_and_publish
from storage.round_shelf import FolderShelf
from storage.rounds import RoundFiles
from storage.threads import one_aside
from tests.publication import rounds
from tests.scenarios.cities import config_of, small_city, small_round, zhongshan_pack
from values.problems import BadInput

T = TypeVar("T")


def content(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def given(tables: Applications) -> RoundFiles:
    return RoundFiles(zhongshan_pack(), config_of("2015-school"), tables)


def test_files_written_as_they_are_made_are_those_of_a_round_kept_in_memory(tmp_path: Path) -> None:
    publish_round(small_round(), tmp_path / "kept", pdf=False)

    decided = run_and_publish(given(small_city()), tmp_path / "out", pdf=False)

    assert content(tmp_path / "out") == content(tmp_path / "kept")
    assert dict(decided.record.files) == dict(small_round().record.files)  # read where they are now
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "out"]


def test_when_work_aside_is_done_changes_no_byte() -> None:
    """Work may be done when it is asked for only, the last first, and each in a thread of its own."""

    def lazily(work: Callable[[], T]) -> Callable[[], T]:
        return work

    def in_a_thread(work: Callable[[], T]) -> Callable[[], T]:
        found: list[T] = []
        thread = threading.Thread(target=lambda: found.append(work()))
        thread.start()

        def result() -> T:
            thread.join()
            return found[0]

        return result

    for aside in (lazily, in_a_thread):
        record = run_round(
            zhongshan_pack(), config_of("2015-school"), small_city(), shelf=MemoryShelf(), aside=aside
        ).record
        assert record.to_json() == small_round().record.to_json()
        assert dict(record.files) == dict(small_round().record.files)


def test_a_shelf_on_the_disk_gives_the_bytes_that_were_put(tmp_path: Path) -> None:
    kept = make_record(rounds.small_round())

    with new_folder(tmp_path / "out") as folder:
        shelf = FolderShelf(folder, "audit")
        record: Record = make_record(rounds.small_round(), shelf=shelf)
        assert dict(record.files) == dict(kept.files)
        assert len(record.files) == len(kept.files)

    assert content(tmp_path / "out" / "audit") == dict(record.files) == dict(kept.files)
    with pytest.raises(KeyError):
        record.files["../audit/ranking.csv"]


def test_a_round_that_is_refused_after_files_were_written_leaves_nothing(tmp_path: Path) -> None:
    """Application numbers that read like mobile telephones are found when the ranking is to be published."""
    telephones = pl.concat_str(pl.lit("13800"), pl.col("candidate").str.tail(6)).alias("candidate")
    city = small_city()
    named = {name: getattr(city, name).with_columns(telephones) for name in ("candidates", "refusals")}

    with pytest.raises(BadInput, match="phone_number"):
        run_and_publish(given(replace(city, **named)), tmp_path / "out", pdf=False)

    assert list(tmp_path.iterdir()) == []


def test_a_failure_aside_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    def one_name_twice() -> None:
        with new_folder(tmp_path / "out") as folder, one_aside() as aside:
            shelf = FolderShelf(folder, "audit")
            shelf.put("facts.csv", [b"candidate\n"])
            aside(lambda: shelf.put("facts.csv", [b"again\n"]))()

    with pytest.raises(BadInput, match="cannot_write"):
        one_name_twice()

    assert list(tmp_path.iterdir()) == []
