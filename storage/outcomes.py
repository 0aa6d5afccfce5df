"""What came of one candidate, read from a published bundle."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from publication.explanation import Came, NotCalled, Outcome
from scoring.policy import Policy
from storage.bundles import is_bundle, read_record, told_as_damaged
from storage.importers import read_bytes


def read_outcome(bundle: Path, policy: Policy, candidate: str) -> Came | None:
    """What came of an eligible candidate; None if the folder is no bundle or the candidate is not eligible.

    Raises:
        BadInput: `storage.*` if a table of the bundle cannot be read.
    """
    if not is_bundle(bundle):
        return None
    record = read_record(bundle)
    with told_as_damaged(bundle):
        ranked = _outcome(bundle, record, policy, candidate)
        return _not_called(bundle, record, policy, candidate) if ranked is None else ranked


def _outcome(bundle: Path, record: dict[str, Any], policy: Policy, candidate: str) -> Outcome | None:
    ranking, outcomes = _table(bundle, "ranking"), _table(bundle, "outcomes")
    own = ranking.filter(pl.col("candidate") == candidate)
    if own.is_empty():
        return None
    got = outcomes.row(by_predicate=pl.col("candidate") == candidate, named=True)
    place = own.row(0, named=True)
    inside = ranking.filter(pl.col("scope") == place["scope"])
    return Outcome(
        outcome=got["outcome"],
        scope=policy.scope_title(record["round"]["service"], place["scope"]),
        ranked=inside.height,
        seats=_seats(bundle, place["scope"]),
        rank=int(place["rank"]),
        position=int(place["position"]),
        last_admitted=_last_admitted(bundle, inside, outcomes, place["scope"]),
        offer=_offer_name(bundle, got["offer"]),
        stage=got["stage"],
        waiting=None if got["waiting"] is None else int(got["waiting"]),
        second=got["outcome"] != "waiting" and _is_second(record, got["stage"]),
        there=got.get("total"),
    )


def _is_second(record: dict[str, Any], name: str) -> bool:
    """Whether a stage is a second ranking for what the quotas left."""
    (stage,) = (stage for stage in record["stages"] if stage["name"] == name)
    return stage["seats"] == "quotas" and bool(stage["area"])


def _not_called(bundle: Path, record: dict[str, Any], policy: Policy, candidate: str) -> NotCalled | None:
    service = record["round"]["service"]
    rule = policy.services[service].ranking.call_in
    if rule is None:
        return None
    listed = _table(bundle, "call_in")
    own = listed.filter(pl.col("candidate") == candidate)
    if own.is_empty() or own["called"][0] == "true":  # called in, and failed a later check
        return None
    found = own.row(0, named=True)
    called = listed.filter((pl.col("scope") == found["scope"]) & (pl.col("called") == "true")).height
    by = (policy.facts.get(rule.by) or policy.derived[rule.by]).title
    scope, day = policy.scope_title(service, found["scope"]), date.fromisoformat(found["by"])
    same_day = listed.filter((pl.col("scope") == found["scope"]) & (pl.col("by") == found["by"]))
    ticket = found.get("ticket") if "true" in same_day["called"] else None
    return NotCalled(scope, by, day, int(found["place"]), called, rule.cite, ticket)


def _table(bundle: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(read_bytes(bundle / f"{name}.csv"), infer_schema=False)


def _seats(bundle: Path, scope: str) -> int:
    return int(_table(bundle, "quotas").row(by_predicate=pl.col("scope") == scope, named=True)["seats"])


def _offer_name(bundle: Path, offer: str | None) -> str:
    if offer is None:
        return ""
    return str(_table(bundle, "offers").row(by_predicate=pl.col("offer") == offer, named=True)["name"])


def _last_admitted(bundle: Path, inside: pl.DataFrame, outcomes: pl.DataFrame, scope: str) -> str | None:
    """The total of the last admitted of the scope, if all its seats were given by one total of everybody."""
    admitted = inside.join(outcomes.filter(pl.col("outcome") != "waiting"), on="candidate")
    has_one = "total" in inside.columns and "total" not in outcomes.columns
    if not has_one or admitted.is_empty() or admitted.height < _seats(bundle, scope):
        return None
    last = admitted.sort(pl.col("position").cast(pl.Int64)).row(-1, named=True)
    return str(last["total"])
