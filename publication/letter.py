"""The decision letter (结果告知书) to one applicant: what it says; `letter_page`, `letter_sheet` render it.

A letter goes to the person: it has the full name and the application number, never an ID number. Everything
in it happened; nothing says what another total would have brought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from publication.arithmetic import Reading, fact_text
from publication.explanation import Drawn, NotCalled, Outcome, Sheet, reason_sentence, sheet_of
from publication.messages import Lang, sentence
from publication.notice import Notice, banner_text, basis_texts, day_text, in_language, period_text
from publication.personal_numbers import scan
from publication.reasons import Entry, whole_reason
from publication.trace_text import Trace
from scoring.constructs import Title
from scoring.explain import Explanation
from scoring.policy import SourceDocument
from scoring.scalar import Shown, Step
from values.points import to_text
from values.problems import BadInput, Place, Problem


@dataclass(frozen=True)
class NotGiven:
    """A place the applicant would have liked better (or a seat of the own ranking), and why it was not given.

    `wish` is the number of the wish, None where no wishes are taken; `list` names its list if it has a name.
    """

    name: Title
    wish: int | None
    reason: Entry
    list: str | None = None


@dataclass(frozen=True)
class WishTotal:
    """The total of the applicant at the offer of a wish, where it differs from offer to offer."""

    name: Title
    wish: int
    list: str | None
    total: str


@dataclass(frozen=True)
class Nearer:
    """A place that lies nearer than the one given; `left` seats are not held by anybody."""

    name: str
    metres: int
    seats: int
    left: int


@dataclass(frozen=True)
class Rules:
    """Clauses a letter cites: whose score counts, placing by distance, refusing; whether refusals refill.

    `in_turn`: distance places one after the other, not all together.
    """

    candidate: str
    placement: str | None
    refusal: str
    refill: bool
    in_turn: bool = False


@dataclass(frozen=True)
class Letter:
    """One decision. `notice` is the round's notice without its lists: title, office, dates, basis, digest.

    `explanation` is the sheet that counts, `others` those of further scored people that do not. `outcome` is
    None for somebody who was not ranked, and so is all that follows; `filled` says whether all seats of the
    own ranking were given, `ticket` is there if the draw decided, `metres` is the way to the place given.
    """

    notice: Notice
    documents: Mapping[str, SourceDocument]
    rules: Rules
    name: str
    explanation: Explanation
    others: tuple[Explanation, ...]
    months: tuple[Trace, ...]
    outcome: Outcome | None = None
    filled: bool = True
    ticket: str | None = None
    metres: int | None = None
    not_given: tuple[NotGiven, ...] = ()
    nearer: tuple[Nearer, ...] = ()
    not_called: NotCalled | None = None
    there: tuple[WishTotal, ...] = ()
    drawn: Drawn | None = None


@dataclass(frozen=True)
class LetterText:
    """The letter in one language, as both renderings print it. Empty parts are left out."""

    lang: Lang
    heading: str
    title: str
    office: str
    day: str
    banner: str | None
    watermark: str | None
    address: str
    application: str
    decision: str
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    standing: tuple[str, ...]
    not_given: tuple[str, ...]
    nearer: tuple[str, ...]
    after: tuple[str, ...]
    objection: tuple[str, ...]
    sheet: Sheet
    others: tuple[str, ...]
    basis: tuple[str, ...]
    digest: str


def letter_text(letter: Letter, lang: Lang) -> LetterText:
    """Write a letter out in one language.

    Raises:
        BadInput: `publication.id_number`, `.phone_number`, `.bank_card` if it would show one, with the
            application number; the office's own contact may hold a telephone number.
    """
    _refuse_personal_numbers(letter)
    notice, explanation = letter.notice, letter.explanation
    reading = Reading(lang, explanation.scale, letter.documents)
    say = Words(lang, reading)
    return LetterText(
        lang=lang,
        heading=say("heading"),
        title=in_language(notice.title, lang),
        office=in_language(notice.office, lang),
        day=day_text(notice.published_on, lang),
        banner=banner_text(notice, lang),
        watermark=None if notice.illustrative is None else say("watermark"),
        address=say("address" if letter.name else "address_unnamed", name=letter.name),
        application=explanation.candidate,
        decision=_decision(letter, say),
        facts=tuple(_facts(letter, say)),
        reasons=(*_reasons(explanation, say), *_not_called(letter, say)),
        missing=tuple(_missing(explanation, reading)),
        standing=tuple(_standing(letter, say)),
        not_given=tuple(_not_given(letter, say)),
        nearer=tuple(_nearer(letter, say)),
        after=tuple(_after(letter, say)),
        objection=tuple(_objection(letter, say)),
        sheet=sheet_of(explanation, lang, documents=letter.documents, months=letter.months),
        others=tuple(_others(letter, say)),
        basis=tuple(basis_texts(notice, lang)),
        digest=notice.record_digest,
    )


@dataclass(frozen=True)
class Words:
    """Sentences of the letter in one language, titles among their figures named."""

    lang: Lang
    reading: Reading

    def __call__(self, code: str, /, **params: object) -> str:
        """The sentence `letter.<code>`."""
        named = {
            name: in_language(value, self.lang) if isinstance(value, Title) else value
            for name, value in params.items()
        }
        return sentence(f"letter.{code}", named, self.lang)


def _decision(letter: Letter, say: Words) -> str:
    outcome = letter.outcome
    if outcome is None:
        return say(f"not_ranked_{letter.explanation.status}")
    if outcome.outcome in ("placed", "gave_up"):
        code = outcome.outcome if outcome.offer else f"{outcome.outcome}_quota"
        code = "placed_second" if code == "placed_quota" and outcome.second else code
        return say(code, offer=outcome.offer, scope=outcome.scope)
    if outcome.number is not None:
        return say("number", gives=outcome.number, scope=outcome.scope, number=outcome.waiting)
    if outcome.outcome == "waiting" and outcome.waiting is None:
        return say("waiting_unnumbered", scope=outcome.scope)
    return say(outcome.outcome, scope=outcome.scope, number=outcome.waiting)


def _facts(letter: Letter, say: Words) -> Iterator[tuple[str, str]]:
    explanation, outcome = letter.explanation, letter.outcome
    yield say("application"), explanation.candidate
    if explanation.subject != explanation.candidate:
        yield say("subject"), explanation.subject
    yield say("service"), in_language(explanation.service_title, say.lang)
    yield say("as_of"), day_text(explanation.as_of, say.lang)
    if outcome is not None:
        yield say("scope"), in_language(outcome.scope, say.lang)
    if explanation.total is not None and explanation.lines:
        yield say("total"), to_text(explanation.total, explanation.scale)


def _reasons(explanation: Explanation, say: Words) -> Iterator[str]:
    """Why the applicant is not ranked: words, clause, what is known, and the code for the office's files."""
    for reason in explanation.reasons:
        yield say("reason", text=reason_sentence(reason, say.reading), code=reason.code)


def _not_called(letter: Letter, say: Words) -> Iterator[str]:
    if letter.not_called is not None:
        told = letter.not_called
        day, clause = day_text(told.day, say.lang), say.reading.clause(told.cite)
        figures = {"place": told.place, "called": told.called, "day": day, "clause": clause}
        yield say("not_called", scope=told.scope, by=told.by, **figures)
        if told.ticket is not None:
            yield say("not_drawn", ticket=told.ticket)


def _missing(explanation: Explanation, reading: Reading) -> list[str]:
    """Every fact that a reason or a pending line needs and nobody has attested, once."""
    shown = [fact for reason in explanation.reasons for fact in reason.facts]
    shown += [fact for line in explanation.lines if line.points is None for fact in _facts_of(line.step)]
    return list(dict.fromkeys(fact_text(fact, reading) for fact in shown if fact.value_text is None))


def _facts_of(step: Step) -> Iterator[Shown]:
    """Every fact that a step and its parts read."""
    yield from step.facts
    for part in step.children:
        yield from _facts_of(part)


def _standing(letter: Letter, say: Words) -> Iterator[str]:
    outcome, explanation = letter.outcome, letter.explanation
    if outcome is None:
        return
    code = "position" if outcome.rank == outcome.position else "position_tied"
    counts = {"ranked": outcome.ranked, "seats": outcome.seats, "rank": outcome.rank}
    if outcome.number is None:
        yield say(code, scope=outcome.scope, position=outcome.position, **counts)
    else:
        yield say("number_of", scope=outcome.scope, ranked=outcome.ranked)
    if letter.drawn is not None:
        told, clause = letter.drawn, say.reading.clause(letter.drawn.cite)
        yield say("drawn_in", by=told.by, day=day_text(told.day, say.lang), ticket=told.ticket, clause=clause)
    if letter.ticket is not None:
        yield say("ticket", ticket=letter.ticket)
    if outcome.number is not None:
        return
    if outcome.last_admitted is not None:
        total = None if explanation.total is None else to_text(explanation.total, explanation.scale)
        equal = outcome.outcome == "waiting" and total == outcome.last_admitted
        yield say("last_admitted_equal" if equal else "last_admitted", total=outcome.last_admitted)
    elif not letter.filled:
        yield say("not_filled")
    if letter.there:
        yield say("there", totals=("；" if say.lang == "zh" else "; ").join(_there(letter, say)))
    if letter.metres is not None:
        yield say("metres", offer=outcome.offer, metres=f"{letter.metres:,}")


def _there(letter: Letter, say: Words) -> Iterator[str]:
    """The total at each wish."""
    for one in letter.there:
        code = "there_wish" if one.list is None else "there_wish_of_list"
        yield say(code, name=one.name, wish=one.wish, list=one.list, total=one.total)


def _not_given(letter: Letter, say: Words) -> Iterator[str]:
    for place in letter.not_given:
        code = "place" if place.wish is None else "wish" if place.list is None else "wish_of_list"
        reason = whole_reason(place.reason, say.lang)
        yield say(code, name=place.name, wish=place.wish, list=place.list, text=reason)


def _nearer(letter: Letter, say: Words) -> Iterator[str]:
    if letter.nearer and letter.rules.placement is not None:
        code = "nearer_rule_in_turn" if letter.rules.in_turn else "nearer_rule"
        yield say(code, clause=say.reading.clause(letter.rules.placement))
    for place in letter.nearer:
        code = "nearer_left" if place.left > 0 else "nearer"
        figures = {"metres": f"{place.metres:,}", "seats": place.seats, "left": place.left}
        yield say(code, name=place.name, **figures)


def _after(letter: Letter, say: Words) -> Iterator[str]:
    """What follows for the applicant: refusing a place, moving up, handing in what is missing."""
    outcome, rules = letter.outcome, letter.rules
    clause = say.reading.clause(rules.refusal)
    if outcome is None:
        if letter.explanation.status == "pending":
            yield say("after_pending")
    elif outcome.outcome == "placed":
        yield say("after_placed", clause=clause)
    elif outcome.outcome == "waiting" and outcome.number is None:
        yield say("after_waiting_refill" if rules.refill else "after_waiting", clause=clause)


def _objection(letter: Letter, say: Words) -> Iterator[str]:
    notice = letter.notice
    period, office = period_text(notice, say.lang), in_language(notice.office, say.lang)
    yield say("objection", period=period, office=office)
    yield say("objection_how", contact=in_language(notice.contact, say.lang))


def _others(letter: Letter, say: Words) -> Iterator[str]:
    """Further people whose score could have counted: their total or why they could not take part."""
    clause = say.reading.clause(letter.rules.candidate)
    for other in letter.others:
        total = say.reading.points(other.total)
        code = "other" if other.status == "eligible" else "other_not_eligible"
        text = ("；" if say.lang == "zh" else "; ").join(_reasons(other, say))
        yield say(code, subject=other.subject, total=total, reasons=text, clause=clause)


def _refuse_personal_numbers(letter: Letter) -> None:
    explanation = letter.explanation
    shown = [fact.value_text for line in explanation.lines for fact in _facts_of(line.step)]
    shown += [fact.value_text for reason in explanation.reasons for fact in reason.facts]
    texts = [letter.name, explanation.candidate, explanation.subject]
    texts += [other.subject for other in letter.others] + [text.zh for text in shown if text is not None]
    problems = scan("\n".join(text.replace("\n", " ") for text in texts))
    if problems:
        place = Place(file=explanation.candidate)
        raise BadInput([Problem(found.code, found.params, place) for found in problems])
