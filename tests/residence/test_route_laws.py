"""What is known of a person grows: an answer that was given stays, whatever becomes known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from residence.findings import Answer, all_of, any_of
from residence.routes import InsuredMonth, Record, RouteFacts, insured_months, judge_routes
from residence.rule_sections import MARKS, RECORDS
from residence.rules import Rules
from tests.residence.places import rules_of
from values.dates import add_months

DAY = date(2020, 6, 15)
PLACES = ("hangzhou 2017", "hangzhou 2018", "taizhou", "ningbo-jiangbei", "ankang", "zhejiang")
RULES = {
    (place, gap): rules_of(place, **({"insurance_gap": gap} if place in PLACES[:4] else {}))
    for place in PLACES
    for gap in ("0 months", "2 months")
}
KINDS = st.sampled_from([(), ("injury",), ("pension",), ("injury", "pension")])
ROUTES = tuple(RECORDS)
rules = st.sampled_from(sorted(RULES)).map(RULES.__getitem__)


@st.composite
def records(draw: st.DrawFn, route: str) -> Record:
    """A record of about the last two years; any mark yes, no, or not known."""
    since = DAY - timedelta(days=draw(st.integers(0, 800)))
    until = draw(st.none() | st.integers(0, 900).map(lambda days: since + timedelta(days=days)))
    term_end = draw(st.none() | st.integers(0, 900).map(lambda days: since + timedelta(days=days)))
    marks = {
        mark: value
        for mark in sorted(MARKS[route])  # type: ignore[index]
        if (value := draw(st.sampled_from([True, True, False, None]))) is not None
    }
    return Record(draw(st.sampled_from(sorted(RECORDS[route]))), since, until, term_end, marks)  # type: ignore[index]


insured = st.builds(
    lambda ago, kinds, back_paid: InsuredMonth(add_months(DAY, -ago), frozenset(kinds), back_paid),
    st.integers(0, 15),
    KINDS,
    st.sampled_from([False, False, True, None]),
)
ledgers = st.none() | st.lists(insured, max_size=30).map(tuple)
people = st.builds(
    RouteFacts,
    *(st.none() | st.lists(records(route), max_size=2).map(tuple) for route in ROUTES),
    ledgers,
)


@st.composite
def known(draw: st.DrawFn, facts: RouteFacts) -> RouteFacts:
    """The same person with everything known that was not."""
    tables = {}
    for route in ROUTES:
        table = getattr(facts, route)
        if table is None:
            table = tuple(draw(st.lists(records(route), max_size=2)))
        tables[route] = tuple(draw(_known_record(record, route)) for record in table)
    ledger = facts.insurance
    if ledger is None:
        ledger = tuple(draw(st.lists(insured, max_size=30)))
    return RouteFacts(**tables, insurance=tuple(draw(_known_month(month)) for month in ledger))


@st.composite
def _known_record(draw: st.DrawFn, record: Record, route: str) -> Record:
    marks = {mark: record.marks.get(mark, draw(st.booleans())) for mark in sorted(MARKS[route])}  # type: ignore[index]
    end = record.term_end or record.since + timedelta(days=draw(st.integers(0, 900)))
    return replace(record, marks=marks, term_end=end)


@st.composite
def _known_month(draw: st.DrawFn, month: InsuredMonth) -> InsuredMonth:
    back_paid = draw(st.booleans()) if month.back_paid is None else month.back_paid
    kinds = month.kinds or frozenset(draw(KINDS.filter(bool)))
    return InsuredMonth(month.month, kinds, back_paid)


@given(st.data(), people, rules)
def test_what_becomes_known_never_turns_an_answer(
    data: st.DataObject, facts: RouteFacts, place: Rules
) -> None:
    before = {part.name: part.answer for part in judge_routes(facts, DAY, place).parts}
    after = {part.name: part.answer for part in judge_routes(data.draw(known(facts)), DAY, place).parts}

    assert {name: answer for name, answer in after.items() if before[name] not in (answer, "unknown")} == {}
    assert "unknown" not in after.values()


@given(people, people, rules)
def test_more_records_and_more_insured_months_never_hurt(
    one: RouteFacts, more: RouteFacts, place: Rules
) -> None:
    both = RouteFacts(
        *((getattr(one, route) or ()) + (getattr(more, route) or ()) for route in ROUTES),
        insurance=(one.insurance or ()) + (more.insurance or ()),
    )
    alone = RouteFacts(*(getattr(one, route) or () for route in ROUTES), insurance=one.insurance or ())

    for route, wider in zip(
        judge_routes(alone, DAY, place).parts, judge_routes(both, DAY, place).parts, strict=True
    ):
        assert route.answer != "met" or wider.answer == "met"


@given(people, rules, st.randoms(use_true_random=False))
def test_the_order_of_records_and_months_decides_nothing(
    facts: RouteFacts, place: Rules, chance: object
) -> None:
    def shuffled(items: tuple[object, ...] | None) -> tuple[object, ...] | None:
        if items is None:
            return None
        listed = list(items)
        chance.shuffle(listed)  # type: ignore[attr-defined]
        return tuple(listed)

    other = RouteFacts(*(shuffled(getattr(facts, name)) for name in (*ROUTES, "insurance")))  # type: ignore[arg-type]

    assert [part.answer for part in judge_routes(other, DAY, place).parts] == [
        part.answer for part in judge_routes(facts, DAY, place).parts
    ]


@given(ledgers, rules)
def test_insured_months_are_those_of_walking_back_month_by_month(
    ledger: tuple[InsuredMonth, ...] | None, place: Rules
) -> None:
    """Months paid in time for something besides work injury, counted until too many in a row are missing."""
    without = ("back_paid", "injury_only")
    paid = {item.month for item in ledger or () if item.back_paid is False and item.kinds & {"pension"}}
    counted, missing, allowed, ago = 0, 0, 1 if place.insurance_up_to == "month_before" else 0, 0
    while missing <= allowed and ago < 40:
        if add_months(DAY, -ago) in paid:
            counted, missing, allowed = counted + 1, 0, place.insurance_gap
        else:
            missing += 1
        ago += 1

    assert insured_months(ledger or (), DAY, place, without)[0] == counted


@given(st.lists(st.sampled_from(["met", "not_met", "unknown"])))
def test_all_and_any_are_those_of_three_valued_logic(answers: list[Answer]) -> None:
    rank = {"not_met": 0, "unknown": 1, "met": 2}
    worst = min(answers, key=rank.__getitem__, default="met")
    best = max(answers, key=rank.__getitem__, default="not_met")

    assert (all_of(answers), any_of(answers)) == (worst, best)
