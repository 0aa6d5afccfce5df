"""Why somebody did not get a better-liked offer, printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allocation.counterfactual import Proof
from api.console import show
from publication.messages import Lang, sentence
from publication.reasons import Entry, reason_lines


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
