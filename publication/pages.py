"""HTML templates: everything that is filled in is escaped, and a name that is not given is an error."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from publication.resources import template


@lru_cache
def page(name: str) -> Template:
    """A template of `templates/`, which may include others."""
    return _environment().get_template(name)


@lru_cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
