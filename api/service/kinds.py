"""The kinds of jobs. A new kind is a function, an entry in `KINDS` and a request in `models.JobRequest`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from values.progress import Progress

SCORE_LINES = "score_lines.csv"


@dataclass(frozen=True)
class Made:
    """What a job made: the digest of the record, if it makes one, and of the result."""

    digest: str
    result_digest: str


JobKind = Callable[[Path, Path, Mapping[str, Any], Progress], Made]
"""Called with the folder of the round as it was when the job was submitted, the folder to write (which
does not exist yet), the options of the request, and where to report progress. Raises `JifenError`."""


def allocate(folder: Path, target: Path, options: Mapping[str, Any], progress: Progress) -> Made:
    """What `jifen run` does: decide, publish."""
    from scenarios.round import run_round
    from storage.publications import publish_round
    from storage.registrations import read_given

    given = read_given(folder)
    decided = run_round(given.pack, given.config, given.tables, progress=progress)
    progress("publish", 0, 1)
    publish_round(decided, target, pdf=options["pdf"], progress=progress)
    return Made(decided.record.digest, decided.record.result_digest)


def score(folder: Path, target: Path, options: Mapping[str, Any], progress: Progress) -> Made:
    """What `jifen score` does: everybody's status and score lines, from the tables of the people alone."""
    from api.scoring import Choice
    from publication.canonical_csv import canonical_csv
    from storage.facts_files import read_facts
    from storage.folders import write_folder
    from storage.registrations import read_rules
    from values.canonical import digest_of_bytes

    pack, config = read_rules(folder)
    choice = Choice(pack, config.service, config.as_of)
    facts = read_facts(folder, choice.policy, choice.service, as_of=choice.as_of)
    progress("score", 0, 1)
    lines = canonical_csv(choice.table(facts))
    write_folder(target, {SCORE_LINES: lines})
    return Made("", digest_of_bytes(lines))


KINDS: dict[str, JobKind] = {"allocate": allocate, "score": score}
