"""What `jifen policy test --pins` says: what of a pack no case or round would notice if it were wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from api.console import print_json, show
from publication.messages import Lang, sentence
from scenarios.pin_alterations import Alteration
from storage.examples import PinnedPack


def show_pins(pinned: Sequence[PinnedPack], lang: Lang, *, as_json: bool) -> None:
    """Print what is not pinned down: a line a pack, and one for every alteration that nothing notices."""
    if as_json:
        print_json({"format": "policy-pins/1", "packs": [_document(one) for one in pinned]})
        return
    for one in pinned:
        for line in _lines(one, lang):
            show(line)


def _lines(pinned: PinnedPack, lang: Lang) -> Iterator[str]:
    pins = pinned.pins
    figures = {
        "id": pinned.pack.policy.id,
        "version": pinned.version.stem,
        "tried": pins.tried,
        "noticed": pins.tried - len(pins.unnoticed) - len(pins.excused),
        "excused": len(pins.excused),
    }
    yield sentence("policy.pinned" + ("_excused" if pins.excused else ""), figures, lang)
    for one in pins.unnoticed:
        told = {"place": one.place, "rule": one.rule, "before": one.before, "after": one.after}
        yield "  " + sentence(f"policy.unnoticed_{one.kind}", told, lang)
    for rule in pins.idle:
        yield "  " + sentence("policy.idle_excuse", {"rule": rule}, lang)


def _document(pinned: PinnedPack) -> dict[str, Any]:
    pins = pinned.pins
    return {
        "id": pinned.pack.policy.id,
        "version": pinned.version.stem,
        "digest": pinned.pack.policy.digest,
        "examples": str(pinned.file),
        "tried": pins.tried,
        "unnoticed": list(map(_alteration, pins.unnoticed)),
        "excused": list(map(_alteration, pins.excused)),
        "idle_excuses": list(pins.idle),
    }


def _alteration(one: Alteration) -> dict[str, Any]:
    place = one.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "rule": one.rule,
        "kind": one.kind,
        "from": one.before,
        "to": one.after,
    }
