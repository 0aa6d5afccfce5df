"""`jifen score`: eligibility and score lines of everyone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, face
from api.options import AsOf, PackName, Parameters, Readings, ServiceName


@face
def score(
    pack: PackName,
    facts: Annotated[
        Path, typer.Argument(help="A round's folder, an audit bundle, or one flat table.", metavar="FACTS")
    ],
    service: ServiceName = None,
    as_of: AsOf = None,
    reading: Readings = None,
    parameter: Parameters = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Write to this .csv or .parquet file.")
    ] = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Score everyone: status, every line, sub-total, factor, total."""
    from api.scoring import print_scores, refuse_target, scored
    from storage.bundles import audit_folder
    from storage.facts_files import read_facts

    refuse_target(out)
    folder = audit_folder(facts)
    chosen = scored(pack, folder, service, as_of, reading, parameter)
    frame = chosen.table(read_facts(folder, chosen.pack, chosen.service, as_of=chosen.as_of))
    print_scores(frame, out, as_json=as_json)
