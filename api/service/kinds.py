"""The kinds of jobs. A new kind is a function, an entry in `KINDS` and a request in `models.JobRequest`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publication.messages import LANGUAGES
from values.problems import bad_input
from values.progress import Progress

SCORE_LINES = "score_lines.csv"
STUDY = "study.yaml"
"""What the problems of a study's text call it."""


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
    from storage.publications import run_and_publish
    from storage.registrations import read_given

    decided = run_and_publish(
        read_given(folder), target, pdf=options["pdf"], xlsx=options["xlsx"], progress=progress
    )
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
    facts = read_facts(folder, choice.pack, choice.service, as_of=choice.as_of)
    progress("score", 0, 1)
    lines = canonical_csv(choice.table(facts))
    write_folder(target, {SCORE_LINES: lines})
    return Made("", digest_of_bytes(lines))


def simulate(folder: Path, target: Path, options: Mapping[str, Any], progress: Progress) -> Made:
    """What `jifen simulate` does: the round and a study of other rules; nothing of it can be published."""
    from api.simulating import study_document
    from scenarios.alteration import policies
    from scenarios.study import load_study
    from scenarios.what_if import run_study
    from storage.registrations import read_given
    from storage.studies import write_study
    from values.canonical import digest_of

    study = load_study(options["study"], STUDY)
    for name in ("folder", "people"):
        if getattr(study.model, name) is not None:
            raise bad_input("service.study_alone", study.place(name), key=name)
    given = read_given(folder, lambda pack: policies(study, pack))
    result = run_study(study, given.pack, given.config, given.tables, progress=progress)
    document = study_document(result)
    write_study(result, document, target, options["lang"])
    return Made("", digest_of(document))


def letters(folder: Path, target: Path, options: Mapping[str, Any], progress: Progress) -> Made:
    """What `jifen letter --all` does: the round is decided again, and everybody's letter written.

    The record is that of an allocation of the same tables, so the digests tell which letters are its.
    """
    from scenarios.letters import Letters
    from scenarios.round import run_round
    from storage.letters import INDEX, write_letters
    from storage.registrations import read_given
    from values.canonical import digest_of_bytes

    files = read_given(folder)
    decided = run_round(files.pack, files.config, files.tables, progress=progress)
    everybody = Letters(decided, decided.record.digest)
    names = everybody.candidates.to_list()
    write_letters(everybody, names, target, languages=LANGUAGES, pdf=options["pdf"], progress=progress)
    return Made(decided.record.digest, digest_of_bytes((target / INDEX).read_bytes()))


KINDS: dict[str, JobKind] = {
    "allocate": allocate,
    "letters": letters,
    "score": score,
    "simulate": simulate,
}
