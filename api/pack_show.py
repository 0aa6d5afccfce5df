"""What `jifen policy show` says: the resolved snapshot, how it came about, where each rule comes from."""

from __future__ import annotations

from typing import Any

import yaml

from api.console import print_json, show
from publication.departure_text import departure_texts
from publication.messages import Lang, sentence
from publication.rule_text import Wording
from scoring.pack import Pack


def show_snapshot(pack: Pack, lang: Lang, *, as_json: bool) -> None:
    """Print a resolved pack."""
    if as_json:
        print_json(_document(pack))
        return
    policy, resolution, words = pack.policy, pack.resolution, Wording(pack.policy, lang)
    title = policy.title.model_dump()[lang]
    figures = {"title": title, "id": policy.id, "at": resolution.at, "digest": policy.digest}
    show(sentence("policy.shown", figures, lang))
    show(sentence(f"console.status_{policy.status}", {}, lang))
    for layer in resolution.layers:
        show(sentence("policy.shown_layer", {"id": layer.id, "version": layer.version}, lang))
    for name, value in resolution.parameters.items():
        named = resolution.titles[name].model_dump()[lang]
        figures = {
            "title": named,
            "value": value.value,
            "start": value.start,
            "clause": words.clause(value.cite),
        }
        show(sentence("policy.shown_parameter", figures, lang))
    for name, choice in resolution.chosen.items():
        switch = resolution.switches[name]
        shown = {"title": switch.title, "choice": switch.choices[choice]}
        told = {key: one.model_dump()[lang] for key, one in shown.items()}
        show(sentence("policy.shown_switch", {**told, "sources": switch.sources}, lang))
    for text in departure_texts(policy, lang):
        show("  " + text)
    if resolution.layers:
        show(sentence("policy.shown_origins", {}, lang))
        for path, origin in origins(pack).items():
            show(f"    {path}: {origin}")
    show("")
    show(yaml.safe_dump(policy.canonical(), allow_unicode=True, sort_keys=False, width=110).rstrip())


def origins(pack: Pack) -> dict[str, str]:
    """The layer that each rule was written in, and each key of a rule that another layer has written."""
    layers = {layer.name: f"{layer.id} {layer.version}" for layer in pack.resolution.layers}
    own = f"{pack.policy.id} {pack.policy.effective.start}"
    found: dict[str, str] = {}
    value: Any = pack.document.value
    for section, rules in value.items():
        if section in ("title", "place", "effective", "departures") or not isinstance(rules, dict):
            continue
        for name, rule in rules.items():
            file = pack.document.place((section, name)).file
            found[f"{section}.{name}"] = layers.get(file, own)
            for key in rule if isinstance(rule, dict) else ():
                other = pack.document.place((section, name, key)).file
                if other != file:
                    found[f"{section}.{name}.{key}"] = layers.get(other, own)
    return found


def _document(pack: Pack) -> dict[str, Any]:
    policy, resolution = pack.policy, pack.resolution
    return {
        "format": "policy-show/1",
        "id": policy.id,
        "at": str(resolution.at),
        "digest": policy.digest,
        "layers": [{"id": layer.id, "version": str(layer.version)} for layer in resolution.layers],
        "parameters": {
            name: value.model_dump(mode="json", by_alias=True)
            for name, value in resolution.parameters.items()
        },
        "switches": dict(resolution.chosen),
        "origins": origins(pack),
        "policy": policy.canonical(),
    }
