"""Texts about permits in Chinese or English: the notice of everything missing, reasons with their clauses."""

from __future__ import annotations

import re

from publication.messages import Lang, sentence, sentences
from residence.documents import Completeness
from residence.findings import Finding, Judgement
from residence.rule_sections import Paper

_LENGTH = re.compile(r"([0-9]+) (days|months|years|working_days)")
_UNITS: dict[str, tuple[str, str]] = {
    "days": ("天", "days"),
    "months": ("个月", "months"),
    "years": ("年", "years"),
    "working_days": ("个工作日", "working days"),
}


def word(name: str, lang: Lang) -> str:
    """A word of the rules as people read it; a date, number or name that is no such word stays as it is."""
    told = sentences().get(f"word.{name}")
    return told[lang] if told else name


def phrase(value: str, lang: Lang) -> str:
    """A figure as people read it: words one by one, lengths of time with their unit."""
    if length := _LENGTH.fullmatch(value):
        unit = _UNITS[length[2]][0 if lang == "zh" else 1]
        return f"{length[1]}{unit}" if lang == "zh" else f"{length[1]} {unit}"
    return ("、" if lang == "zh" else ", ").join(word(part, lang) for part in value.split(", "))


def finding_line(finding: Finding, lang: Lang) -> str:
    """One requirement with its figures, its clause and whether it is met."""
    figures = {name: phrase(value, lang) for name, value in finding.what.params}
    text = sentence(finding.what.code, figures, lang)
    told = {"text": text, "cite": finding.cite, "answer": word(finding.answer, lang)}
    return sentence("permit_notice.told" if finding.cite else "permit_notice.told_bare", told, lang)


def reasons(judgement: Judgement, lang: Lang) -> tuple[str, ...]:
    """The reasons for a no: every requirement that is not met or not known, once."""
    return tuple(dict.fromkeys(finding_line(finding, lang) for finding in judgement.against()))


def notice_of_missing(completeness: Completeness, lang: Lang) -> tuple[str, ...]:
    """The one-time notice: a line for every paper that is missing, then those needed if something applies."""
    lines = [_missing(paper, lang) for paper in completeness.missing]
    for paper in completeness.perhaps:
        when = phrase(", ".join(sorted(paper.when)), lang)
        figures = {"when": when, "paper": word(paper.name, lang), "cite": paper.cite}
        lines.append(sentence("permit_notice.perhaps", figures, lang))
    return tuple(lines) or (sentence("permit_notice.nothing_missing", {}, lang),)


def _missing(paper: Paper, lang: Lang) -> str:
    figures = {"paper": word(paper.name, lang), "cite": paper.cite}
    if not paper.any_of:
        return sentence("permit_notice.missing", figures, lang)
    any_of = phrase(", ".join(sorted(paper.any_of)), lang)
    return sentence("permit_notice.missing_any", {**figures, "any_of": any_of}, lang)
