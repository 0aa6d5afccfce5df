"""What `letter` does: write files, or print the content of letters as data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from api.console import chosen_language, print_json, show
from api.explaining import explanation_document, outcome_document, trace_document
from publication.explanation import Drawn
from publication.letter import Letter, letter_text
from publication.messages import LANGUAGES, Lang, sentence
from publication.reasons import Entry
from scenarios.letters import Letters
from scoring.constructs import Title
from storage.folders import refuse_occupied
from storage.letters import write_letters
from values.progress import Progress


def refuse_request(
    applicants: Sequence[str] | None, everybody: bool, out: Path | None, *, as_json: bool, replace: bool
) -> None:
    """Refuse wrong usage before any work.

    Raises:
        BadParameter: nobody or both kinds of people are named; neither a folder nor JSON is asked for.
        BadInput: `storage.*` if the folder cannot be written.
    """
    if bool(applicants) == everybody:
        raise typer.BadParameter("name applicants with --applicant, or give --all")
    if out is None and not as_json:
        raise typer.BadParameter("give --out DIR for files, or --json for the content as data")
    if out is not None:
        refuse_occupied(out, replace=replace)


def chosen(letters: Letters, applicants: Sequence[str] | None, everybody: bool) -> list[str]:
    """Whose letters are written, each once."""
    return letters.candidates.to_list() if everybody else list(dict.fromkeys(applicants or ()))


def deliver(
    letters: Letters,
    applicants: Sequence[str],
    out: Path | None,
    lang: str | None,
    *,
    pdf: bool,
    replace: bool,
    as_json: bool,
    progress: Progress,
) -> None:
    """Write the letters into a folder and say so, or print their content."""
    languages = LANGUAGES if lang is None else (chosen_language(lang),)
    if out is None:
        documents = [letter_document(letters.letter(candidate), languages) for candidate in applicants]
        print_json({"format": "letters/1", "record": letters.digest, "letters": documents})
        return
    count = write_letters(
        letters, applicants, out, languages=languages, pdf=pdf, replace=replace, progress=progress
    )
    if as_json:
        figures = {"applicants": len(applicants), "letters": count, "languages": list(languages)}
        print_json({"format": "letters-written/1", "record": letters.digest, **figures, "out": str(out)})
    else:
        show(sentence("letters.written", {"count": count, "out": out}, chosen_language(lang)))


def letter_document(letter: Letter, languages: Sequence[Lang]) -> dict[str, Any]:
    """The letter's content as `letter/1`: figures and codes, and the decision in words."""
    notice, rules = letter.notice, letter.rules
    objections = {
        "from": notice.objections_from.isoformat(),
        "until": notice.objections_until.isoformat(),
        "contact": notice.contact.model_dump(),
    }
    return {
        "format": "letter/1",
        "title": notice.title.model_dump(),
        "office": notice.office.model_dump(),
        "dated": notice.published_on.isoformat(),
        "illustrative": None if notice.illustrative is None else notice.illustrative.model_dump(),
        "record": notice.record_digest,
        "name": letter.name,
        "decision": {lang: letter_text(letter, lang).decision for lang in languages},
        "explanation": explanation_document(letter.explanation),
        "others": [explanation_document(other) for other in letter.others],
        "months": [trace_document(trace) for trace in letter.months],
        "outcome": None if letter.outcome is None else outcome_document(letter.outcome),
        "filled": letter.filled,
        "ticket": letter.ticket,
        **({} if letter.drawn is None else {"drawn": _drawn(letter.drawn)}),
        "metres": letter.metres,
        "not_given": [
            {
                "name": place.name.model_dump(),
                "wish": place.wish,
                **({"list": place.list} if place.list else {}),
                **_plain(place.reason),
            }
            for place in letter.not_given
        ],
        "nearer": [dict(vars(place)) for place in letter.nearer],
        "refusal": {"cite": rules.refusal, "refill": rules.refill},
        "objections": objections,
    }


def _drawn(drawn: Drawn) -> dict[str, Any]:
    """By which date and ticket somebody was called in by lot."""
    return {**vars(drawn), "by": drawn.by.model_dump(), "day": drawn.day.isoformat()}


def _plain(reason: Entry) -> dict[str, Any]:
    return {name: value.model_dump() if isinstance(value, Title) else value for name, value in reason.items()}
