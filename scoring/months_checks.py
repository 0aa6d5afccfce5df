"""Load checks of facts measured from ledgers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoring.fact_model import DerivedFact
from scoring.months_rule import LedgerRows
from values.anchors import ANCHORS
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker


def check_months(checker: Checker, derived: DerivedFact, path: Path) -> None:
    """Ledgers, columns and members exist, something is left to count, the date and the clause are there."""
    own = derived.rows
    check_rows(checker, own, path, key="months_in")
    for key, rows in derived.others():
        check_rows(checker, rows, (*path, key), key="ledger")
        if (rows.ledger, rows.where, rows.but) == (own.ledger, own.where, own.but):
            checker.report("same_ledger_rows", (*path, key), key=key)
    check_given_day(checker, str(derived.up_to), (*path, "up_to"))
    check_department_fact(checker, derived, path)


def check_given_day(checker: Checker, day: object, path: Path) -> None:
    """A day that is needed before facts are computed: a date, an anchor, or a date fact that is handed in."""
    if not isinstance(day, str) or day in ANCHORS:
        return
    if checker.expect(day, "date", path) is not None and day in checker.policy.derived:
        checker.report("computed_day", path, fact=day)


def check_department_fact(checker: Checker, derived: DerivedFact, path: Path) -> None:
    """What is measured from a department's records has a clause and belongs to the subject."""
    if derived.cite is None:
        checker.report("uncited", path, rule=".".join(map(str, path)))
    if derived.of != "subject":
        checker.report("ledger_of_candidate", path)


def check_rows(checker: Checker, rows: LedgerRows, path: Path, *, key: str) -> None:
    """The ledger is declared and has the columns and members named, each once, and some are left."""
    ledger = checker.policy.ledgers.get(rows.ledger)
    if ledger is None:
        checker.report("unknown_ledger", (*path, key), ledger=rows.ledger)
        return
    for name, choices in (("where", rows.where), ("except", rows.but or {})):
        for column, members in choices.items():
            for member in members:
                where = (*path, name, column)
                if member not in ledger.members.get(column, ()):
                    checker.report("unknown_ledger_member", where, column=column, member=member)
                elif members.count(member) > 1:
                    checker.report("ledger_member_twice", where, column=column, member=member)
    for column, members in (rows.but or {}).items():
        if not set(rows.where.get(column, ledger.members.get(column, members))) - set(members):
            checker.report("ledger_nothing_left", (*path, "except", column), column=column)
