"""THE MAIN PATH: one round of one service, from facts to record.

facts -> eligibility -> scores -> (call-in) -> ranking -> priority -> allocation -> record
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.priority import Draw, DrawPlan, Lots, Priority, prioritise
from publication.record import Record, make_record
from publication.shelf import MemoryShelf, Shelf
from scenarios.call_in import Called, call_in
from scenarios.config import RoundConfig, check_config
from scenarios.decision import Decision, Scored
from scenarios.links import check_links
from scenarios.marked_wishes import with_open_marks
from scenarios.markets import Ground
from scenarios.measured import measured
from scenarios.placement import place
from scenarios.record_parts import begin_record, record_parts
from scenarios.residence_facts import residence_of, with_residence
from scenarios.tables import Applications
from scoring.candidates import Standings, qualify
from scoring.eligibility import assess
from scoring.facts import Facts, assemble
from scoring.overlay import OverlaidPack
from scoring.pack import Pack
from scoring.ranking import Ranking, rank
from scoring.score import Scores, score
from values.aside import Aside, at_once
from values.problems import BadInput, Problem, refused
from values.progress import Progress, no_progress


@dataclass(frozen=True, eq=False)
class Round(Decision):
    """A decided round with the record that binds its stages. Only this can be published."""

    record: Record


def run_round(
    pack: Pack,
    config: RoundConfig,
    tables: Applications,
    *,
    shelf: Shelf | None = None,
    aside: Aside = at_once,
    progress: Progress = no_progress,
) -> Round:
    """Decide one round. Pure: the same arguments give the same bytes, in whatever order rows come.

    The record's files go to `shelf` (without one they stay in memory). What is known before the ranking
    is rendered `aside`, while the ranking is made and places are given out.

    Raises:
        BadInput: the tables do not fit each other or the policy; nobody is eligible.
        Refused: a tie is refused, a law is violated, a solver did not prove its answer; the policy was
            changed for a what-if (`what_if.policy_changed`).
    """
    if isinstance(pack, OverlaidPack):
        raise refused("what_if.policy_changed", policy=pack.policy.id)
    shelf = MemoryShelf() if shelf is None else shelf
    check_config(config, pack, drawn=False)
    scored = _score(pack, config, tables, progress=progress)
    begun = begin_record(scored, pack, config, tables, shelf=shelf, aside=aside)
    made = _place(pack, config, tables, scored, progress=progress)
    return Round(**vars(made), record=make_record(record_parts(made, begun), progress, shelf))


def decide(
    pack: Pack,
    config: RoundConfig,
    tables: Applications,
    *,
    draw: Draw | Lots | None = None,
    progress: Progress = no_progress,
) -> Decision:
    """Everything `run_round` does but the record.

    `draw` is a draw that has been held already, or the lots of a worked example, in place of the draw that
    the settings plan.

    Raises:
        BadInput, Refused: as `run_round`.
    """
    check_config(config, pack, drawn=draw is not None)
    scored = _score(pack, config, tables, progress=progress)
    return _place(pack, config, tables, scored, draw=draw, progress=progress)


def _score(pack: Pack, config: RoundConfig, tables: Applications, *, progress: Progress) -> Scored:
    """From the tables to everybody's standing: nobody is compared with anybody yet."""
    policy, service = pack.policy, config.service
    check_links(policy, service, tables)

    progress("score", 0, 1)
    handed = with_residence(
        policy, service, tables.applicants, tables.histories, residence_of(config, tables), config.as_of
    )
    given = handed, tables.candidates, tables.ledgers
    applicants, candidates = measured(policy, service, *given, as_of=config.as_of)
    facts = assemble(policy, service, applicants, candidates, as_of=config.as_of)
    facts = with_open_marks(facts, tables.preferences)
    eligibility = assess(facts)
    scores = score(facts)
    standings = qualify(facts, eligibility, scores)
    progress("score", 1, 1)
    return Scored(facts, eligibility, scores, standings)


def _place(
    pack: Pack,
    config: RoundConfig,
    tables: Applications,
    scored: Scored,
    *,
    draw: Draw | Lots | None = None,
    progress: Progress,
) -> Decision:
    """From everybody's standing to everybody's place."""
    facts, standings = scored.facts, scored.standings
    planned = draw or (None if config.draw is None else config.draw.plan())
    called = call_in(facts, standings, tables.quotas, planned)
    ranking = _ranking(facts, scored.scores, standings, called, tables)
    held = None if called is None else called.draw
    priority = _prioritise(facts, ranking, held or planned)
    pair = standings.pair[ranking.candidate]
    marked = {column.name: column.to_numpy()[pair] for column in scored.scores.marked}
    ground = Ground(facts, ranking, priority, tables, pair, marked)
    rule = pack.policy.services[config.service].allocation
    placement = place(ground, rule, progress=progress)
    return Decision(
        pack=pack,
        config=config,
        **vars(scored),
        called=called,
        ranking=ranking,
        priority=priority,
        ground=ground,
        placement=placement,
    )


def _filing_minutes(facts: Facts, tables: Applications) -> NDArray[np.int64] | None:
    """Filing times in the order of `facts.candidates`, if the policy's ties are settled by them first."""
    if "application_time" not in facts.policy.services[facts.service].ranking.ties:
        return None
    filed_at = tables.candidates.sort("candidate").select(pl.col("filed_at").dt.epoch("s") // 60)
    return filed_at["filed_at"].to_numpy()


def _ranking(
    facts: Facts, scores: Scores, standings: Standings, called: Called | None, tables: Applications
) -> Ranking:
    filed_at, mask = _filing_minutes(facts, tables), None if called is None else called.mask
    return _somebody(rank(facts, scores, standings, filed_at=filed_at, called=mask), standings)


def _somebody(ranking: Ranking, standings: Standings) -> Ranking:
    if ranking.candidate.size:
        return ranking
    counts = standings.reasons["code"].value_counts().sort("count", "code", descending=[True, False])
    shown = ", ".join(f"{code} × {count}" for code, count in counts.head(5).rows())
    raise BadInput([Problem.of("round.nobody_eligible", people=standings.pair.size, reasons=shown)])


def _prioritise(facts: Facts, ranking: Ranking, draw: DrawPlan | Draw | Lots | None) -> Priority:
    ties = facts.policy.services[facts.service].ranking.ties[-1]
    assert ties != "application_time"  # refused by the load checks
    return prioritise(
        tuple(facts.candidates.gather(ranking.candidate)),
        ranking.scope,
        ranking.group,
        strata=ranking.scopes,
        ties=ties,
        draw=draw,
    )
