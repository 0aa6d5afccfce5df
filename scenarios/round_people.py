"""A worked round as it is put to the engine: everybody complete, and where each thing stands in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from scenarios.case_forms import ExpectedRound, Given, RoundModel
from scenarios.case_tables import Sources
from values.problems import Place
from values.yaml_marks import Document, Path


@dataclass(frozen=True)
class Entrant:
    """One person of a round: who applies with which facts, the wishes from the best on (those of `lists` by
    the names that stages give them), by column the offers where they are marked, and a refusal."""

    given: Given
    wishes: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...]]
    refuses: bool
    sources: Sources
    at: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)

    def marked(self, column: str, offer: str) -> bool | None:
        """Whether the wishes for an offer are marked in a column; None if that is not told."""
        offers = self.at.get(column)
        return None if offers is None else offer in offers

    @property
    def sheets(self) -> dict[str | None, tuple[str, ...]]:
        """All wishes by the name of their list."""
        sheets: dict[str | None, tuple[str, ...]] = {None: self.wishes}
        sheets.update(self.lists)
        return sheets


@dataclass(frozen=True)
class WorkedRound:
    """One worked round: `given` holds for all its people unless they say otherwise, `model` is the form."""

    service: str
    as_of: date
    given: Given
    people: Mapping[str, Entrant]
    model: RoundModel
    document: Document = field(repr=False)
    path: Path

    @property
    def name(self) -> str:
        """What the round is called."""
        return self.model.round

    @property
    def expect(self) -> ExpectedRound:
        """What the text gives."""
        return self.model.expect

    def place(self, *key: str | int) -> Place:
        """Where something of the round stands, or the nearest part of the file that has it."""
        return self.document.place((*self.path, *key))
