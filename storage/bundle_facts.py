"""One candidate's facts out of an audit bundle: `facts.csv` holds every fact, the computed ones too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from scenarios.marked_wishes import with_open_marks
from scenarios.results import facts_schema
from scenarios.tables import round_schemas
from scoring.facts import Facts
from scoring.policy import Policy
from storage.bundles import is_bundle, read_record, told_as_damaged
from storage.importers import checked_frame, read_csv_rows
from values.problems import bad_input


def facts_in_bundle(
    bundle: Path, policy: Policy, service: str, *, as_of: date, candidate: str
) -> Facts | None:
    """A candidate's facts as the round had them; None if the bundle is of other rules or another day.

    Only the candidate's rows are parsed, so this takes a fraction of a second at any size.

    Raises:
        BadInput: `facts.nobody_of_that_name`; `storage.damaged_bundle`; problems of the rows' cells.
    """
    if not is_bundle(bundle) or not (bundle / "facts.csv").is_file():
        return None
    record = read_record(bundle)
    with told_as_damaged(bundle):
        decided = (record["policy"]["digest"], record["round"]["service"], record["round"]["as_of"])
        if decided != (policy.digest, service, as_of.isoformat()):
            return None
        filed = read_csv_rows(bundle / "inputs" / "candidates.csv", "candidate", candidate)
        if filed.cells.is_empty():
            raise bad_input("facts.nobody_of_that_name", id=candidate)
        first = filed.cells[str(filed.header.index("subject"))][0]
    raw = read_csv_rows(bundle / "facts.csv", "candidate", candidate)
    rows = checked_frame(raw, facts_schema(policy, service))
    facts = _facts(policy, service, as_of, rows.sort(pl.col("subject") != first))
    if not policy.marks_of(service):
        return facts
    wishes = read_csv_rows(bundle / "inputs" / "preferences.csv", "candidate", candidate)
    return with_open_marks(facts, checked_frame(wishes, round_schemas(policy, service)["preferences"]))


def _facts(policy: Policy, service: str, as_of: date, rows: pl.DataFrame) -> Facts:
    subjects = rows["subject"].sort()
    return Facts(
        policy,
        service,
        as_of,
        rows.drop("candidate", "subject"),
        rows["candidate"].unique(),
        subjects,
        np.zeros(rows.height, dtype=np.int32),
        subjects.search_sorted(rows["subject"]).cast(pl.Int32).to_numpy(),
    )
