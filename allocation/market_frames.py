"""A market from tables: `market.json` without its rows, and the frames of a folder. For a million people.

Reading the files is the caller's work. Points are integers in units of 10^-`points_scale` or decimal text;
everything else is as in the JSON document, one row a row:

* `applicants`: `id`; optionally `points`, `tie_keys` (list), `categories` (list), `household_size`,
  `location` (list of two), `accepts_redistribution`, `guaranteed`, `consents`.
* `preferences`: `applicant`, `rank` (1, 2, …), `offer`, in any order of rows; optionally `tier`, `points`.
* `offers`: `id`, `capacity`; optionally `priority` (list of ids), `requires` (list), `household_size` (list
  of two), `minimum_points`, `location`, `ceilings` and `horizontal_reserves` (structs of seats by category),
  `min_seats`, `region`, `target`.
* `pools`: `offer`, `position`, `category` (null: everybody), `seats`, `fallback` (`open` or `none`).
* `costs`: `applicant`, `offer`, `cost`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from allocation.arrays import Int8, Int64
from allocation.assemble import market_of_columns
from allocation.columns import COMMON, LIST, NO_MINIMUM, POINTS, Columns
from allocation.frame_offers import Offers, list_places, offer_rules, pool_rows, read_offers, read_pools
from allocation.frame_pairs import Wishes, check_sizes, read_costs, read_wishes, with_bystanders
from allocation.frame_people import People, read_people
from allocation.frame_reading import FrameReading, written_decimals
from allocation.market_json import TOP_LATER, read_scale
from allocation.market_rules import (
    RANKS_PEOPLE,
    MarketCase,
    read_format,
    read_key_names,
    read_mechanism,
    read_ties,
    rule_problems,
)
from allocation.offer_rules import limit_rows, minimum_seats, read_regions, region_rows
from allocation.outcome import Mechanism
from allocation.reading import Reading, read_places
from allocation.redistribution_round import Redistribution
from allocation.top_trading_cycles import TopTradingCycles

TOP = frozenset({"format", "mechanism", "common_priority", "points_scale", "ties", "case", "regions"})
NEEDED = ("applicants", "preferences", "offers")
TABLES = (*NEEDED, "pools", "costs")


def read_frames(document: object, frames: Mapping[str, pl.DataFrame], *, file: str = "") -> MarketCase:
    """The market, mechanism and ties of a folder: the parsed `market.json` and its tables by name.

    Raises:
        BadInput: every problem of the document (by path) and of the tables (by row and column).
    """
    reading = Reading(file)
    table = reading.table(document, "$")
    reading.keys(table, "$", TOP, TOP_LATER)
    read_format(reading, table)
    for name in frames:
        if name not in TABLES:
            reading.wrong("market.unknown_table", "$", table=name)
    for name in NEEDED:
        if name not in frames:
            reading.wrong("market.missing_table", "$", table=name)
    reading.check()
    return _read(reading, table, frames)


def _read(reading: Reading, table: dict[str, object], frames: Mapping[str, pl.DataFrame]) -> MarketCase:
    scale = read_scale(reading, table) if "points_scale" in table else _written_scale(frames)
    tables = {name: FrameReading(name, frame, reading.problems) for name, frame in frames.items()}
    people, offers = read_people(tables["applicants"], scale), read_offers(tables["offers"], scale)
    reading.check()  # the other tables name these rows
    mechanism = None
    if "mechanism" in table:
        mechanism = read_mechanism(reading, table["mechanism"], offers.ids)
    else:
        reading.wrong("market.missing", "$.mechanism", key="mechanism")
    ties = read_ties(reading, table.get("ties"), people.ids)
    wishes = read_wishes(tables["preferences"], people, offers, scale)
    columns = _columns(reading, table, tables, people, offers, wishes, mechanism)
    reading.problems += rule_problems(mechanism, ties, columns, reading.file)
    reading.check()
    assert mechanism is not None
    return MarketCase(market_of_columns(columns, ties), mechanism, ties.policy, columns, ties)


def _written_scale(frames: Mapping[str, pl.DataFrame]) -> int:
    """Without a declared scale: whole points if any column has integers, else the decimals written."""
    columns = (("applicants", "points"), ("preferences", "points"), ("offers", "minimum_points"))
    series = [frames[table][name] for table, name in columns if name in frames[table].columns]
    texts = [column for column in series if column.dtype == pl.String]
    if any(column.dtype.is_integer() for column in series):
        return 0
    return max((written_decimals(column) for column in texts), default=0)


def _columns(
    reading: Reading,
    table: dict[str, object],
    tables: Mapping[str, FrameReading],
    people: People,
    offers: Offers,
    wishes: Wishes,
    mechanism: Mechanism | None,
) -> Columns:
    common = None
    if table.get("common_priority") is not None:
        rows = {name: row for row, name in enumerate(people.ids)}
        common = read_places(reading, table["common_priority"], "$.common_priority", rows)
    source = np.where(offers.listed, LIST, POINTS if common is None else COMMON).astype(np.int8)
    ranks_people = mechanism is not None and mechanism.name in RANKS_PEOPLE
    rules = offer_rules(reading, offers)
    regions = read_regions(reading, table.get("regions"), rules)
    anywhere = isinstance(mechanism, Redistribution | TopTradingCycles)
    check_sizes(wishes, people, offers, anywhere=anywhere)
    _check_sources(reading, people, offers, wishes, source, ranks_people)
    pools = read_pools(tables.get("pools"), offers)
    named = set(offers.requires["category"]) | (pools[1] if pools else set())
    memberships = people.memberships(named.union(*(rule.categories for rule in rules)))
    lists = list_places(offers, people)
    if isinstance(mechanism, TopTradingCycles):
        wishes = with_bystanders(reading, wishes, source, lists, people)
    names = read_key_names(reading, table.get("ties"), len(people.keys))
    return Columns(
        applicants=people.ids,
        offers=offers.ids,
        capacity=offers.capacity,
        wish_person=wishes.person,
        wish_offer=wishes.offer,
        source=source,
        places=_places(wishes, lists) if offers.listed.any() else None,
        common=common,
        points=people.points if people.points is not None and people.points.known.any() else None,
        wish_points=wishes.points,
        tier=wishes.tiers(source, people, offers),
        keys=people.named_keys(names),
        memberships=memberships,
        rules=offers.rules(people, memberships),
        pools=None if pools is None else pool_rows(pools[0], memberships),
        pairs=read_costs(tables.get("costs"), people, offers, mechanism.max_cost)
        if isinstance(mechanism, Redistribution)
        else None,
        ceilings=limit_rows([rule.ceilings for rule in rules], memberships.names),
        reserves=limit_rows([rule.reserves for rule in rules], memberships.names),
        regions=region_rows(rules, regions),
        minimum=minimum_seats(rules),
        consents=people.consents,
        listed=wishes.row >= 0,
    )


def _places(wishes: Wishes, listed: pl.DataFrame) -> Int64:
    """(w,) the person's place on the offer's list, -1 for not on it or without a list."""
    wanted = pl.DataFrame({"offer": wishes.offer.astype(np.int64), "person": wishes.person.astype(np.int64)})
    listed = listed.unique(["offer", "person"], keep="first", maintain_order=True)
    found = wanted.join(listed, on=["offer", "person"], how="left", maintain_order="left")
    return found["place"].fill_null(-1).to_numpy()


def _check_sources(
    reading: Reading, people: People, offers: Offers, wishes: Wishes, source: Int8, ranks_people: bool
) -> None:
    """One source per offer, and no points that nothing would read."""
    common = bool((source == COMMON).any())
    own = np.zeros(source.size, bool)
    if wishes.points is not None:
        own[wishes.offer[wishes.points.known]] = True
    for row in np.flatnonzero((offers.listed & (own | common)) | (own & common)):
        given = [("priority", offers.listed[row]), ("points", own[row]), ("common_priority", common)]
        sources = ", ".join(name for name, is_given in given if is_given)
        offers.table.wrong("market.two_sources", "id", int(row), offer=offers.ids[row], sources=sources)
    needed = (offers.minimum > NO_MINIMUM).any() or (ranks_people and not common)
    if not needed and source.size and (source != POINTS).all():
        given_by = "common_priority" if common else "priority"
        if people.points is not None and people.points.known.any():
            people.table.wrong("market.would_be_ignored", "points", field="points", source=given_by)
        if wishes.table.has("tier") and wishes.table.frame["tier"].is_not_null().any():
            wishes.table.wrong("market.would_be_ignored", "tier", field="tier", source=given_by)
