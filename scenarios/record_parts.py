"""What a round's record is made of: tables, inputs and the objects that describe the decision."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial
from importlib.metadata import version

import polars as pl

from allocation.priority import Draw
from publication.record import Rendering, RoundTables, render_input, render_result
from publication.shelf import Shelf
from publication.tables import Table
from scenarios.call_in import Called, own_draw
from scenarios.config import RoundConfig
from scenarios.decision import Decision, Scored
from scenarios.placement import StageResult
from scenarios.residence_facts import residence_of
from scenarios.results import (
    call_in_table,
    costs_table,
    cutoffs_table,
    excluded_table,
    facts_table,
    offers_table,
    outcomes_table,
    preferences_table,
    priorities_table,
    quotas_table,
    ranking_table,
    score_table,
)
from scenarios.seat_tables import pools_table, reserves_table
from scenarios.tables import Applications, gives_offers, round_schemas, rule_files, takes_wishes
from scoring.allocation_rule import Fits
from scoring.candidates import Standings
from scoring.conditions import plain
from scoring.facts import Facts
from scoring.pack import Pack
from scoring.policy import Policy
from scoring.ranking import Key
from scoring.score import Scores
from scoring.totals import line_sets
from values.aside import Aside
from values.canonical import canonical_json
from values.points import to_text
from values.tables import TableSchema

POLICY_FILE = "policy.yaml"
LIBRARIES = ("numpy", "polars", "ortools", "numba")


@dataclass(frozen=True)
class Begun:
    """What of a record is being rendered already: score sheets, facts and inputs."""

    tables: Mapping[str, Rendering]
    inputs: Mapping[str, Rendering]


def begin_record(
    scored: Scored, pack: Pack, config: RoundConfig, tables: Applications, *, shelf: Shelf, aside: Aside
) -> Begun:
    """Render aside all that is known once everybody is scored: most of what a record holds."""
    sheets = _sheets(scored.facts, scored.scores, scored.standings)
    given = _inputs(pack, config, tables)
    return Begun(
        {name: aside(partial(render_result, name, table, shelf)) for name, table in sheets.items()},
        {name: aside(partial(render_input, name, value, shelf)) for name, value in given.items()},
    )


def record_parts(made: Decision, begun: Begun | None = None) -> RoundTables:
    """Everything the record binds."""
    pack, config, ground, placement = made.pack, made.config, made.ground, made.placement
    policy, service, called = pack.policy, config.service, made.called
    facts, standings = made.facts, made.standings
    tables = {
        "ranking.csv": ranking_table(ground),
        "outcomes.csv": outcomes_table(ground, placement),
        "cutoffs.csv": cutoffs_table(ground, placement),
        "quotas.csv": quotas_table(ground),
        "offers.csv": offers_table(ground) if gives_offers(policy, service) else None,
        "excluded.csv": excluded_table(facts, standings, called),
        "call_in.csv": None if called is None else call_in_table(called),
        **(begun.tables if begun else _sheets(facts, made.scores, standings)),
        "preferences.csv": preferences_table(ground) if takes_wishes(policy, service) else None,
        "priorities.csv": priorities_table(ground, placement),
        "costs.csv": costs_table(ground, placement),
        "pools.csv": pools_table(ground, placement),
        "reserves.csv": reserves_table(ground, placement),
    }
    return RoundTables(
        tables={name: table for name, table in tables.items() if table is not None},
        inputs=begun.inputs if begun else _inputs(pack, config, ground.tables),
        policy=policy.canonical(),
        round=_round(config),
        description=_policy(policy, service),
        engine=engine(),
        draw=None if made.draw is None else _draw(made.draw, called),
        ranking=_ranking(policy, service, ground.ranking.keys),
        score=_score(policy, service),
        stages=tuple(_stage(result, ground.fits) for result in placement.results),
        refusal=_refusal(policy, service),
    )


@cache
def engine() -> dict[str, str]:
    """The versions that made a record."""
    libraries = {name: version(name) for name in LIBRARIES}
    return {"jifen": version("jifen"), "python": platform.python_version(), **libraries}


def _sheets(facts: Facts, scores: Scores, standings: Standings) -> dict[str, Table]:
    return {"score_lines.csv": score_table(facts, scores, standings), "facts.csv": facts_table(facts)}


def _inputs(pack: Pack, config: RoundConfig, given: Applications) -> dict[str, Table | bytes]:
    schemas = round_schemas(pack.policy, config.service)
    tables: dict[str, Table | bytes] = {
        name: _as_given(schemas[name], frame) for name, frame in given.tables().items() if name in schemas
    }
    settings = canonical_json(config.deciding(pack.policy.departures).canonical()) + b"\n"
    layers = pack.resolution.layers
    texts = {layer_file(layer.id, layer.version): layer.text.encode("utf-8") for layer in layers}
    texts |= {POLICY_FILE: pack.text.encode("utf-8"), "round.json": settings}
    return {**tables, **texts, **_rule_texts(config, given)}


def layer_file(pack: str, version: date) -> str:
    """The name under which an upper layer lies beside the pack in a bundle."""
    return f"{pack.replace('/', '.')}.{version}.yaml"


def _rule_texts(config: RoundConfig, tables: Applications) -> dict[str, Table | bytes]:
    """The rules of residence as they were read, and what they come to."""
    residence = residence_of(config, tables)
    if residence is None:
        return {}
    named = rule_files(residence.texts)
    return {
        **{name: text.encode("utf-8") for name, text in named.items()},
        "residence.json": residence.document(),
    }


def _as_given(schema: TableSchema, frame: pl.DataFrame) -> Table:
    """An input with the columns it has, in the schema's order; columns that are all empty are left out."""
    kept = tuple(
        column
        for column in schema.columns
        if column.name in frame.columns
        and (column.required or frame[column.name].null_count() < frame.height)
    )
    names = {column.name for column in kept}
    unique = tuple(name for name in schema.unique if name in names)
    narrowed = TableSchema(schema.name, kept, unique, schema.may_be_empty)
    return Table(narrowed, frame.select(column.name for column in kept))


def _round(config: RoundConfig) -> dict[str, object]:
    return {
        "id": config.id,
        "title": config.title.model_dump(),
        "service": config.service,
        "as_of": config.as_of.isoformat(),
        "illustrative": None if config.illustrative is None else config.illustrative.model_dump(),
        "corrects": config.corrects,
    }


def _policy(policy: Policy, service: str) -> dict[str, object]:
    documents = [
        {"key": key, "number": document.number, "title": document.title.model_dump()}
        for key, document in policy.documents.items()
    ]
    status = policy.status_of(service)
    departures = {} if policy.departures is None else {"departures": policy.canonical()["departures"]}
    return {
        "id": policy.id,
        "service": service,
        "status": status,
        "digest": policy.digest,
        "documents": documents,
        **departures,
    }


def _draw(draw: Draw, called: Called | None) -> dict[str, object]:
    own = None if called is None or called.draw is None else own_draw(draw)
    sources = [
        {"name": source.name, "value_hex": source.value.hex(), "entropy_bits": source.entropy_bits}
        for source in draw.sources
    ]
    return {
        "id": draw.id,
        "method": "uniform",
        "roster_hash": draw.roster_hash.hex(),
        "sources": sources,
        "entropy_bits": draw.entropy_bits,
        "seed": draw.seed.hex(),
        **({} if own is None else {"call_in": {"id": own.id, "seed": own.seed.hex()}}),
    }


def _ranking(policy: Policy, service: str, keys: tuple[Key, ...]) -> dict[str, object]:
    rule = policy.services[service].ranking
    shown = [
        {
            "name": key.name,
            "type": key.type,
            "better": key.better,
            "lines": None if key.lines is None else list(key.lines),
            **({"multiplied": True} if key.multiplied else {}),
        }
        for key in keys
    ]
    call = rule.call_in
    call_in: dict[str, object] | None = None
    if call is not None:
        before = {} if call.before is None else {"before": list(call.before)}
        call_in = {"per_seat": plain(call.per_seat), "by": call.by, "ties": call.ties, **before}
    return {"scope": list(rule.scope), "call_in": call_in, "keys": shown, "ties": list(rule.ties)}


def _score(policy: Policy, service: str) -> dict[str, object]:
    rule = policy.services[service]
    lines = [
        {
            "id": name,
            "kind": line.kind,
            "group": line.group,
            "cap": _plain(line.points.cap),
            **({} if line.at is None else {"at": line.at.column}),
        }
        for name, line in policy.indicators_of(service).items()
    ]
    groups = [
        {"id": name, "cap": _plain(group.cap), "floor": _plain(group.floor)}
        for name, group in policy.groups.items()
    ]
    return {
        "lines": lines,
        "groups": groups,
        "limits": _limits(policy, service),
        "total": _total(policy, service),
        "multiplier": None if rule.multiplier is None else plain(rule.multiplier.factor),
        "gate": None if rule.gate is None else {"points": plain(rule.gate.points), "of": rule.gate.of},
        "takes": rule.candidate.takes,
    }


def _limits(policy: Policy, service: str) -> list[dict[str, object]]:
    """Limits over several lines: of sets in the policy's order, then of kinds."""
    known = {one.key: one for one in line_sets(policy, service)}
    keys = [f"limit:{limit.id}" for limit in policy.limits]
    keys += sorted(key for key in known if key.startswith("kind:"))
    return [
        {
            "id": one.key,
            "lines": sorted(one.lines),
            "cap": _amount(policy, one.cap),
            "floor": _amount(policy, one.floor),
        }
        for one in (known[key] for key in keys if key in known)
    ]


def _amount(policy: Policy, units: int | None) -> str | None:
    return None if units is None else to_text(units, policy.scale)


def _total(policy: Policy, service: str) -> dict[str, object] | None:
    rule = policy.services[service].total
    if rule is None:
        return None
    how, shown = rule.round, None
    if how is not None:
        shown = {"to": policy.scale if how.to is None else how.to, "mode": how.mode}
    return {"cap": _plain(rule.cap), "floor": _plain(rule.floor), "round": shown}


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _stage(result: StageResult, fits: Fits | None) -> dict[str, object]:
    stage = result.stage
    return {
        "name": stage.name,
        "mechanism": stage.mechanism,
        "seats": stage.seats,
        "wishes": stage.wishes,
        "tiers": None,
        "area": list(stage.area) if isinstance(stage.area, tuple) else stage.area,
        "fits": None if fits is None or stage.seats == "quotas" else fits.fact,
        "laws": result.laws.document(),
        **stage.model_dump(
            mode="json",
            by_alias=True,
            exclude_none=True,
            include={"only", "list", "tiers", "ceilings", "bands", "bands_for", "pools", "then", "at_most"},
        ),
    }


def _refusal(policy: Policy, service: str) -> dict[str, object]:
    rule = policy.services[service].allocation.refusal
    start = {} if rule.refill_from is None else {"refill_from": rule.refill_from}
    return {"gives_up": rule.gives_up, "refill": rule.refill, **start}
