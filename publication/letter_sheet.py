"""The decision letter as an A4 PDF."""

from __future__ import annotations

from datetime import date

from publication.explanation import Sheet
from publication.letter import LetterText
from publication.letter_page import letter_parts
from publication.messages import sentence, sentences
from publication.typesetting import typeset


def letter_pdf(text: LetterText, day: date) -> bytes:
    """The letter typeset and dated; a warning of the typesetter is an error.

    Raises:
        BadInput: `publication.typesetting`.
    """
    return typeset("letter.typ", _content(text), day)


def _content(text: LetterText) -> dict[str, object]:
    sheet, lang = text.sheet, text.lang
    words = ("heading", "decided_by", "basis", "digest", "digest_text", "others_heading")
    columns = ("line", "clause", "points")
    return {
        "lang": lang,
        "words": {name: sentence(f"letter.{name}", {}, lang) for name in words},
        "columns": [sentence(f"explanation.{name}", {}, lang) for name in columns],
        "separator": "；" if lang == "zh" else "; ",
        "score": sentence("explanation.score", {}, lang),
        "months_heading": sentence("explanation.months", {}, lang),
        "page": sentences()["letter.page"][lang],
        "title": text.title,
        "office": text.office,
        "day": text.day,
        "banner": text.banner,
        "watermark": text.watermark,
        "address": text.address,
        "application": text.application,
        "decision": text.decision,
        "facts": [*map(list, text.facts)],
        "parts": [{"heading": heading, "lines": list(lines)} for heading, lines in letter_parts(text)],
        "groups": _groups(sheet),
        "sums": [*map(list, sheet.sums)],
        "months": list(sheet.months),
        "others": list(text.others),
        "basis": list(text.basis),
        "digest": text.digest,
    }


def _groups(sheet: Sheet) -> list[dict[str, object]]:
    return [
        {
            "title": group.title,
            "sum": group.sum,
            "lines": [
                {
                    "title": line.title,
                    "clause": line.clause,
                    "points": line.points,
                    "details": [{"depth": detail.depth, "text": detail.text} for detail in line.details],
                }
                for line in group.lines
            ],
        }
        for group in sheet.groups
    ]
