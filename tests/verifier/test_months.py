"""The verifier's months, written without the engine: the same for any ledgers; a changed month is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publication.bundle import bundle_files
from residence.spells import Role, Span, SpellRule, trace
from storage.folders import write_folder
from tests.residence.test_measures import rules, spells_of
from tests.scenarios.cities import small_round
from tests.verifier.tiny_bundle import seal
from verifier.verify_bundle import verify
from verifier.verify_months import measured


@given(spells=spells_of, month=st.integers(0, 50), rule=rules)
def test_the_verifier_counts_the_same_months(
    spells: dict[Role, list[Span]], month: int, rule: SpellRule
) -> None:
    """Two programs, two ways of counting, any spells and any rule."""
    written: dict[str, Any] = {name: value for name, value in vars(rule).items() if value is not None}
    written |= {key: {} for key in ("also_in", "not_during") if key in spells}
    rows: dict[str, list[Span]] = {
        "months_in" if role == "own" else role: spans for role, spans in spells.items()
    }

    assert measured(written, month, rows) == trace(spells, month, rule).months


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A small round whose months were measured from ledgers of insurance and permits."""
    folder = tmp_path / "audit"
    write_folder(folder, bundle_files(small_round().record, "audit"))
    return folder


def _months(bundle: Path) -> dict[str, Any]:
    seal(bundle)
    return next(check for check in verify(bundle, "en").checks if check["name"] == "months")


def test_months_measured_from_ledgers_are_recomputed(bundle: Path) -> None:
    """Ten kinds of insurance months and the months with a permit, of everybody."""
    assert _months(bundle)["result"] == "holds"


def test_a_spell_that_begins_a_month_earlier_is_found(bundle: Path) -> None:
    """Somebody changes the ledger that was handed in, digests and all, but not the facts."""
    file = bundle / "inputs" / "permits.csv"
    head, first, *rest = file.read_text("utf-8").split("\n")
    cells = first.split(",")
    year, month = cells[1].split("-")
    cells[1] = f"{int(year) - 1}-{month}"
    file.write_text("\n".join([head, ",".join(cells), *rest]), "utf-8")

    found = _months(bundle)

    assert (found["result"], found["place"]["file"]) == ("failed", "facts.csv")
    assert found["place"]["column"] == "permit_months"


def test_a_ledger_that_the_record_does_not_name_is_found(bundle: Path) -> None:
    """Months without the ledger they come from are not believed."""
    record = bundle / "record.json"
    record.write_text(record.read_text("utf-8").replace('"permits":', '"permits_of_others":'), "utf-8")
    (bundle / "inputs" / "permits.csv").rename(bundle / "inputs" / "permits_of_others.csv")

    assert _months(bundle)["result"] == "failed"
