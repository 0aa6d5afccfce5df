"""YAML read with the place of every key and value. Duplicates are refused.

Nothing here goes through a float: `1.3` becomes Decimal("1.3"). `yes`, `no`, `on` and `off` stay text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from values.problems import BadInput, Place, Problem

Path = tuple[str | int, ...]
LEVELS = 100
"""How deep a document may be nested; packs need about ten levels."""

_INTEGER = re.compile(r"[+-]?\d{1,1000}")
_DECIMAL = re.compile(r"[+-]?\d+\.\d+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Document:
    """A YAML document as plain values, with the place of every path in it."""

    name: str
    value: object
    places: dict[Path, Place]

    def place(self, path: Path) -> Place:
        """The place of a path, or of its nearest parent that the document has."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(file=self.name))


def read_yaml(text: str, name: str, *, as_text: bool = False) -> Document:
    """Parse one YAML document; `name` is the file named in errors.

    With `as_text` every scalar stays the text it is: no number, date or word is read into it.

    Raises:
        BadInput: `yaml.syntax`, `yaml.empty`, `yaml.too_deep`, `yaml.duplicate_key`, `yaml.alias`,
            `yaml.key_not_text`, `yaml.no_such_date`.
    """
    try:
        _refuse_deep(text, name)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise BadInput([_syntax_problem(error, name)]) from None
    if node is None:
        raise BadInput([Problem.of("yaml.empty", Place(file=name))])
    builder = _Builder(name, as_text)
    value = builder.build(node, ())
    if builder.problems:
        raise BadInput(builder.problems)
    return Document(name, value, builder.places)


def _refuse_deep(text: str, name: str) -> None:
    """The composer calls itself for every level and would end the process on a text of brackets alone."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > LEVELS:
            raise BadInput([Problem.of("yaml.too_deep", _marked(event.start_mark, name), levels=LEVELS)])


class _Builder:
    def __init__(self, name: str, as_text: bool) -> None:
        self.name = name
        self.as_text = as_text
        self.places: dict[Path, Place] = {}
        self.problems: list[Problem] = []
        self.seen: set[int] = set()

    def build(self, node: yaml.Node, path: Path) -> object:
        place = self.place_of(node)
        self.places.setdefault(path, place)
        if id(node) in self.seen:
            self.problems.append(Problem.of("yaml.alias", place))
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self.build_mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return node.value if self.as_text else _scalar(node, self.problems, place)

    def build_mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        entries: dict[str, object] = {}
        for key_node, value_node in node.value:
            place = self.place_of(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem.of("yaml.key_not_text", place))
                continue
            key = key_node.value
            if key in entries:
                first = self.places[(*path, key)]
                self.problems.append(Problem.of("yaml.duplicate_key", place, key=key, first=first.line))
                continue
            self.places[(*path, key)] = place
            entries[key] = self.build(value_node, (*path, key))
        return entries

    def place_of(self, node: yaml.Node) -> Place:
        mark = node.start_mark
        return Place(file=self.name, line=mark.line + 1, column=mark.column + 1)


def _scalar(node: yaml.ScalarNode, problems: list[Problem], place: Place) -> object:
    text = node.value
    if node.style:  # quoted or block text is text; the C composer marks plain scalars with ''
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            problems.append(Problem.of("yaml.no_such_date", place, value=text))
    return text


def _syntax_problem(error: yaml.YAMLError, name: str) -> Problem:
    place = _marked(getattr(error, "problem_mark", None), name)
    return Problem.of("yaml.syntax", place, detail=getattr(error, "problem", None) or "unreadable")


def _marked(mark: Any, name: str) -> Place:
    return Place(name, mark.line + 1, mark.column + 1) if mark else Place(file=name)
