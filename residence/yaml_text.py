"""YAML in which every scalar stays text, so that no date, number or word is guessed."""

from __future__ import annotations

from collections.abc import Hashable

import yaml

from values.problems import Place, bad_input


class _TextLoader(yaml.BaseLoader):
    """A key that stands twice is refused, and so is an alias."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        keys = [key.value if isinstance(key, yaml.ScalarNode) else "" for key, _ in node.value]
        for key in keys:
            if not key or keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} is no text or stands twice", node.start_mark
                )
        return super().construct_mapping(node, deep=deep)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):  # a few lines of them stand for more than memory holds
            mark = self.get_mark()
            raise yaml.composer.ComposerError(None, None, "aliases (*) are not read", mark)
        return super().compose_node(parent, index)


def read_text(text: str, name: str) -> object:
    """A document of mappings, lists and texts; `name` is the file named in errors.

    Raises:
        BadInput: `residence.syntax`.
    """
    try:
        return yaml.load(text, Loader=_TextLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(file=name, line=mark.line + 1, column=mark.column + 1) if mark else Place(file=name)
        detail = getattr(error, "problem", None) or type(error).__name__
        raise bad_input("residence.syntax", place, detail=detail) from None
