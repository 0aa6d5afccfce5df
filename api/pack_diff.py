"""What `jifen policy diff` says: the differences of two policies, and their effect on people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from api.console import print_json, show
from publication.difference_text import DifferenceText
from publication.messages import Lang, sentence
from publication.rule_text import Wording
from scenarios.effects import Effects, Moved, effects
from scoring.differences import Difference, differences
from scoring.pack import Pack
from scoring.policy import Policy
from storage.facts_files import read_facts
from storage.importers import require_present
from storage.rounds import settings_beside
from values.problems import Place, bad_input


@dataclass(frozen=True)
class Compared:
    """Two packs, what they say differently, and what that means for people, if people are given."""

    before: Pack
    after: Pack
    found: tuple[Difference, ...]
    effects: Effects | None = None
    service: str = ""
    as_of: date | None = None


def compare(
    before: Pack, after: Pack, facts: Path | None, service: str | None, as_of: date | None
) -> Compared:
    """Compare two packs, and on `facts` their effect on one service on a day.

    Raises:
        BadInput: `round.as_of_missing`; everything wrong with the facts under either version.
        Refused: the two versions have other people (`policy.other_people`).
    """
    found = differences(before.policy, after.policy)
    if facts is None:
        return Compared(before, after, found)
    require_present(facts)
    given = settings_beside(facts)
    when = as_of or (given.as_of if given else None)
    if when is None:
        raise bad_input("round.as_of_missing", Place(file=str(facts)))
    name = service or (given.service if given else next(iter(after.policy.services), ""))
    old = read_facts(facts, before, name, as_of=when, beside=after)
    new = read_facts(facts, after, name, as_of=when, beside=before)
    return Compared(before, after, found, effects(old, new), name, when)


def show_comparison(compared: Compared, lang: Lang, *, as_json: bool) -> None:
    """Print a comparison."""
    if as_json:
        print_json(_document(compared))
        return
    before, after = (pack.policy for pack in (compared.before, compared.after))
    names = {"before": _named(before), "after": _named(after)}
    if not compared.found:
        show(sentence("policy.same", names, lang))
    else:
        show(sentence("policy.compared", {**names, "count": len(compared.found)}, lang))
    text = DifferenceText(before, after, lang)
    for difference in compared.found:
        show(text.line(difference))
    if compared.effects is not None:
        for line in _effect_lines(compared, compared.effects, lang):
            show(line)


def _named(policy: Policy) -> str:
    return f"{policy.id} {policy.effective.start}"


def _effect_lines(compared: Compared, told: Effects, lang: Lang) -> Sequence[str]:
    after = Wording(compared.after.policy, lang)
    before = Wording(compared.before.policy, lang)
    title = after.document["services"][compared.service]["title"][lang]
    figures = {"service": title, "as_of": compared.as_of, "people": told.people, **asdict(told.total)}
    lines = [sentence("policy.effect", figures, lang)]
    lines += [_effect_line(one, (after, before), lang) for one in told.lines]
    for old, new, count in told.statuses:
        changed = {"before": after.word(old), "after": after.word(new), "count": count}
        lines.append(sentence("policy.effect_status", changed, lang))
    if told.quantiles:
        lines.append(sentence("policy.effect_quantiles", {}, lang))
    for share, old, new in told.quantiles:
        lines.append(sentence("policy.effect_quantile", {"share": share, "before": old, "after": new}, lang))
    return lines


def _effect_line(one: Moved, sides: Sequence[Wording], lang: Lang) -> str:
    rules = [
        side.document["indicators"][one.name] for side in sides if one.name in side.document["indicators"]
    ]
    return sentence("policy.effect_line", {**asdict(one), "title": rules[0]["title"][lang]}, lang)


def _document(compared: Compared) -> dict[str, Any]:
    before, after = (pack.policy for pack in (compared.before, compared.after))
    texts = {lang: DifferenceText(before, after, lang) for lang in ("zh", "en")}
    sides = [
        {"id": policy.id, "from": str(policy.effective.start), "digest": policy.digest}
        for policy in (before, after)
    ]
    document: dict[str, Any] = {
        "format": "policy-diff/1",
        "before": sides[0],
        "after": sides[1],
        "differences": [
            {
                "change": one.change,
                "path": one.path,
                "before": one.before,
                "after": one.after,
                "cites": list(one.cites),
                "text": {lang: text.line(one) for lang, text in texts.items()},
            }
            for one in compared.found
        ],
    }
    if compared.effects is not None:
        document["effects"] = {
            "service": compared.service,
            "as_of": str(compared.as_of),
            **asdict(compared.effects),
        }
    return document
