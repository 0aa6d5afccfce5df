"""The texts of residence rules and calendars that settings name: beside a round, shipped, or in a bundle."""

from __future__ import annotations

from pathlib import Path

from scenarios.config import ResidenceConfig
from scenarios.tables import RuleTexts
from storage.packs import policies_folder
from storage.texts import read_text
from values.problems import Place, bad_input
from values.yaml_marks import read_yaml


def read_rule_texts(settings: ResidenceConfig, base: Path | None) -> RuleTexts:
    """The texts that settings name, as paths from `base` or as names of shipped rules; without it only these.

    Raises:
        BadInput: `storage.rules_missing`, `storage.*` if a file cannot be read as text.
    """
    layers = tuple((read_text(find_rules(name, base)), name) for name in settings.rules)
    calendars = tuple((read_text(find_rules(name, base)), name) for name in settings.calendars)
    return RuleTexts(layers, calendars)


def read_bundled_texts(settings: ResidenceConfig, inputs: Path) -> RuleTexts:
    """The same texts out of the inputs of a bundle.

    Raises:
        BadInput: `storage.*` if a file is missing or cannot be read as text.
    """
    layers = tuple(
        (read_text(inputs / f"residence-rules-{n}.yaml"), name) for n, name in enumerate(settings.rules, 1)
    )
    calendars = tuple(
        (read_text(inputs / f"residence-calendar-{n}.yaml"), name)
        for n, name in enumerate(settings.calendars, 1)
    )
    return RuleTexts(layers, calendars)


def find_rules(name: str, base: Path | None) -> Path:
    """The file of rules or a calendar: a path from `base`, or the name of shipped rules.

    Raises:
        BadInput: `storage.rules_missing`.
    """
    for path in () if base is None else (base / name, Path(name)):
        if path.is_file():
            return path
    known = shipped_rules()
    if name not in known:
        raise bad_input("storage.rules_missing", Place(file=name), name=name, known=", ".join(known))
    return policies_folder() / f"{name}.yaml"


def shipped_rules() -> tuple[str, ...]:
    """Names of the shipped rules of residence."""
    root = policies_folder()
    return tuple(
        sorted(str(path.relative_to(root).with_suffix("")) for path in root.glob("*/residence/rules-*.yaml"))
    )


def layers_of(name: str) -> tuple[str, ...]:
    """Shipped rules with all those below them, general first.

    Below rules are the newest shipped ones of the place they stand over; of the same place, the older ones.
    """
    found = [name]
    while (over := _over(found[-1])) != "none":
        of_place = [known for known in shipped_rules() if known.startswith(f"{over}/")]
        older = [known for known in of_place if known < found[-1]] if found[-1] in of_place else of_place
        found.append(max(older))
    return tuple(reversed(found))


def _over(name: str) -> str:
    value = read_yaml(read_text(policies_folder() / f"{name}.yaml"), name, as_text=True).value
    assert isinstance(value, dict)
    return str(value["over"])
