"""Market documents from plain markets and back; the smallest document that is right."""

from __future__ import annotations

from typing import Any

import polars as pl

from tests.strategies_market import Plain


def plain_of(document: dict[str, Any]) -> Plain:
    """A document whose offers rank people by strict lists, as a plain market."""
    people = tuple(row["id"] for row in document["applicants"])
    return Plain(
        people=people,
        offers=tuple(row["id"] for row in document["offers"]),
        capacity={row["id"]: row["capacity"] for row in document["offers"]},
        wishes={row["id"]: tuple(row["preferences"]) for row in document["applicants"]},
        standing={
            row["id"]: {name: at for at, name in enumerate(row["priority"])} for row in document["offers"]
        },
        lots=people,
    )


def document_of(plain: Plain, **rules: object) -> dict[str, Any]:
    """A plain market as a document with priority lists (inner lists are ties) or one common list."""
    offers: list[dict[str, Any]] = [{"id": o, "capacity": plain.capacity[o]} for o in plain.offers]
    for row in offers:
        if not plain.one_ranking:
            row["priority"] = priority_list(plain, row["id"])
        if row["id"] in plain.pools:
            row["pools"] = [
                {"category": x.category, "seats": x.seats, "fallback": "open" if x.open else "none"}
                for x in plain.pools[row["id"]]
            ]
        row |= rules_of(plain, row["id"])
    applicants: list[dict[str, Any]] = [
        {
            "id": a,
            "preferences": list(plain.wishes[a]),
            "categories": sorted(plain.categories.get(a, ())),
            "accepts_redistribution": a in plain.accepts,
            "guaranteed": a in plain.guaranteed,
            "consents": a in plain.consents,
        }
        for a in plain.people
    ]
    document: dict[str, Any] = {
        "format": "market/1",
        "mechanism": {"name": "deferred_acceptance"},
        "applicants": applicants,
        "offers": offers,
    }
    if plain.regions:
        document["regions"] = [
            {"id": name, "cap": cap, "order": list(order)} for name, (cap, order) in plain.regions.items()
        ]
    if plain.one_ranking:
        document["common_priority"] = priority_list(plain, plain.offers[0]) if plain.offers else []
    if plain.costs is not None:
        document["costs"] = [
            {"applicant": a, "offer": o, "cost": cost} for (a, o), cost in plain.costs.items()
        ]
    return document | rules


def rules_of(plain: Plain, offer: str) -> dict[str, Any]:
    """Ceilings, reserves, minimum seats and region of an offer, where it has any."""
    rules: dict[str, Any] = {
        "ceilings": plain.ceilings.get(offer),
        "horizontal_reserves": plain.reserves.get(offer),
        "min_seats": plain.minimum.get(offer),
        "target": plain.targets.get(offer),
        "region": next((name for name, (_, order) in plain.regions.items() if offer in order), None),
    }
    return {name: value for name, value in rules.items() if value is not None}


def priority_list(plain: Plain, offer: str) -> list[str | list[str]]:
    """An offer's order as a document writes it."""
    groups: dict[int, list[str]] = {}
    for person, place in plain.standing[offer].items():
        groups.setdefault(place, []).append(person)
    return [group[0] if len(group) == 1 else group for _, group in sorted(groups.items())]


def small_market(**changes: Any) -> dict[str, Any]:
    """Two people by points, two offers with one place each; `changes` replace top-level keys."""
    return {
        "format": "market/1",
        "mechanism": {"name": "deferred_acceptance"},
        "applicants": [
            {"id": "a1", "preferences": ["s1", "s2"], "points": "87.50", "tie_keys": [36]},
            {"id": "a2", "preferences": ["s1"], "points": "85", "tie_keys": [40]},
        ],
        "offers": [{"id": "s1", "capacity": 1}, {"id": "s2", "capacity": 1}],
    } | changes


def frames_of(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:
    """The same document as a folder: what is no table, and the tables."""
    rest = {key: value for key, value in document.items() if key not in ("applicants", "offers", "costs")}
    people, offers = document["applicants"], document["offers"]
    wishes = [
        {"applicant": row["id"], "rank": rank, "offer": offer}
        for row in people
        for rank, offer in enumerate(row.get("preferences", ()), start=1)
    ]
    own = {(a, o["id"]): points for o in offers for a, points in o.get("points", {}).items()}
    tiers = {(a["id"], o): tier for a in people for o, tier in a.get("tier", {}).items()}
    for wish in wishes:
        pair = (wish["applicant"], wish["offer"])
        wish |= {"tier": tiers.get(pair), "points": _text(own.get(pair))}
    pools = [
        {"offer": row["id"], "position": at} | pool
        for row in offers
        for at, pool in enumerate(row.get("pools", ()))
    ]
    tables = {
        "applicants": _table(people, APPLICANTS),
        "offers": _table(offers, OFFERS),
        "preferences": _table(wishes, PREFERENCES),
    }
    if pools:
        tables["pools"] = _table(pools, POOLS)
    if "costs" in document:
        tables["costs"] = _table(document["costs"], COSTS)
    return rest, tables


APPLICANTS: dict[str, Any] = {
    "id": pl.String,
    "points": pl.String,
    "tie_keys": pl.List(pl.String),
    "categories": pl.List(pl.String),
    "household_size": pl.Int64,
    "location": pl.List(pl.String),
    "accepts_redistribution": pl.Boolean,
    "guaranteed": pl.Boolean,
    "consents": pl.Boolean,
}
OFFERS: dict[str, Any] = {
    "id": pl.String,
    "capacity": pl.Int64,
    "priority": pl.List(pl.String),
    "requires": pl.List(pl.String),
    "household_size": pl.List(pl.Int64),
    "minimum_points": pl.String,
    "location": pl.List(pl.String),
    "ceilings": pl.Struct({"near": pl.Int64, "sibling": pl.Int64}),
    "horizontal_reserves": pl.Struct({"near": pl.Int64, "sibling": pl.Int64}),
    "min_seats": pl.Int64,
    "region": pl.String,
    "target": pl.Int64,
}
PREFERENCES: dict[str, Any] = {
    "applicant": pl.String,
    "rank": pl.Int32,
    "offer": pl.String,
    "tier": pl.Int64,
    "points": pl.String,
}
POOLS: dict[str, Any] = {
    "offer": pl.String,
    "position": pl.Int64,
    "category": pl.String,
    "seats": pl.Int64,
    "fallback": pl.String,
}
COSTS: dict[str, Any] = {"applicant": pl.String, "offer": pl.String, "cost": pl.Int64}


def _table(rows: list[dict[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
    shown = [{name: _cell(row.get(name), schema[name]) for name in schema} for row in rows]
    return pl.DataFrame(shown, schema=schema)


def _cell(value: Any, kind: Any) -> Any:
    if isinstance(value, list) and kind == pl.List(pl.String):
        return [_text(item) for item in value]
    return _text(value) if kind == pl.String else value


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
