"""What a ranked person would have liked better and was not given, and why, across the stages of a round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.arrays import Int32, Int64
from allocation.outcome import Allocation
from allocation.why_not import Outcome as Answer
from allocation.why_not import why_not
from publication.letter import NotGiven, WishTotal
from publication.reasons import Entry
from scenarios.markets import area_titles, areas_of, tier_and_class, wish_totals
from scenarios.open_offers import NOT_ACCEPTED
from scenarios.placement import OUTCOMES, StageResult
from scenarios.round import Round
from scenarios.seat_groups import ceilings_left
from scenarios.tables import wishes_of_lists
from scoring.allocation_rule import Stage
from scoring.conditions import plain
from scoring.constructs import Title
from scoring.policy import Policy, Service, named_people
from values.points import to_text, to_units

FILING_TIME = Title(zh="申请时间（分钟）", en="filing time (minutes)")


@dataclass(frozen=True, eq=False)
class PlacesNotGiven:
    """The seats and wishes of a decided round that came to nothing, person by person."""

    decided: Round

    def of(self, place: int) -> tuple[NotGiven, ...]:
        """For a row of the ranking; each with the reason of the first stage that says so."""
        if self._gone[place]:
            return ()  # whoever came after a refusal says nothing about the one who refused
        return tuple(self._not_given(place))

    def _not_given(self, place: int) -> Iterator[NotGiven]:
        held, told = self._held_wish(place), dict[tuple[int, int, str], NotGiven]()
        reasons = [
            (
                result.stage,
                str(entry["offer"]),
                self._went_second(result, place)
                or self._ceiling(entry, result.stage, place)
                or self._readable(self._with_totals(entry, result.stage, place), result.stage),
            )
            for answer, result in self._answers
            for entry in _reasons(answer, result, place)
        ]
        for stage, name, entry in (*reasons, *self._not_for(place)):
            wish = self._wishes(place, stage.list).get(name)
            key = (self._lists.index(stage.list), wish or 0, name)
            if held is None or (wish is not None and key < held):
                told.setdefault(key, NotGiven(self._name(name, stage), wish, entry, stage.list))
        yield from (told[key] for key in sorted(told, key=lambda key: key[:2]))
        yield from self._kept_out(place)
        if self.decided.placement.offer[place] < 0 and self._was_redistributed(place):
            yield NotGiven(self._name(self._scope_of(place)), None, {"reason": self._unplaced})

    def _went_second(self, result: StageResult, place: int) -> Entry | None:
        """That a seat of the own scope was given up, and is the second ranking's."""
        if not self._rule.allocation.refusal.refill_from or result.stage.is_second:
            return None
        went = self._went[self.decided.ground.person_scope[place]]
        return {"reason": "went_second"} if went else None

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

    def _held_wish(self, place: int) -> tuple[int, int, str] | None:
        """The list, number and offer of the wish that came true; None if none did."""
        placement = self.decided.placement
        offer, stage = int(placement.offer[place]), self._stages[int(placement.decided[place])]
        name = self._offer_ids[offer] if offer >= 0 else ""
        wish = self._wishes(place, stage.list).get(name) if stage.wishes is not None else None
        return None if wish is None else (self._lists.index(stage.list), wish, name)

    def _not_for(self, place: int) -> Iterator[tuple[Stage, str, Entry]]:
        """The wishes of a person that stages for other people read; for placing nearby the own scope."""
        ground, placement = self.decided.ground, self.decided.placement
        last = int(placement.decided[place]) + (int(placement.offer[place]) < 0)
        for stage in self._stages[:last]:
            name = stage.participants
            if name is None or ground.members[name][place]:
                continue
            entry = {"reason": "only_for", "title": self._title_of(name)}
            if stage.wishes is not None:
                yield from ((stage, offer, entry) for offer in self._wishes(place, stage.list))
            else:
                yield stage, self._scope_of(place), entry

    def _ceiling(self, entry: Entry, stage: Stage, place: int) -> Entry | None:
        """That an offer has as many people of a person's group as it may have; None if it has fewer."""
        if not stage.ceilings or entry["reason"] in ("ineligible", "no_seats", "passed_on", "freed_later"):
            return None
        ground, placement = self.decided.ground, self.decided.placement
        holds = np.where(self._gone, -1, placement.offer).astype(np.int32)
        left = ceilings_left(stage, ground.offers, ground.members, holds)
        offer = self._offer_ids.index(str(entry["offer"]))
        reached = (
            ceiling.title
            for ceiling, free in zip(stage.ceilings, left[offer], strict=True)
            if ground.members[ceiling.id][place] and not free
        )
        title = next(reached, None)
        return None if title is None else {"reason": "ceiling_reached", "title": title}

    def totals_there(self, place: int) -> Iterator[WishTotal]:
        """A ranked person's total at every wish, where totals differ from offer to offer."""
        scale = self._policy.scale
        for listed, offer, wish in self._filed_of(place):
            total = self._totals.get((self._people[place], listed, offer))
            if total is not None:
                yield WishTotal(self._name(offer), wish, listed or None, to_text(total, scale))

    def _with_totals(self, entry: Entry, stage: Stage, place: int) -> Entry:
        """A reason with both totals, if these differ from offer to offer and the last admitted had more."""
        own = self._totals.get((self._people[place], stage.list or "", str(entry["offer"])))
        if own is None:
            return entry
        if "pools" in entry:
            offer = {"offer": entry["offer"]}
            return {
                **entry,
                "pools": [self._with_totals(pool | offer, stage, place) for pool in entry["pools"]],
            }
        if entry["reason"] != "below_cutoff" or "by" not in entry:
            return entry
        scale = self._policy.scale
        last = own + to_units(str(entry["by"]), scale)
        told = {name: value for name, value in entry.items() if name != "by"}
        figures = {"own": to_text(own, scale), "last": to_text(last, scale)}
        return {**told, "reason": "below_cutoff_there", **figures}

    def _title_of(self, group: str) -> Title:
        groups = (*named_people(self._rule), *self._rule.ranking.classes)
        return next(each.title for each in groups if each.id == group)

    def _wishes(self, place: int, name: str | None) -> Mapping[str, int]:
        """The number of every wish a ranked person filed on a list, by offer."""
        return {offer: rank for listed, offer, rank in self._filed_of(place) if listed == (name or "")}

    def _filed_of(self, place: int) -> list[tuple[str, str, int]]:
        """A ranked person's wishes: list, offer, number."""
        return self._filed[int(self._wish_start[place]) : int(self._wish_start[place + 1])]

    def _was_redistributed(self, place: int) -> bool:
        results = self.decided.placement.results
        nearby = (result for result in results if result.stage.mechanism == "redistribution")
        return any(_local(result, place) is not None for result in nearby)

    @property
    def _unplaced(self) -> str:
        """Why redistribution had no place for somebody."""
        open_to_all = self.decided.ground.fits is None and not self.decided.ground.accepts
        return "no_place_left" if open_to_all else "nothing_fits"

    def _name(self, offer: str, stage: Stage | None = None) -> Title:
        """The name of a market's offer: a school or flat, a scope whose quota is given, or what is left."""
        if stage is not None and stage.is_second:
            return area_titles(self.decided.ground)[offer]
        known = self._offer_name_of.get(offer)
        if known:
            return Title(zh=known, en=known)
        return self._policy.scope_title(self.decided.config.service, offer)

    def _scope_of(self, place: int) -> str:
        ground = self.decided.ground
        return str(ground.scopes[int(ground.person_scope[place])])

    def _readable(self, entry: Entry, stage: Stage) -> Entry:
        """A reason in the policy's words: classes, types and keys by their titles, no needless zeros."""
        shown = dict(entry)
        if entry["reason"] == "lower_tier":
            return self._lower(entry, stage)
        if entry.get("rule") == "requires":
            return self._closed(str(entry["category"]))
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

    def _lower(self, entry: Entry, stage: Stage) -> Entry:
        """That the last admitted comes first by the stage's tiers, or by class."""
        numbers = np.array([entry["tier"], entry["last_admitted_tier"]], dtype=np.int32)
        tiers, classes = tier_and_class(self.decided.ground, stage, numbers)
        if tiers[0] != tiers[1] and stage.choices_first is None:
            return {"reason": "outside_catchment"}
        if tiers[0] != tiers[1]:
            return {"reason": "later_choice", "tier": int(tiers[0]), "last_admitted_tier": int(tiers[1])}
        if len(self._rule.ranking.classes) == 1:
            return {"reason": "behind_class", "title": self._rule.ranking.classes[0].title}
        return {"reason": "lower_tier", "tier": int(classes[0]), "last_admitted_tier": int(classes[1])}

    def _closed(self, why: str) -> Entry:
        """That an offer is of a type that the person may not have, or accepts others only."""
        if why.startswith(NOT_ACCEPTED):
            return {"reason": "not_accepted", "title": self._title_of(why.removeprefix(NOT_ACCEPTED))}
        fits = self.decided.ground.fits
        assert fits is not None
        return {"reason": "unfit", "title": fits.types[why]}

    def _of_pool(self, entry: Entry, stage: Stage) -> Entry:
        """The reason at one pool, with the pool's title."""
        titles: dict[str | None, Title] = {None if p.rest else p.id: p.title for p in stage.pools or ()}
        return {**self._readable(entry, stage), "category": titles.get(entry["category"])}

    @property
    def _policy(self) -> Policy:
        return self.decided.pack.policy

    @property
    def _rule(self) -> Service:
        return self._policy.services[self.decided.config.service]

    @cached_property
    def _gone(self) -> NDArray[np.bool_]:
        """(n,) who made room for others."""
        gave_up = np.asarray(self.decided.placement.outcome) == OUTCOMES.index("gave_up")
        gone: NDArray[np.bool_] = gave_up & self.decided.ground.refills
        return gone

    @cached_property
    def _went(self) -> NDArray[np.bool_]:
        """(scopes,) whether seats of the scope's own quota are left by its first ranking."""
        first, ground = self.decided.placement.results[0], self.decided.ground
        held = np.bincount(ground.person_scope[first.assigned >= 0], minlength=len(ground.scopes))
        return held < first.market.capacity

    @cached_property
    def _offer_ids(self) -> list[str]:
        return self.decided.ground.offers["offer"].to_list()

    @cached_property
    def _offer_name_of(self) -> dict[str, str]:
        return dict(self.decided.ground.offers.select("offer", "name").rows())

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
                found.append((Answer.of(result.market, allocation, self._given_up(result)), result))
        return found

    def _given_up(self, result: StageResult) -> Int32 | None:
        """(people of the stage,) the seat each gave up, as the stage numbers them; None if nobody did."""
        if not self._gone.any():
            return None
        ground, stage = self.decided.ground, result.stage
        had = self.decided.placement.offer
        if stage.is_second:
            had = areas_of(ground, stage)[1][ground.person_scope]
        elif stage.seats == "quotas":
            had = ground.person_scope
        given_up: Int32 = np.where(self._gone, had, -1).astype(np.int32)[result.rows]
        return given_up

    @property
    def _stages(self) -> tuple[Stage, ...]:
        return self._rule.allocation.stages

    @cached_property
    def _lists(self) -> list[str | None]:
        """The lists of wishes as the stages read them."""
        return list(dict.fromkeys(stage.list for stage in self._stages))

    @cached_property
    def _filed(self) -> list[tuple[str, str, int]]:
        return self._ranked_wishes.select("list", "offer", "rank").rows()

    @cached_property
    def _people(self) -> tuple[str, ...]:
        return self.decided.ground.people

    @cached_property
    def _totals(self) -> dict[tuple[str, str, str], int]:
        """By person, list and offer the total there; nothing where it is the same everywhere."""
        ground = self.decided.ground
        rows = wish_totals(ground).rows() if ground.marked else ()
        return {(who, listed, offer): total for who, listed, offer, total in rows}

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
        filed = wishes_of_lists(ground.tables.preferences)
        return filed.join(people, on="candidate").sort("place", "list", "rank")


def _reasons(answer: Answer, result: StageResult, place: int) -> Iterator[Entry]:
    """Why one ranked person did not get what a stage could have given."""
    local = _local(result, place)
    if local is None:
        return
    (entries,) = why_not(answer, [local]).values()
    for entry in entries:
        yield {name: value for name, value in entry.items() if name != "waiting"}


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
