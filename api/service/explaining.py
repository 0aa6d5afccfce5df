"""One person of a result explained, as `jifen explain` does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.explaining import Explained, explained
from api.scoring import Choice
from storage.bundles import audit_folder
from storage.facts_files import read_facts_of
from storage.registrations import Registry, pack_of_job, round_folder
from storage.results import Result
from storage.rounds import settings_beside


def explain_result(result: Result, registry: Registry, candidate: str) -> Explained:
    """Explain a candidate with what the job read, and with the outcome if there is one.

    Raises:
        BadInput: `facts.nobody_of_that_name`.
    """
    with _facts_folder(result, registry) as folder:
        config = settings_beside(folder)
        assert config is not None
        pack = pack_of_job(registry.depot, result.inputs)
        choice = Choice(pack, config.service, config.as_of)
        known = read_facts_of(folder, choice.pack, choice.service, as_of=choice.as_of, candidate=candidate)
        return explained(choice, known, folder, candidate)


@contextmanager
def _facts_folder(result: Result, registry: Registry) -> Iterator[Path]:
    """The audit bundle if the job made one, else the tables it read."""
    bundle = audit_folder(result.folder)
    if bundle != result.folder:
        yield bundle
        return
    with round_folder(registry.depot, result.inputs) as folder:
        yield folder
