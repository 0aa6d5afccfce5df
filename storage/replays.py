"""A published round run again from its audit bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from publication.replay import compare
from scenarios.round import Round, run_round
from storage.bundles import read_record
from storage.rounds import read_bundle_inputs
from values.problems import Problem
from values.progress import Progress, no_progress


@dataclass(frozen=True)
class Replay:
    """Whether the results are the same, the recomputed result digest, and every field that differs.

    Another version of a library shows as a difference but does not make the results differ.
    """

    same: bool
    digest: str
    differences: tuple[Problem, ...]


def replay_bundle(bundle: Path, *, progress: Progress = no_progress) -> Replay:
    """Run the round of an audit bundle again.

    Raises:
        BadInput: not an audit bundle, or inputs that cannot be read.
        Refused: the round itself is refused.
    """
    return rerun(bundle, progress=progress)[1]


def rerun(bundle: Path, *, progress: Progress = no_progress) -> tuple[Round, Replay]:
    """The round of an audit bundle, decided again, and whether it is the published one.

    Raises:
        BadInput, Refused: as `replay_bundle`.
    """
    files = read_bundle_inputs(bundle)
    published = read_record(bundle)
    decided = run_round(files.pack, files.config, files.tables, progress=progress)
    differences = tuple(compare(published, decided.record.document))
    serious = [problem for problem in differences if problem.code != "replay.engine_differs"]
    return decided, Replay(not serious, decided.record.result_digest, differences)
