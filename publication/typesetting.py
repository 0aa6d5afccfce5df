"""PDFs by typst: the shipped face only, warnings are errors, the same content gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from publication.glyphs import visible
from publication.resources import FONT_FAMILY, font_folder, template
from values.problems import BadInput, Problem

if TYPE_CHECKING:
    import typst


def typeset(name: str, content: Mapping[str, object], day: date) -> bytes:
    """A PDF of a template (`letter.typ`) that reads `content` from `sys.inputs.content`, dated `day`.

    `content.font` and `content.date` are added. Characters the face lacks show as □ and their code point.

    Raises:
        BadInput: `publication.typesetting` if the typesetter warns or fails.
    """
    import typst  # loaded only when something is printed

    dated = {"year": day.year, "month": day.month, "day": day.day}
    data = json.dumps({**content, "font": FONT_FAMILY, "date": dated}, ensure_ascii=False)
    try:
        pdf, warnings = typst.compile_with_warnings(
            template(name).encode("utf-8"),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"content": visible(data)},
            timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
        )
    except typst.TypstError as error:
        raise BadInput([Problem.of("publication.typesetting", reason=error.message)]) from error
    if warnings:
        raise BadInput(Problem.of("publication.typesetting", reason=warning.message) for warning in warnings)
    return pdf


@lru_cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[font_folder()])
