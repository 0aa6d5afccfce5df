"""Papers that an act needs, everything that is missing, taking in an application, receipts, reports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from residence.findings import Finding, Judgement
from residence.rule_sections import Paper
from residence.rules import Rules
from values.problems import BadInput, Place, Problem, bad_input
from values.working_days import WorkCalendar

Step = Literal[
    "accept", "correct_on_the_spot", "tell_what_is_missing", "do_not_accept", "not_eligible", "ask"
]


@dataclass(frozen=True)
class Completeness:
    """Whether the papers of an act are complete.

    `missing`: everything that must be supplemented, told at once. `perhaps`: papers that are needed only
    in circumstances nobody has told; ask. `spared`: not asked, because an office has it on record.
    """

    act: str
    missing: tuple[Paper, ...]
    perhaps: tuple[Paper, ...]
    spared: tuple[Paper, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing and nothing open."""
        return not self.missing and not self.perhaps


def papers_needed(act: str, circumstances: Mapping[str, bool], rules: Rules) -> tuple[Paper, ...]:
    """The papers of an act in these circumstances, those of untold circumstances included."""
    listed = rules.papers.get(act, {}).values()
    return tuple(paper for paper in listed if _needed(paper, circumstances) is not False)


def missing_papers(
    act: str,
    submitted: Collection[str],
    circumstances: Mapping[str, bool],
    rules: Rules,
    *,
    on_record: Collection[str] = (),
) -> Completeness:
    """What is missing of the papers of an act, all at once.

    `circumstances`: the routes claimed (`employment`, `home`, `schooling`), `own`, `rented`, `borrowed`,
    `commercial_housing`, `minor`, `proxy`: yes or no; one that is not there is not known. `on_record`:
    papers whose content a department holds; they are not asked for where `records_spare_papers`.

    Raises:
        BadInput: `residence.paper_unknown`: papers or circumstances that the rules do not name.
    """
    listed = rules.papers.get(act, {})
    _refuse_unknown(act, [*submitted, *on_record], circumstances, rules)
    missing: list[Paper] = []
    perhaps: list[Paper] = []
    spared: list[Paper] = []
    for paper in listed.values():
        needed = _needed(paper, circumstances)
        if needed is False or paper.name in submitted or paper.any_of & set(submitted):
            continue
        if paper.held and rules.records_spare_papers and paper.name in on_record:
            spared.append(paper)
        else:
            (perhaps if needed is None else missing).append(paper)
    return Completeness(act, tuple(missing), tuple(perhaps), tuple(spared))


def _needed(paper: Paper, circumstances: Mapping[str, bool]) -> bool | None:
    told = [circumstances.get(word) for word in paper.when]
    return False if False in told else None if None in told else True


def _refuse_unknown(act: str, papers: Collection[str], circumstances: Collection[str], rules: Rules) -> None:
    every = [paper for listed in rules.papers.values() for paper in listed.values()]
    names = {name for paper in every for name in (paper.name, *paper.any_of)}
    words = {word for paper in every for word in paper.when} | {
        "employment",
        "home",
        "schooling",
        "minor",
        "proxy",
    }
    unknown = sorted((set(papers) - names) | (set(circumstances) - words))
    if unknown:
        raise bad_input("residence.paper_unknown", Place(field=act), words=", ".join(unknown))


@dataclass(frozen=True)
class Intake:
    """What the office does with an application, with the reasons and the clause."""

    step: Step
    papers: tuple[Paper, ...]
    reasons: tuple[Finding, ...]
    cite: str


def take_in(
    completeness: Completeness,
    judgement: Judgement,
    rules: Rules,
    *,
    errors: bool = False,
    refuses: bool = False,
) -> Intake:
    """What to do with an application: accept it, tell everything missing once, or say why not.

    `errors`: the papers have mistakes that can be mended on the spot. `refuses`: the applicant was told
    and will not supplement. Who is not eligible is told so, with every reason, whatever papers are there;
    where eligibility is not known, `ask` names what is open.

    Source: Hangzhou 2017, art. 17; Zhejiang, art. 18; Ankang, art. 12; national, art. 9.
    """
    step = _step(completeness, judgement, rules, errors=errors, refuses=refuses)
    papers = completeness.missing + completeness.perhaps if step in _ABOUT_PAPERS else ()
    reasons = judgement.against() if step in ("not_eligible", "ask") else ()
    cite = rules.clause_of(_EVENT_OF[step]) or rules.clause_of("accept")
    return Intake(
        step, papers, reasons, rules.cites["on_the_spot"] if step == "correct_on_the_spot" else cite
    )


_ABOUT_PAPERS = ("tell_what_is_missing", "do_not_accept", "ask")
_EVENT_OF: Mapping[Step, str] = {
    "accept": "accept",
    "correct_on_the_spot": "accept",
    "tell_what_is_missing": "supplement",
    "ask": "supplement",
    "do_not_accept": "refuse",
    "not_eligible": "refuse",
}


def _step(
    completeness: Completeness, judgement: Judgement, rules: Rules, *, errors: bool, refuses: bool
) -> Step:
    if judgement.answer == "not_met":
        return "not_eligible"
    if completeness.missing:
        ends = refuses and "refusal_ends" in rules.on_the_spot
        return "do_not_accept" if ends else "tell_what_is_missing"
    if judgement.answer == "unknown" or completeness.perhaps:
        return "ask"
    return "correct_on_the_spot" if errors and "correction" in rules.on_the_spot else "accept"


@dataclass(frozen=True)
class Receipt:
    """A receipt that may be handed out: what it shows, its fee, and by when the office must issue.

    `electronic`: it is to be pushed to the person, who declared online.
    """

    kind: str
    contents: Mapping[str, str]
    electronic: bool
    fee: str
    issue_by: date | None
    cites: tuple[str, ...]


def receipt(
    kind: Literal["declare", "change", "accept"],
    contents: Mapping[str, str],
    day: date,
    rules: Rules,
    calendar: WorkCalendar,
    *,
    online: bool = False,
    extended: bool = False,
) -> Receipt:
    """The receipt for a registration, a change of it, or an accepted application.

    Raises:
        BadInput: `residence.receipt_lacks` for everything the rules want on it that is not there;
            `residence.ground_unknown` if the rules have no extended time.
    """
    wanted = rules.receipts.get(kind, {})
    lacking = [content for content in wanted.values() if not contents.get(content.name, "").strip()]
    if lacking:
        raise BadInput(
            Problem.of("residence.receipt_lacks", Place(field=kind), what=content.name, cite=content.cite)
            for content in lacking
        )
    cites = tuple(sorted({content.cite for content in wanted.values()}))
    act = "apply" if kind == "accept" else kind
    by = _issue_by(day, rules, calendar, extended) if kind == "accept" else None
    electronic = online and kind != "accept" and rules.electronic_receipt
    return Receipt(kind, dict(contents), electronic, rules.fees.get(act, "not_stated"), by, cites)


def _issue_by(day: date, rules: Rules, calendar: WorkCalendar, extended: bool) -> date:
    if not extended:
        return rules.issue_within.last_day(day, calendar)
    if rules.issue_within_extended is None:
        raise bad_input("residence.ground_unknown", event="accept", ground="extended", known="–")
    return rules.issue_within_extended.last_day(day, calendar)


@dataclass(frozen=True)
class ReportDue:
    """A report that a third party owes. `last_day` None: no time is set."""

    party: str
    occasion: str
    last_day: date | None
    cite: str


def report_due(party: str, occasion: str, day: date, rules: Rules, calendar: WorkCalendar) -> ReportDue:
    """By when an employer, landlord, property manager, agency or lodging reports what happened on a day.

    Raises:
        BadInput: `residence.no_report`: the rules ask for no such report.
    """
    rule = rules.reports.get(party, {}).get(occasion)
    if rule is None:
        raise bad_input("residence.no_report", party=party, occasion=occasion)
    last = rule.within.last_day(day, calendar) if rule.within else None
    return ReportDue(party, occasion, last, rule.cite)
