"""`jifen months`: months from ledgers too large for memory, as finished facts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face, print_json, progress_bars, show
from api.options import AsOf, PackName, ServiceName


@face
def months(
    pack: PackName,
    folder: Annotated[
        Path, typer.Argument(help="Applicants, and ledgers as Parquet sorted by subject.", metavar="FOLDER")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Write applicants to this .csv or .parquet file.")],
    service: ServiceName = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Measure the months of a service from ledgers, a piece at a time."""
    from api.scoring import refuse_target, scored, write_table
    from publication.messages import sentence
    from storage.ledger_stream import measured_applicants

    refuse_target(out)
    chosen = scored(pack, folder, service, as_of)
    with progress_bars(quiet=as_json) as progress:
        table = measured_applicants(folder, chosen.policy, chosen.service, progress=progress)
    write_table(table, out)
    figures = {"people": table.frame.height, "out": str(out)}
    if as_json:
        print_json({"format": "months/1", **figures})
    else:
        show(sentence("months.measured", figures, chosen_language(lang)))
