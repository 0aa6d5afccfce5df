"""What `allocate` does: a market of any form in, verified, and its answer out in the same form."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from allocation.allocate import allocate
from allocation.counterfactual import Proof, with_more_points
from allocation.laws import Laws
from allocation.market import Market
from allocation.market_frames import read_frames
from allocation.market_json import read_market as read_document
from allocation.market_rules import MarketCase
from allocation.outcome import Allocation
from allocation.result import allocation_document, assignment_document, summary_document, with_digest
from allocation.result_tables import result_tables
from allocation.tie_costs import tie_cost
from allocation.verify import verify
from allocation.why_not import Outcome, why_not
from api.allocation_tables import show_tables
from api.console import print_json, say
from api.reasons import show_proofs, show_reasons
from publication.messages import Lang, sentence
from storage.folders import refuse_folder, refuse_occupied, write_file, write_folder
from storage.importers import require_present
from storage.markets import answer_files, read_market
from values.problems import BadInput, Problem
from values.progress import Progress

EVERYBODY = "all"


@dataclass
class Stopwatch:
    """Seconds a stage, by name, in the order of the stages."""

    seconds: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        """The stage ends now; the next one begins."""
        now = time.perf_counter()
        self.seconds[stage] = round(now - self.last, 3)
        self.last = now


@dataclass(frozen=True, eq=False)
class Answer:
    """A verified allocation. `why` are the people to give reasons for, None for everybody; `proofs` their
    what-ifs."""

    case: MarketCase
    outcome: Outcome
    laws: Laws
    why: tuple[int, ...] | None
    proofs: tuple[Proof, ...]
    is_folder: bool
    watch: Stopwatch

    @property
    def allocation(self) -> Allocation:
        """Who got what."""
        return self.outcome.allocation


def allocate_file(path: Path, *, why: Sequence[str], more: Sequence[str] = (), progress: Progress) -> Answer:
    """Read a market, run its mechanism, verify the answer. `why` are applicant ids, or "all"; for each of
    them every
    amount of `more` points is added in turn and the market allocated anew.

    Raises:
        BadInput: every problem of the market; `allocate.unknown_applicant`.
        Refused: a tie is refused, a law is violated, a solver did not prove its answer.
    """
    watch = Stopwatch()
    document, tables = read_market(path)
    watch.lap("read")
    is_folder = path.is_dir()
    case = (
        read_frames(document, tables, file=str(path))
        if is_folder
        else read_document(document, file=str(path))
    )
    people = _people(case.market, why)
    watch.lap("rank")
    allocation = allocate(case.market, case.mechanism, case.ties, progress)
    watch.lap("mechanism")
    outcome = Outcome.of(case.market, allocation)
    laws = verify(case.market, allocation, lines=outcome.cutoffs, progress=progress)
    laws.check()
    watch.lap("verify")
    proofs = tuple(
        with_more_points(case, range(len(case.market.applicants)) if people is None else people, more)
    )
    return Answer(case, outcome, laws, people, proofs, is_folder, watch)


def refuse_target(market: Path, out: Path | None, *, replace: bool) -> None:
    """A folder is answered with a folder, a file with a file; told before the work begins.

    Raises:
        BadInput: `storage.file_missing`; those of `refuse_occupied` and `refuse_folder`.
    """
    require_present(market)
    if out is not None and market.is_dir():
        refuse_occupied(out, replace=replace)
    elif out is not None:
        refuse_folder(out)


def print_allocation(
    answer: Answer, out: Path | None, *, as_json: bool, lang: Lang, replace: bool = False
) -> None:
    """Write the answer to `out`; print it as one document, or who got what as CSV."""
    if answer.is_folder and out is not None:
        document = _write_tables(answer, out, replace)
    else:
        document = _document(answer)
        if out is not None:
            write_file(out, _as_text(document).encode("utf-8"))
    if as_json:
        print_json(document)
        return
    say(sentence("console.allocation", _figures(answer, document), lang))
    for law, verdict in answer.laws.document().items():
        say(f"  {law}: {verdict}")
    say(sentence("allocate.tie_cost", tie_cost(answer.outcome.market, answer.allocation).document(), lang))
    if answer.why != ():
        show_reasons(
            why_not(answer.outcome, answer.why),
            assignment_document(answer.outcome.market, answer.allocation),
            lang,
        )
        show_proofs(answer.proofs, lang)
    elif out is None:
        show_tables(answer.outcome, lang)


def _people(market: Market, why: Sequence[str]) -> tuple[int, ...] | None:
    if EVERYBODY in why:
        return None
    rows = {name: row for row, name in enumerate(market.applicants)} if why else {}
    unknown = [name for name in why if name not in rows]
    if unknown:
        raise BadInput(Problem.of("allocate.unknown_applicant", id=name) for name in unknown)
    return tuple(dict.fromkeys(rows[name] for name in why))


def _document(answer: Answer) -> dict[str, object]:
    document = allocation_document(answer.outcome, answer.laws, why=answer.why)
    document = _with_proofs(answer, document)
    answer.watch.lap("write")
    return document | {"seconds": answer.watch.seconds}


def _write_tables(answer: Answer, out: Path, replace: bool) -> dict[str, object]:
    """The answer as a folder; the document has the tables' digests instead of their rows."""
    files, digests = answer_files(result_tables(answer.outcome))
    document = summary_document(answer.outcome, answer.laws, tables=digests)
    reasons = why_not(answer.outcome, answer.why)
    if reasons:
        document = with_digest(document | {"why_not": reasons})
    document = _with_proofs(answer, document)
    answer.watch.lap("write")
    document |= {"seconds": answer.watch.seconds}
    write_folder(out, {**files, "result.json": _as_text(document).encode("utf-8")}, replace=replace)
    return document


def _with_proofs(answer: Answer, document: dict[str, object]) -> dict[str, object]:
    """The document with what more points would have done: by applicant and amount the offer, or why there is
    none."""
    if not answer.proofs:
        return document
    proven: dict[str, dict[str, object]] = {}
    for proof in answer.proofs:
        refused = {"refused": [problem.code for problem in proof.refused]}
        proven.setdefault(proof.applicant, {})[proof.more] = refused if proof.refused else proof.offer
    return with_digest(document | {"with_more_points": proven})


def _as_text(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _figures(answer: Answer, document: dict[str, object]) -> dict[str, object]:
    assigned, market = answer.allocation.assigned, answer.outcome.market
    return {
        "mechanism": answer.allocation.mechanism,
        "applicants": assigned.size,
        "placed": int((assigned >= 0).sum()),
        "offers": len(market.offers),
        "seats": int(market.capacity.sum()),
        "digest": document["digest"],
    }
