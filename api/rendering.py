"""Results as text for a terminal or as one JSON document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console import print_json, problem_document, say, show
from publication.departure_text import departure_texts
from publication.messages import LANGUAGES, Lang, problem_line, sentence
from scenarios.round import Round
from scoring.pack_check import CheckedPack


def round_document(decided: Round, out: Path) -> dict[str, Any]:
    """A decided round in short: counts, laws, digests and where the files are."""
    document = decided.record.document
    return {
        "format": "round-result/1",
        "round": document["round"]["id"],
        "status": document["policy"]["status"],
        "departures": document["policy"].get("departures"),
        "counts": document["counts"],
        "laws": {stage["name"]: stage["laws"] for stage in document["stages"]},
        "digest": decided.record.digest,
        "result_digest": decided.record.result_digest,
        "out": str(out),
        "report": {lang: str(out / f"report.{lang}.html") for lang in LANGUAGES},
    }


def show_round(decided: Round, out: Path, lang: Lang, *, as_json: bool) -> None:
    """Print a decided round in short."""
    document = round_document(decided, out)
    if as_json:
        print_json(document)
        return
    counts = document["counts"]
    figures = {
        name: counts[name] for name in ("candidates", "ranked", "seats", "placed", "gave_up", "waiting")
    }
    excluded = counts["excluded"]["total"]
    show(decided.config.title.model_dump()[lang])
    show(sentence(f"console.status_{document['status']}", {}, lang))
    for text in departure_texts(decided.pack.policy, lang):
        show(text)
    show(sentence("console.counts", {**figures, "excluded": excluded}, lang))
    if counts["qualified"]:
        show(sentence("console.qualified", {"qualified": counts["qualified"]}, lang))
    for stage, laws in document["laws"].items():
        kept = ", ".join(f"{law} {verdict}" for law, verdict in laws.items())
        show(f"  {stage}: {kept}")
    show(sentence("console.digest", {"digest": document["digest"]}, lang))
    show(sentence("console.where", {"out": out}, lang))
    show(sentence("console.report", {"report": out / f"report.{lang}.html"}, lang))


def show_pack(found: CheckedPack, lang: Lang, *, as_json: bool) -> None:
    """Print that a pack is good, with its digest, how it was tried, and what is odd about it."""
    pack, policy = found.pack, found.pack.policy
    tried = {"combinations": found.combinations, "days": found.days}
    if as_json:
        notices = [problem_document(notice) for notice in pack.notices]
        head = {"format": "policy-check/1", "id": policy.id, "digest": policy.digest}
        print_json({**head, "notices": notices, **tried})
        return
    for notice in pack.notices:
        say(problem_line(notice, lang))
    params = {"id": policy.id, "indicators": len(policy.indicators), "digest": policy.digest}
    show(sentence("console.pack", {**params, "services": ", ".join(policy.services) or "–"}, lang))
    if found.combinations > 1:
        show(sentence("console.pack_tried", tried, lang))
