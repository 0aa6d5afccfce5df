"""What a round has decided, stage by stage, before anything binds or publishes it."""

from __future__ import annotations

from dataclasses import dataclass

from allocation.priority import Draw, Priority
from scenarios.call_in import Called
from scenarios.config import RoundConfig
from scenarios.markets import Ground
from scenarios.placement import Placement
from scoring.candidates import Standings
from scoring.eligibility import Eligibility
from scoring.facts import Facts
from scoring.pack import Pack
from scoring.ranking import Ranking
from scoring.score import Scores


@dataclass(frozen=True, eq=False)
class Scored:
    """Everybody's facts, points and standing, before anybody is compared with anybody."""

    facts: Facts
    eligibility: Eligibility
    scores: Scores
    standings: Standings


@dataclass(frozen=True, eq=False)
class Decision:
    """A decided round without its record: every stage's result.

    `ground` is what the allocation stages share: the ranking and priority with the tables by row.
    """

    pack: Pack
    config: RoundConfig
    facts: Facts
    eligibility: Eligibility
    scores: Scores
    standings: Standings
    called: Called | None
    ranking: Ranking
    priority: Priority
    ground: Ground
    placement: Placement

    @property
    def draw(self) -> Draw | None:
        """The draw of the round: of those ranked, or of all from whom the ranking was called in."""
        return self.priority.draw or (None if self.called is None else self.called.draw)
