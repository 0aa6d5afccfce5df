"""The two forms of a published round: `public` for everyone, `audit` for those who may see everything."""

from __future__ import annotations

from typing import Literal

from publication.record import Record

Form = Literal["public", "audit"]

RECORD_FILE = "record.json"


def bundle_names(record: Record, form: Form) -> list[str]:
    """Every file of a bundle but `record.json`, by its path inside the folder, sorted."""
    tables = record.document["tables"]
    return sorted(
        path for path in record.files if form == "audit" or (path in tables and tables[path]["public"])
    )


def bundle_files(record: Record, form: Form) -> dict[str, bytes]:
    """Every file of a bundle by its path inside the folder, sorted; nothing else belongs there.

    `record.json` is the same in both forms. `public` holds the tables that are marked public;
    `audit` holds all tables, the resolved policy and the inputs, and is enough to replay the round.
    """
    shown = {path: record.files[path] for path in bundle_names(record, form)}
    return dict(sorted({**shown, RECORD_FILE: record.to_json()}.items()))
