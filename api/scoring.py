"""What `score` and `explain` share: which policy, service and date are meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from api.console import print_json, show
from api.pack_options import named_readings, named_values
from publication.canonical_csv import canonical_csv
from publication.tables import Table
from scenarios.results import score_table, with_possible_totals
from scoring.candidates import qualify
from scoring.eligibility import assess
from scoring.facts import Facts
from scoring.pack import Pack
from scoring.policy import Policy
from scoring.score import score
from storage.exporters import write_csv, write_parquet
from storage.folders import refuse_folder
from storage.importers import require_present
from storage.packs import find_pack, read_pack
from storage.rounds import choices_beside, settings_beside
from values.problems import Place, bad_input

WRITTEN = (".csv", ".parquet")


@dataclass(frozen=True, eq=False)
class Choice:
    """The pack, service and date a scoring command works with."""

    pack: Pack
    service: str
    as_of: date

    @property
    def policy(self) -> Policy:
        """The pack's policy."""
        return self.pack.policy

    def table(self, facts: Facts) -> Table:
        """Everyone's score lines, and the totals still possible."""
        scores = score(facts)
        table = score_table(facts, scores, qualify(facts, assess(facts), scores))
        return with_possible_totals(table, facts, scores)


def scored(
    pack: str,
    facts: Path,
    service: str | None,
    as_of: str | None,
    readings: Sequence[str] | None = None,
    parameters: Sequence[str] | None = None,
) -> Choice:
    """Complete what the command line leaves open from the round's own settings beside the facts.

    The round's readings and parameters hold for the version of the pack that the round is decided by.

    Raises:
        BadInput: `storage.file_missing`, `round.as_of_missing`, `round.not_a_date`, `policy.switch_form`,
            `.parameter_form`, and those of the pack.
    """
    require_present(facts)
    given = settings_beside(facts)
    when = _date(as_of) if as_of else (given.as_of if given else None)
    if when is None:
        raise bad_input("round.as_of_missing", Place(file=str(facts)))
    path = find_pack(pack, base=Path.cwd(), as_of=when)
    own = choices_beside(facts, path)
    choices = {**own.readings, **named_readings(readings)}
    found = read_pack(path, at=when, choices=choices, values={**own.parameters, **named_values(parameters)})
    chosen = service or (given.service if given else next(iter(found.policy.services), ""))
    return Choice(found, chosen, when)


def refuse_target(out: Path | None) -> None:
    """The name of the file tells its format; worth asking before the work.

    Raises:
        BadInput: `score.unknown_output`, `storage.target_is_folder`.
    """
    if out is None:
        return
    refuse_folder(out)
    if out.suffix not in WRITTEN:
        raise bad_input("score.unknown_output", Place(file=str(out)), suffixes=" | ".join(WRITTEN))


def print_scores(table: Table, out: Path | None, *, as_json: bool) -> None:
    """Write score lines to a file, or print them as CSV or JSON."""
    text = canonical_csv(table)
    if out is not None:
        write_table(table, out)
    elif not as_json:
        show(text.decode("utf-8").rstrip("\n"))
    if as_json:
        rows = [] if out else pl.read_csv(text, infer_schema=False).to_dicts()
        written = None if out is None else str(out)
        print_json({"format": "scores/1", "people": table.frame.height, "out": written, "lines": rows})


def write_table(table: Table, out: Path) -> None:
    """Write a table to a file of the kind that its name tells."""
    if out.suffix == ".parquet":
        write_parquet(table.frame, out, table.schema)
    else:
        write_csv(pl.read_csv(canonical_csv(table), infer_schema=False), out)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_input("round.not_a_date", value=text) from None
