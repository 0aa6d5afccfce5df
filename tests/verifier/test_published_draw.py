"""The verifier computes the published draw vectors, and no other roster passes for theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from verifier.verify_bundle import Bundle, Fault

VECTORS = Path(__file__).parents[1] / "golden" / "lottery-vectors" / "03_hmac_ticket.json"


@pytest.fixture
def drawn(tmp_path: Path) -> Bundle:
    """A bundle whose ranking and draw are the vector's."""
    case = json.loads(VECTORS.read_text("utf-8"))["case"]
    tickets = {row["app_id"]: row["ticket"] for row in case["order"]}
    sources: list[dict[str, Any]] = [source | {"entropy_bits": 100} for source in case["sources"]]
    bundle = Bundle(tmp_path)
    bundle.form = "audit"
    draw = {
        "id": case["draw_id"],
        "method": "uniform",
        "sources": sources,
        "entropy_bits": 100 * len(sources),
    }
    bundle.about = {
        "draw": draw | {"roster_hash": case["roster_hash"], "seed": case["seed"]},
        "ranking": {"ties": ["lottery"]},
    }
    rows = [[who, stratum, tickets[who]] for who, stratum, _ in case["rows"]]
    bundle.csv["ranking.csv"] = [["candidate", "scope", "ticket"], *rows]
    return bundle


def test_roster_hash_seed_and_tickets_are_the_published_ones(drawn: Bundle) -> None:
    drawn.draw()

    assert len(drawn.csv["ranking.csv"]) == 16


@pytest.mark.parametrize("change", ["one more", "one fewer", "another stratum", "another ticket"])
def test_another_roster_or_ticket_is_not(drawn: Bundle, change: str) -> None:
    rows = drawn.csv["ranking.csv"]
    if change == "one more":
        rows.append(["A9999", "general", "0" * 64])
    elif change == "one fewer":
        rows.pop()
    else:
        rows[3][1 if change == "another stratum" else 2] = "0" * 64

    with pytest.raises(Fault):
        drawn.draw()
