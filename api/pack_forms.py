"""Forms and languages of an announcement, as the command line names them."""

from __future__ import annotations

from enum import StrEnum

from publication.messages import LANGUAGES, Lang


class Form(StrEnum):
    """The forms of an announcement."""

    html = "html"
    pdf = "pdf"
    text = "text"


class Languages(StrEnum):
    """One language, or both, Chinese first."""

    zh = "zh"
    en = "en"
    both = "both"


def languages_of(chosen: Languages | None, default: Lang) -> tuple[Lang, ...]:
    """The languages asked for, or the terminal's."""
    if chosen is Languages.both:
        return LANGUAGES
    return (default,) if chosen is None else ("zh",) if chosen is Languages.zh else ("en",)
