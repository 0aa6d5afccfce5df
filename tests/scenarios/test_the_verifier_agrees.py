"""Generated packs and people, decided by the engine, checked by the program that shares no code with it."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from hypothesis import event, given
from hypothesis import strategies as st

from publication.bundle import bundle_files
from scenarios.round import run_round
from scenarios.tables import Applications, empty_tables
from scoring.pack import Pack
from storage.folders import write_folder
from tests.scenarios.test_other_policies import config
from tests.strategies import AS_OF, TOWNS, packs, people
from values.problems import BadInput
from verifier.verify_bundle import verify

TOWN = pl.Enum(TOWNS)
FILED = datetime(2015, 3, 2, 9, 0)


@given(packs(), people(), st.lists(st.integers(0, 3), min_size=3, max_size=3), st.data())
def test_whatever_the_pack_the_verifier_recomputes_the_same(
    pack: Pack, tables: tuple[pl.DataFrame, pl.DataFrame], seats: list[int], data: st.DataObject
) -> None:
    """Every line, total, status, rank, seat and ticket of a round, in both forms of its bundle."""
    applicants, candidates = tables
    minutes = data.draw(st.lists(st.integers(0, 1), min_size=candidates.height, max_size=candidates.height))
    filed = candidates.with_columns(filed_at=pl.Series([FILED + timedelta(minutes=m) for m in minutes]))
    quotas = pl.DataFrame({"town": TOWNS, "seats": seats}, schema_overrides={"town": TOWN})
    if not pack.policy.services["school"].ranking.scope:
        quotas = quotas.select(pl.col("seats").sum())
    fixed = {**empty_tables(), "applicants": applicants, "candidates": filed, "quotas": quotas}
    given_tables = Applications(**fixed, ledgers={})

    try:
        decided = run_round(pack, config(), given_tables)
    except BadInput:
        event("nobody is eligible")
        return

    assert decided.facts.as_of == AS_OF
    with tempfile.TemporaryDirectory() as folder:
        for form in ("public", "audit"):
            write_folder(Path(folder) / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
            report = verify(Path(folder) / form, "en")
            assert report.ok, report.as_text("en")
