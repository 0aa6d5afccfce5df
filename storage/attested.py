"""What a department itself attests of a person, out of a round's tables as they are now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.tables import round_schemas
from scoring.facts import Facts
from scoring.scalar import Shown, shown_fact
from storage.facts_files import read_facts_of
from storage.registrations import GivenRound, Registry, round_folder
from storage.rounds import read_some_tables
from values.problems import bad_input


@dataclass(frozen=True)
class Attested:
    """Facts of one subject, or of the candidate if `subject` is None."""

    subject: str | None
    facts: tuple[Shown, ...]


def attested_facts(registry: Registry, given: GivenRound, candidate: str, department: str) -> list[Attested]:
    """The facts of a candidate and their subjects that the pack has the department attest, and no other.

    Raises:
        BadInput: `facts.nobody_of_that_name`; every problem of the round's tables.
    """
    pack, config = given.pack, given.config
    with round_folder(registry.depot, given.inputs) as folder:
        facts = read_facts_of(folder, pack, config.service, as_of=config.as_of, candidate=candidate)
    row = facts.candidates.index_of(candidate)
    if row is None:
        raise bad_input("facts.nobody_of_that_name", id=candidate)
    pairs = np.flatnonzero(facts.candidate_row == row).tolist()
    subjects = [facts.subjects[int(facts.subject_row[pair])] for pair in pairs]
    own = Attested(None, _attested(facts, pairs[0], department, of="candidate"))
    told = (_attested(facts, pair, department, of="subject") for pair in pairs)
    return [own, *map(Attested, subjects, told)]


def known_candidates(registry: Registry, given: GivenRound) -> set[str]:
    """The application numbers in a round's tables.

    Raises:
        BadInput: every problem of the table.
    """
    schema = round_schemas(given.pack.policy, given.config.service)["candidates"]
    with round_folder(registry.depot, given.inputs) as folder:
        table = read_some_tables(folder, {"candidates": schema})["candidates"]
    return set(table["candidate"])


def _attested(facts: Facts, pair: int, department: str, *, of: str) -> tuple[Shown, ...]:
    person = facts.frame.row(pair, named=True)
    return tuple(
        shown_fact(facts.policy, name, person)
        for name, fact in facts.policy.facts.items()
        if name in person and fact.of == of and fact.attested_by.zh == department
    )
