"""The decision letters of a round: prepared once for everyone, by column, so that one takes milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.arrays import Int64
from allocation.distance import metres
from allocation.outcome import Allocation
from allocation.standing import keys_of
from allocation.why_not import Outcome as Answer
from allocation.why_not import why_not
from publication.explanation import NotCalled, Outcome, Trace
from publication.letter import Letter, Nearer, NotGiven, Rules
from publication.notice import Notice, NoticeSection
from publication.reasons import Entry
from residence.spells import Role
from scenarios.markets import area_titles, areas_of, fitting
from scenarios.measured import rows_by_role, trace_of
from scenarios.notices import notice_of
from scenarios.own_spells import OwnSpells, own_spells
from scenarios.placement import StageResult
from scenarios.residence_facts import Residence, residence_of, trace_residence
from scenarios.results import tickets_as_text
from scenarios.round import Round
from scenarios.row_traces import OwnRows, trace_rows
from scenarios.tables import measures, residence_measures
from scoring.conditions import plain
from scoring.constructs import Title
from scoring.explain import Explanation
from scoring.person import explain_pair
from scoring.policy import Policy, Service, Stage
from values.problems import bad_input

FILING_TIME = Title(zh="申请时间（分钟）", en="filing time (minutes)")


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
        return NotCalled(
            self._section_of[scope].heading, title, by, place, self._called.get(scope, 0), rule.cite
        )

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
            ticket=self._tickets[place] if self._tied[place] else None,
            metres=ways.get(offer),
            not_given=tuple(self._not_given(place)),
            nearer=tuple(self._nearer(place, ways)),
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

    def _not_given(self, place: int) -> Iterator[NotGiven]:
        """The seats and wishes that came to nothing, each with the reason of the first stage that says so."""
        outcome, offer = self._outcomes[place], int(self.decided.placement.offer[place])
        if outcome == "gave_up" and self._rules.refill:
            return  # whoever came after a refusal says nothing about the one who refused
        wishes = self._wishes(place)
        held = wishes.get(self._offer_ids[offer]) if offer >= 0 else None
        told: dict[str, NotGiven] = {}
        for answer, result in self._answers:
            for entry in _reasons(answer, result, place):
                name = str(entry["offer"])
                wish = wishes.get(name)
                if held is None or (wish is not None and wish < held):
                    told.setdefault(
                        name,
                        NotGiven(self._name(name, result.stage), wish, self._readable(entry, result.stage)),
                    )
        yield from sorted(told.values(), key=lambda item: item.wish or 0)
        yield from self._kept_out(place)
        if offer < 0 and self._was_redistributed(place):
            yield NotGiven(self._sections[place].heading, None, {"reason": self._unplaced})

    def _kept_out(self, place: int) -> Iterator[NotGiven]:
        """That as many of the own scope as a second ranking takes stand ahead."""
        ground, placement = self.decided.ground, self.decided.placement
        result = placement.results[int(placement.decided[place])]
        limit = result.stage.at_most
        if limit is not None and _local(result, place) is None:
            scope = int(ground.person_scope[place])
            names, area = areas_of(ground, result.stage)
            name = self._name(names[area[scope]], result.stage)
            most = limit.of(int(ground.quotas["seats"][scope]))
            yield NotGiven(name, None, {"reason": "list_limit", "most": most})

    def _wishes(self, place: int) -> Mapping[str, int]:
        """The number of every wish a ranked person filed, by offer."""
        rows = slice(int(self._wish_start[place]), int(self._wish_start[place + 1]))
        return dict(self._filed[rows])

    def _was_redistributed(self, place: int) -> bool:
        last = self.decided.placement.results[-1]
        return last.stage.mechanism == "redistribution" and _local(last, place) is not None

    @property
    def _unplaced(self) -> str:
        """Why redistribution had no place for somebody."""
        return "no_place_left" if self.decided.ground.fits is None else "nothing_fits"

    def _name(self, offer: str, stage: Stage) -> Title:
        """The name of a market's offer: a school or flat, a scope whose quota is given, or what is left."""
        if stage.is_second:
            return area_titles(self.decided.ground)[offer]
        known = self._offer_name_of.get(offer)
        return Title(zh=known, en=known) if known else self._section_of[offer].heading

    def _readable(self, entry: Entry, stage: Stage) -> Entry:
        """A reason in the policy's words: classes, types and keys by their titles, no needless zeros."""
        shown = dict(entry)
        classes = self._rule.ranking.classes
        if entry["reason"] == "lower_tier" and stage.tiers == "catchment":
            return {"reason": "outside_catchment"}
        if entry["reason"] == "lower_tier" and len(classes) == 1:
            return {"reason": "behind_class", "title": classes[0].title}
        fits = self.decided.ground.fits
        if entry.get("rule") == "requires" and fits is not None:
            return {"reason": "unfit", "title": fits.types[str(entry["category"])]}
        if entry["reason"] == "no_seats" and stage != self._rule.allocation.stages[0]:
            return {"reason": "nothing_left"}
        if "pools" in entry:
            return {"reason": "pool_full", "pools": [self._of_pool(pool, stage) for pool in shown["pools"]]}
        if "key" in entry:
            shown["key"] = _key_title(self._policy, str(entry["key"]))
        for figure in ("by", "minimum"):
            if isinstance(entry.get(figure), str):
                shown[figure] = plain(Decimal(entry[figure]))
        return shown

    def _of_pool(self, entry: Entry, stage: Stage) -> Entry:
        """The reason at one pool, with the pool's title."""
        titles: dict[str | None, Title] = {None if p.rest else p.id: p.title for p in stage.pools or ()}
        return {**self._readable(entry, stage), "category": titles.get(entry["category"])}

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
        fit = fitting(self.decided.ground, np.full(others.size, place, dtype=np.int32), others)
        fits = dict(zip(ways, fit.tolist(), strict=True))
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
    def _offer_ids(self) -> list[str]:
        return self.decided.ground.offers["offer"].to_list()

    @cached_property
    def _offer_names(self) -> list[str]:
        return self.decided.ground.offers["name"].to_list()

    @cached_property
    def _offer_name_of(self) -> dict[str, str]:
        return dict(zip(self._offer_ids, self._offer_names, strict=True))

    @cached_property
    def _held(self) -> Int64:
        """(m,) how many hold a seat of each offer, seats given up and not passed on included."""
        placement = self.decided.placement
        holds = placement.offer >= 0
        if self._rules.refill:
            holds &= np.asarray(self._outcomes) != "gave_up"
        held: Int64 = np.bincount(placement.offer[holds], minlength=len(self._offer_ids))
        return held

    @cached_property
    def _answers(self) -> list[tuple[Answer, StageResult]]:
        """The stages that admit by rank or wish, as answers that reasons can be read from."""
        ties = self.decided.priority.ties
        found = []
        for result in self.decided.placement.results:
            if result.stage.mechanism != "redistribution":
                got = result.assigned[result.rows]
                allocation = Allocation(
                    result.stage.mechanism, ties, got, result.pool, frozenset(), bands=result.bands
                )
                found.append((Answer.of(result.market, allocation), result))
        return found

    @cached_property
    def _filed(self) -> list[tuple[str, int]]:
        return self._ranked_wishes.select("offer", "rank").rows()

    @cached_property
    def _wish_start(self) -> Int64:
        places = np.arange(len(self.decided.ground.people) + 1)
        return np.searchsorted(self._ranked_wishes["place"].to_numpy(), places)

    @cached_property
    def _ranked_wishes(self) -> pl.DataFrame:
        ground = self.decided.ground
        people = pl.DataFrame({"candidate": pl.Series(ground.people, dtype=pl.String)}).with_row_index(
            "place"
        )
        return ground.tables.preferences.join(people, on="candidate").sort("place", "rank")

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


def _reasons(answer: Answer, result: StageResult, place: int) -> Iterator[Entry]:
    """Why one ranked person did not get what a stage could have given.

    Where the last admitted stands behind the person, the seat became free only after the person was placed.
    """
    local = _local(result, place)
    if local is None:
        return
    market, (entries,) = answer.market, why_not(answer, [local]).values()
    wishes = range(int(market.wish_start[local]), int(market.wish_start[local + 1]))
    wish_of = {market.offers[market.wish_offer[wish]]: wish for wish in wishes}
    for entry in entries:
        offer = str(entry["offer"])
        if entry["reason"] != "ineligible" and _came_later(answer, wish_of[offer]):
            yield {"offer": offer, "reason": "passed_on"}
        else:
            yield {name: value for name, value in entry.items() if name != "waiting"}


def _came_later(answer: Answer, wish: int) -> bool:
    """Whether the last admitted of the wish's offer stands behind the one who wished: after a refill.

    Members of a pool may stand behind somebody turned away, too; but no place in a pool is refilled.
    """
    if answer.market.pools is not None:
        return False
    lines, offer = answer.cutoffs, answer.market.wish_offer[wish]
    last = int(lines.last[lines.start[offer]])
    if last < 0 or answer.allocation.ties == "exclude_all":
        return False
    own, admitted = keys_of(answer.market, answer.allocation.ties, np.array([wish, last]))
    return bool(own < admitted)


def _local(result: StageResult, place: int) -> int | None:
    """The row of a ranked person in a stage's market; None if they took no part in it."""
    local = int(np.searchsorted(result.rows, place))
    return local if local < result.rows.size and result.rows[local] == place else None


def _key_title(policy: Policy, key: str) -> Title:
    """The name of a tie-break."""
    if key in policy.groups:
        return policy.groups[key].title
    if key in policy.indicators:
        return policy.indicators[key].title
    fact = policy.facts.get(key) or policy.derived.get(key)
    return FILING_TIME if fact is None else fact.title
