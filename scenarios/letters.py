"""The decision letters of a round: prepared once for everyone, by column, so that one takes milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.arrays import Int64
from allocation.distance import metres
from publication.explanation import Drawn, NotCalled, Outcome
from publication.letter import Letter, Nearer, Rules
from publication.notice import Notice, NoticeSection
from publication.trace_text import Trace
from residence.spells import Role
from scenarios.measured import rows_by_role, trace_of
from scenarios.not_given import PlacesNotGiven
from scenarios.notices import notice_of
from scenarios.open_offers import closed
from scenarios.own_spells import OwnSpells, own_spells
from scenarios.residence_facts import Residence, residence_of, trace_residence
from scenarios.results import tickets_as_text
from scenarios.round import Round
from scenarios.row_traces import OwnRows, trace_rows
from scenarios.tables import measures, residence_measures
from scoring.explain import Explanation
from scoring.person import explain_pair
from scoring.policy import Policy, Service
from values.problems import bad_input


@dataclass(frozen=True, eq=False)
class Letters:
    """Every letter of a decided round, written on demand.

    `digest` is that of the record the letters cite: the round's own, or the published one that the round
    was run again from.
    """

    decided: Round
    digest: str

    @property
    def candidates(self) -> pl.Series:
        """Everybody who applied, ranked or not, by id."""
        return self.decided.facts.candidates

    def scope_of(self, candidate: str) -> str:
        """The ranking a candidate is in, or would be in.

        Raises:
            BadInput: `facts.nobody_of_that_name`.
        """
        return self._scope_of[self._row(candidate)]

    def letter(self, candidate: str) -> Letter:
        """One candidate's letter.

        Raises:
            BadInput: `facts.nobody_of_that_name`.
            Refused: `facts.explanation_differs`, a defect of the program.
        """
        row = self._row(candidate)
        decided, counts = self.decided, int(self.decided.standings.pair[row])
        explanation = explain_pair(decided.pack, decided.facts, decided.scores, counts)
        blank = Letter(
            notice=self._notice,
            documents=self._policy.documents,
            rules=self._rules,
            name=self._names[row] or "",
            explanation=explanation,
            others=tuple(self._others(row, counts)),
            months=tuple(self._months(explanation, counts)),
        )
        place = int(self._place[row])
        if place >= 0:
            return self._ranked(blank, place)
        return replace(blank, not_called=self._not_called(candidate))

    def _not_called(self, candidate: str) -> NotCalled | None:
        """How far somebody was from being called in; None if that is not why they are not ranked."""
        rule, found = self._rule.ranking.call_in, self._waited.get(candidate)
        if rule is None or found is None:
            return None
        scope, by, place = found
        title = (self._policy.facts.get(rule.by) or self._policy.derived[rule.by]).title
        heading, called = self._section_of[scope].heading, self._called.get(scope, 0)
        _, ticket = self._by_lot.get(candidate, (by, None))
        return NotCalled(heading, title, by, place, called, rule.cite, ticket)

    def _drawn(self, candidate: str) -> Drawn | None:
        """By which ticket somebody was called in, of those with the last date; None if no lot decided."""
        rule, lot = self._rule.ranking.call_in, self._by_lot.get(candidate)
        if rule is None or lot is None:
            return None
        title = (self._policy.facts.get(rule.by) or self._policy.derived[rule.by]).title
        return Drawn(title, *lot, rule.cite)

    def _row(self, candidate: str) -> int:
        row = self._rows.get(candidate)
        if row is None:
            raise bad_input("facts.nobody_of_that_name", id=candidate)
        return row

    def _ranked(self, blank: Letter, place: int) -> Letter:
        """The letter of somebody who was ranked; `place` is the row of the ranking."""
        offer, section = int(self.decided.placement.offer[place]), self._sections[place]
        ways = self._ways(place)
        return replace(
            blank,
            outcome=self._outcome(place, section),
            filled=section.full,
            ticket=self._tickets[place] if self._tied[place] or self.decided.ground.marked else None,
            metres=ways.get(offer),
            not_given=() if self._rule.numbers is not None else self._not_given.of(place),
            nearer=tuple(self._nearer(place, ways)),
            there=tuple(self._not_given.totals_there(place)),
            drawn=self._drawn(self.decided.ground.people[place]),
        )

    def _outcome(self, place: int, section: NoticeSection) -> Outcome:
        ground, placement = self.decided.ground, self.decided.placement
        offer = int(placement.offer[place])
        decided = placement.results[int(placement.decided[place])].stage
        return Outcome(
            outcome=self._outcomes[place],  # type: ignore[arg-type]
            scope=section.heading,
            ranked=section.ranked,
            seats=section.seats,
            rank=int(ground.ranking.rank[place]),
            position=int(ground.priority.position[place]),
            last_admitted=section.cut_off,
            offer=self._offer_names[offer] if offer >= 0 else "",
            stage=decided.name,
            waiting=int(placement.waiting[place]) or None,
            second=decided.is_second and self._outcomes[place] != "waiting",
            number=None if self._rule.numbers is None else self._rule.numbers.gives,
        )

    def _others(self, row: int, counts: int) -> Iterator[Explanation]:
        facts = self.decided.facts
        first, end = np.searchsorted(facts.candidate_row, [row, row + 1])
        for pair in range(int(first), int(end)):
            if pair != counts:
                yield explain_pair(self.decided.pack, facts, self.decided.scores, pair)

    def _months(self, explanation: Explanation, pair: int) -> Iterator[Trace]:
        facts = self.decided.facts
        subject, person = int(facts.subject_row[pair]), facts.frame.row(pair, named=True)
        for name, roles in self._spells.items():
            spells = {role: known.of(subject) for role, known in roles.items()}
            trace = trace_of(self._policy, self._policy.derived[name], person, name, spells)
            if trace is not None:
                yield trace
        own_rows = self._own_rows.of(explanation.subject, explanation.candidate)
        yield from trace_rows(self._policy, facts.service, own_rows, person, facts.as_of)
        names = residence_measures(self._policy, facts.service)
        residence = self._residence
        own = self._histories.get(facts.subjects[subject]) if names else None
        if own is not None and residence is not None:
            yield from trace_residence(self._policy, names, person, own, residence, facts.as_of)

    def _ways(self, place: int) -> dict[int, int]:
        """The metres from home to every offer of the own scope, if the service places by distance."""
        ground = self.decided.ground
        if not any(stage.cost == "distance" for stage in self._rule.allocation.stages):
            return {}
        offers = np.flatnonzero(ground.offer_scope == ground.person_scope[place])
        home = [ground.candidates[name][place : place + 1].to_numpy() for name in ("longitude", "latitude")]
        sites = [ground.offers[name].to_numpy()[offers] for name in ("longitude", "latitude")]
        return dict(zip(offers.tolist(), metres(*home, *sites).tolist(), strict=True))

    def _nearer(self, place: int, ways: Mapping[int, int]) -> Iterator[Nearer]:
        """The places that lie nearer than the one that distance decided on."""
        placement = self.decided.placement
        offer, stage = int(placement.offer[place]), placement.results[int(placement.decided[place])].stage
        if offer < 0 or stage.cost != "distance":
            return
        seats, others = self.decided.ground.offers["seats"], np.array([*ways], dtype=np.int32)
        why = closed(self.decided.ground, np.full(others.size, place, dtype=np.int32), others)
        fits = dict(zip(ways, (why < 0).tolist(), strict=True))
        for other, way in sorted(ways.items(), key=lambda item: (item[1], item[0])):
            if way < ways[offer] and fits[other]:
                yield Nearer(
                    self._offer_names[other], way, seats[other], int(seats[other] - self._held[other])
                )

    @property
    def _policy(self) -> Policy:
        return self.decided.pack.policy

    @property
    def _rule(self) -> Service:
        return self._policy.services[self.decided.config.service]

    @cached_property
    def _rows(self) -> dict[str, int]:
        """The row of every candidate."""
        return {candidate: row for row, candidate in enumerate(self.candidates)}

    @cached_property
    def _scope_of(self) -> list[str]:
        """(n_candidates,) the ranking of everybody, by the pair that counts."""
        facts = self._rule.ranking.scope
        if not facts:
            return ["all"] * self.candidates.len()
        rows = self.decided.facts.frame.select(facts)[self.decided.standings.pair]
        return rows.select(pl.concat_str(pl.all().cast(pl.String), separator="/")).to_series().to_list()

    @cached_property
    def _rules(self) -> Rules:
        rule = self._rule
        nearby = next((stage for stage in rule.allocation.stages if stage.cost == "distance"), None)
        placement = None if nearby is None else nearby.cite or rule.allocation.cite
        refusal = rule.allocation.refusal
        in_turn = nearby is not None and nearby.then == "in_order"
        return Rules(rule.candidate.cite, placement, refusal.cite, refusal.refill, in_turn)

    @cached_property
    def _whole_notice(self) -> Notice:
        return notice_of(self.decided)

    @cached_property
    def _notice(self) -> Notice:
        return replace(self._whole_notice, sections=(), record_digest=self.digest)

    @cached_property
    def _section_of(self) -> dict[str, NoticeSection]:
        return {section.scope: section for section in self._whole_notice.sections}

    @cached_property
    def _sections(self) -> list[NoticeSection]:
        """(n,) the section of everyone ranked."""
        ground = self.decided.ground
        by_scope = [self._section_of[scope] for scope in ground.scopes]
        return [by_scope[scope] for scope in ground.person_scope]

    @cached_property
    def _names(self) -> pl.Series:
        filed = self.decided.ground.tables.candidates.sort("candidate")
        nobody = pl.Series("name", [None] * filed.height, dtype=pl.String)
        return filed["name"].cast(pl.String) if "name" in filed.columns else nobody

    @cached_property
    def _place(self) -> Int64:
        """(n_candidates,) the row of the ranking, -1 for those not ranked."""
        places = np.full(self.candidates.len(), -1, dtype=np.int64)
        ranked = self.decided.ranking.candidate
        places[ranked] = np.arange(ranked.size)
        return places

    @cached_property
    def _waited(self) -> dict[str, tuple[str, date, int]]:
        """Scope, date and place of everybody eligible who was not called in."""
        called = self.decided.called
        if called is None:
            return {}
        out = called.table.filter(~pl.col("called"), "eligible")
        return {row[0]: row[1:] for row in out.select("candidate", "scope", "by", "place").iter_rows()}

    @cached_property
    def _by_lot(self) -> dict[str, tuple[date, str]]:
        """Date and ticket of everybody whom the draw of the call-in called in, or did not."""
        return {} if self.decided.called is None else self.decided.called.by_lot()

    @cached_property
    def _called(self) -> dict[str, int]:
        """How many were called in of each scope."""
        called = self.decided.called
        inside = None if called is None else called.table.filter("called")["scope"].value_counts()
        return {} if inside is None else dict(inside.iter_rows())

    @cached_property
    def _outcomes(self) -> list[str]:
        return self.decided.placement.outcome_names()

    @cached_property
    def _tickets(self) -> pl.Series:
        return tickets_as_text(self.decided.ground)

    @cached_property
    def _tied(self) -> NDArray[np.bool_]:
        """(n,) whether somebody of the same scope shares the rank."""
        ranking = self.decided.ranking
        same = (np.diff(ranking.scope) == 0) & (np.diff(ranking.group) == 0)
        tied: NDArray[np.bool_] = np.append(same, False) | np.append([False], same)
        return tied

    @cached_property
    def _offer_names(self) -> list[str]:
        return self.decided.ground.offers["name"].to_list()

    @cached_property
    def _held(self) -> Int64:
        """(m,) how many hold a seat of each offer, seats given up and not passed on included."""
        placement = self.decided.placement
        holds = placement.offer >= 0
        if self._rules.refill:
            holds &= np.asarray(self._outcomes) != "gave_up"
        held: Int64 = np.bincount(placement.offer[holds], minlength=len(self._offer_names))
        return held

    @cached_property
    def _not_given(self) -> PlacesNotGiven:
        return PlacesNotGiven(self.decided)

    @cached_property
    def _residence(self) -> Residence | None:
        return residence_of(self.decided.config, self.decided.ground.tables)

    @cached_property
    def _histories(self) -> dict[str, pl.DataFrame]:
        """Every subject's own rows of the histories."""
        told = self.decided.ground.tables.histories
        parts = {} if told is None else told.partition_by("subject", as_dict=True)
        return {str(subject): rows for (subject,), rows in parts.items()}

    @cached_property
    def _own_rows(self) -> OwnRows:
        return OwnRows(self._policy, self.decided.ground.tables.ledgers)

    @cached_property
    def _spells(self) -> dict[str, dict[Role, OwnSpells]]:
        """The spells of every measure that is counted from ledgers, by what they are to it."""
        facts, tables = self.decided.facts, self.decided.ground.tables
        found: dict[str, dict[Role, OwnSpells]] = {}
        for name in measures(self._policy, facts.service):
            rule = self._policy.derived[name]
            if set(rule.ledgers) <= tables.ledgers.keys():
                roles = rows_by_role(rule, tables.ledgers)
                found[name] = {role: own_spells(rows, facts.subjects) for role, rows in roles}
        return found
