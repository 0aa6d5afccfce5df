"""Why somebody did not get a better-liked offer, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from allocation.counterfactual import Proof
from api.console import show
from publication.messages import Lang, sentence

Entry = Mapping[str, Any]


def show_reasons(
    reasons: Mapping[str, Sequence[Entry]], assignment: Mapping[str, str | None], lang: Lang
) -> None:
    """Print what each person got, and for every better-liked offer the reason."""
    for person, entries in reasons.items():
        offer = assignment[person]
        show(sentence("why.got" if offer else "why.nothing", {"person": person, "offer": offer}, lang))
        for entry in entries:
            for line in reason_lines(entry, lang):
                show(f"  {line}")


def show_proofs(proofs: Sequence[Proof], lang: Lang) -> None:
    """Print what more points would have done, each computed anew."""
    for proof in proofs:
        figures = {"person": proof.applicant, "points": proof.more, "offer": proof.offer}
        for problem in proof.refused:
            figures["offer"] = sentence(problem, {}, lang)
        code = "allocate.with_more" if figures["offer"] else "allocate.with_more_nothing"
        show(sentence(code, figures, lang))


def reason_lines(entry: Entry, lang: Lang) -> Iterator[str]:
    """One offer's reason: a sentence, and one more for each pool that was full."""
    text = sentence(_code(entry), _plain(entry), lang)
    if entry.get("waiting"):
        text = sentence("why.waiting", {"text": text, "place": entry["waiting"]}, lang)
    yield sentence("why.offer", {"offer": entry["offer"], "text": text}, lang)
    for number, pool in enumerate(entry.get("pools", ()), start=1):
        category = pool["category"] or sentence("why.everybody", {}, lang)
        text = sentence(_code(pool), _plain(pool), lang)
        yield "  " + sentence("why.pool", {"number": number, "category": category, "text": text}, lang)


def _plain(entry: Entry) -> Entry:
    """Amounts as people write them: 10 rather than 10.0."""
    amounts = {
        name: str(entry[name]).rstrip("0").rstrip(".")
        for name in ("by", "minimum")
        if "." in str(entry.get(name, ""))
    }
    return {**entry, **amounts}


def _code(entry: Entry) -> str:
    """The sentence of a reason; some reasons have two, told apart by the figures they bring."""
    match entry:
        case {"reason": "ineligible", "rule": "household_size", "least": _}:
            return "why.household_too_small"
        case {"reason": "ineligible", "rule": "household_size"}:
            return "why.household_too_large"
        case {"reason": "ineligible", "rule": rule}:
            return f"why.{rule}"
        case {"reason": "below_cutoff", "places": _}:
            return "why.below_last_place"
    return f"why.{entry['reason']}"
