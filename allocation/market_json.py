"""The `market/1` JSON document: read, checked with every error listed, turned into a market."""

from __future__ import annotations

from allocation.assemble import market_of_columns
from allocation.columns import Columns
from allocation.market_json_columns import Rows, columns_of, count_keys
from allocation.market_json_rows import (
    check_known,
    check_sizes,
    read_offers,
    read_people,
)
from allocation.market_rules import (
    RANKS_PEOPLE,
    MarketCase,
    read_format,
    read_key_names,
    read_mechanism,
    read_ties,
    rule_problems,
)
from allocation.offer_rules import Region, read_regions
from allocation.outcome import Mechanism
from allocation.reading import Reading
from allocation.redistribution_round import Redistribution
from allocation.top_trading_cycles import TopTradingCycles
from values.points import MAX_SCALE

TOP = frozenset(
    {
        "format",
        "mechanism",
        "applicants",
        "offers",
        "common_priority",
        "costs",
        "points_scale",
        "ties",
        "case",
        "regions",
    }
)
TOP_LATER = frozenset({"couples"})


def read_market(document: object, *, file: str = "") -> MarketCase:
    """The market, mechanism and ties of a parsed document. Numbers with a fraction must not be floats yet.

    Raises:
        BadInput: every problem of the document, each with its path; things of the format that cannot be
            honoured yet as `market.not_available`, by name.
    """
    reading = Reading(file)
    table = reading.table(document, "$")
    reading.keys(table, "$", TOP, TOP_LATER)
    read_format(reading, table)
    scale = read_scale(reading, table)
    people = read_people(reading, table.get("applicants"), scale)
    offers = read_offers(reading, table.get("offers"), scale)
    for key in ("mechanism", "applicants", "offers"):
        if key not in table:
            reading.wrong("market.missing", f"$.{key}", key=key)
    check_known(reading, people, offers)
    mechanism = None
    if "mechanism" in table:
        mechanism = read_mechanism(reading, table["mechanism"], [offer.id for offer in offers])
    anywhere = isinstance(mechanism, Redistribution | TopTradingCycles)
    check_sizes(reading, people, offers, anywhere=anywhere)
    ties = read_ties(reading, table.get("ties"), [person.id for person in people])
    regions = read_regions(reading, table.get("regions"), [offer.rules for offer in offers])
    columns = _columns(reading, table, Rows.of(reading, people, offers), regions, mechanism)
    reading.problems += rule_problems(mechanism, ties, columns, reading.file)
    reading.check()
    assert mechanism is not None
    return MarketCase(market_of_columns(columns, ties), mechanism, ties.policy, columns, ties)


def _columns(
    reading: Reading,
    table: dict[str, object],
    rows: Rows,
    regions: list[Region],
    mechanism: Mechanism | None,
) -> Columns:
    return columns_of(
        rows,
        common_priority=table.get("common_priority"),
        costs=table.get("costs"),
        scale=read_scale(reading, table) if "points_scale" in table else None,
        key_names=read_key_names(reading, table.get("ties"), count_keys(rows)),
        ranks_people=mechanism is not None and mechanism.name in RANKS_PEOPLE,
        has_costs=isinstance(mechanism, Redistribution),
        max_cost=mechanism.max_cost if isinstance(mechanism, Redistribution) else None,
        regions=regions,
        pairs_of_everybody=isinstance(mechanism, TopTradingCycles)
        and (rows.rank_differently or any(person.tier for person in rows.people)),
    )


def read_scale(reading: Reading, table: dict[str, object]) -> int:
    """`points_scale`, or the largest scale there is."""
    if "points_scale" not in table:
        return MAX_SCALE
    scale = reading.whole(table["points_scale"], "$.points_scale", 0)
    if scale is not None and scale > MAX_SCALE:
        reading.wrong("market.too_large", "$.points_scale", value=scale)
    return MAX_SCALE if scale is None else min(scale, MAX_SCALE)
