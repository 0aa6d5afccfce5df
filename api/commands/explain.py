"""`jifen explain`: one person's sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face
from api.options import AsOf, PackName, Parameters, Readings, ServiceName


@face
def explain(
    pack: PackName,
    facts: Annotated[
        Path, typer.Argument(help="A round's folder, its results, or one flat table.", metavar="FACTS")
    ],
    applicant: Annotated[str, typer.Option("--applicant", help="The candidate's application number.")],
    service: ServiceName = None,
    as_of: AsOf = None,
    reading: Readings = None,
    parameter: Parameters = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Explain one person's score line by line, with clause and arithmetic, and the outcome if published."""
    from api.explaining import explained, print_explained
    from api.scoring import scored
    from storage.bundles import audit_folder
    from storage.facts_files import read_facts_of

    folder = audit_folder(facts)
    chosen = scored(pack, folder, service, as_of, reading, parameter)
    known = read_facts_of(folder, chosen.pack, chosen.service, as_of=chosen.as_of, candidate=applicant)
    found = explained(chosen, known, folder, applicant)
    print_explained(found, chosen_language(lang), as_json=as_json)
