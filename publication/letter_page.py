"""The decision letter as one self-contained web page."""

from __future__ import annotations

from functools import lru_cache

from publication.letter import LetterText
from publication.messages import Lang, sentence
from publication.pages import page
from publication.resources import template


def letter_html(text: LetterText) -> str:
    """The page; it prints on A4."""
    return page("letter.html").render(
        letter=text,
        sheet=text.sheet,
        w=lambda code: sentence(f"letter.{code}", {}, text.lang),
        t=lambda code: sentence(f"explanation.{code}", {}, text.lang),
        style=_style(),
        parts=letter_parts(text),
    )


def letter_parts(text: LetterText) -> list[tuple[str, tuple[str, ...]]]:
    """The headed lists before the score lines, those that are not empty: heading and sentences."""
    parts = {
        "reasons": text.reasons,
        "missing": text.missing,
        "standing": text.standing,
        "not_given": text.not_given,
        "nearer_heading": text.nearer,
        "after": text.after,
        "objection_heading": text.objection,
    }
    return [(_word(name, text.lang), lines) for name, lines in parts.items() if lines]


def _word(code: str, lang: Lang) -> str:
    return sentence(f"letter.{code}", {}, lang)


@lru_cache
def _style() -> str:
    return template("page.css") + template("explanation.css") + template("letter.css")
