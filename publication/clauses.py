"""Citations as people write them: a document's number and the clause, counted as that document counts.

`rules 9(3)` is 第9条(3) of a document in articles, 九（三） of one in sections, 第9项(3) of a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from publication.messages import Lang
from scoring.policy import SourceDocument

_DIGITS = "〇一二三四五六七八九"
_NUMBERED = re.compile(r"(\d+)(?:-(\d+))?(.*)")
_FIRST_BRACKET = re.compile(r"\((\d+)\)(?:-\((\d+)\))?")
_WORDS = {"annex ": "附件", "list ": "一览表第", "note ": "注", "remark": "备注", "last paragraph": "末款"}
_ENGLISH = {None: "art. ", "sections": "part ", "items": "item "}


def clause_text(cite: str, documents: Mapping[str, SourceDocument], lang: Lang) -> str:
    """A citation with its document's number; as it stands if its key names no document."""
    key, _, clause = cite.partition(" ")
    if key not in documents:
        return cite
    document = documents[key]
    if lang == "en":
        lead = _ENGLISH[document.numbered] if clause[:1].isdigit() else ""
        return f"{document.number} {lead}{clause}" if clause else document.number
    parts = [_chinese(part, document.numbered) for part in clause.split(", ")] if clause else []
    return document.number + "、".join(parts).replace("、末款", "末款")


def _chinese(part: str, numbered: str | None) -> str:
    found = _NUMBERED.fullmatch(part)
    if found is None:
        for word, said in _WORDS.items():
            if part.startswith(word):
                inside = part.removeprefix(word)
                inside = _chinese(inside, numbered) if inside.startswith("note ") else inside
                return f"{said}{inside}项" if word == "list " else said + inside
        return part
    first, last, rest = found.groups()
    rest = rest.replace(" note ", "注")
    if numbered == "sections":
        span = _numeral(int(first)) + (f"至{_numeral(int(last))}" if last else "")
        return span + _wide(_FIRST_BRACKET.sub(_in_brackets, rest, count=1) if rest[:1] == "(" else rest)
    span = f"{first}-{last}" if last else first
    return f"第{span}{'项' if numbered == 'items' else '条'}{rest}"


def _in_brackets(found: re.Match[str]) -> str:
    """The number in a section's first bracket, in Chinese: （二）."""
    first, last = found.groups()
    return f"({_numeral(int(first))})" + (f"至({_numeral(int(last))})" if last else "")


def _wide(text: str) -> str:
    return text.replace("(", "（").replace(")", "）")


def _numeral(number: int) -> str:
    """A number below 100 in Chinese.

    >>> _numeral(3), _numeral(10), _numeral(12), _numeral(20)
    ('三', '十', '十二', '二十')
    """
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return ten + (_DIGITS[ones] if ones or not tens else "")
