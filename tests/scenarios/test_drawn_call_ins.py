"""A list of the earliest whose last places are drawn: a draw of its own, checked, told and replayed."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from api.letters import letter_document
from publication.announcement import announcement
from publication.bundle import bundle_files
from publication.explanation import NotCalled
from publication.letter import letter_text
from publication.record import make_record
from scenarios.call_in import Called
from scenarios.letters import Letters
from scenarios.record_parts import record_parts
from scenarios.round import Round, decide, run_round
from storage.folders import write_folder
from storage.outcomes import read_outcome
from tests.effort import COSTLY
from tests.scenarios.staged import replayed
from tests.scenarios.test_draw_rounds import Family, agreed, config, days, pack, tables, told
from values.problems import BadInput


def family(day: int, wishes: list[str] | None = None) -> Family:
    return ("haidian", date(2012, 1, day), "couple", False, wishes or ["h1"], False)


FIVE = [family(day) for day in (1, 2, 2, 2, 3)]
"""Two flats call in floor(1.2 x 2) = 2: f00, and one of f01, f02, f03."""


def decided(people: list[Family], seats: list[int], final: str = "lottery") -> Round:
    return run_round(pack("lottery", final), config(), tables(people, seats))


def table(round_: Round, name: str) -> list[dict[str, str]]:
    text = bundle_files(round_.record, "public")[name]
    return pl.read_csv(io.BytesIO(text), infer_schema=False).rows(named=True)


def short(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def tickets(round_: Round, added: str) -> dict[str, str]:
    """Everybody's ticket by the published specification alone: the roster is the whole list."""
    listed = sorted(
        (row["candidate"].encode(), row["scope"].encode()) for row in table(round_, "call_in.csv")
    )
    rows = b"".join(short(name) + short(scope) + b"\0\0\0\1" for name, scope in listed)
    roster = hashlib.sha256(b"ALLOC-ROSTER-v1\0" + len(listed).to_bytes(4, "big") + rows).digest()
    draw = json.loads(bundle_files(round_.record, "public")["record.json"])["draw"]
    name = short((draw["id"] + added).encode())
    body = b"ALLOC-SEED-v1\0" + roster + name + len(draw["sources"]).to_bytes(2, "big")
    for source in draw["sources"]:
        value = bytes.fromhex(source["value_hex"])
        body += short(source["name"].encode()) + len(value).to_bytes(4, "big") + value
    key = hashlib.sha256(body).digest()
    assert draw["roster_hash"] == roster.hex()
    assert (draw["call_in"]["seed"] if added else draw["seed"]) == key.hex()
    return {
        who.decode(): hmac.new(key, b"ALLOC-TICKET-v1\0" + name + short(who) + bytes(4), "sha256").hexdigest()
        for who, _ in listed
    }


def test_the_rest_of_the_list_is_drawn_and_every_ticket_can_be_computed_by_hand() -> None:
    round_ = decided(FIVE, [2, 0, 0, 0])

    own, main = tickets(round_, "/call_in"), tickets(round_, "")

    first = min(("f01", "f02", "f03"), key=own.__getitem__)
    rows = table(round_, "call_in.csv")
    assert {row["candidate"]: row["ticket"] for row in rows} == own
    assert [row["candidate"] for row in rows if row["called"] == "true"] == ["f00", first]
    assert [row["place"] for row in rows] == ["1", "2", "2", "2", "5"]
    assert {row["candidate"]: row["ticket"] for row in table(round_, "ranking.csv")} == {
        who: main[who] for who in ("f00", first)
    }
    agreed(round_)
    assert replayed(round_)


@given(
    st.lists(st.tuples(st.sampled_from(("haidian", "xicheng")), days), min_size=1, max_size=10),
    st.lists(st.integers(0, 4), min_size=4, max_size=4),
    st.sampled_from(("lottery", "admit_all")),
)
@COSTLY
def test_the_first_by_date_then_by_ticket_are_called_in(
    people: list[tuple[str, date]], seats: list[int], final: str
) -> None:
    given_people: list[Family] = [(where, day, "couple", False, ["h1"], False) for where, day in people]
    try:
        round_ = decided(given_people, seats, final)
    except BadInput:
        event("nobody was called in")
        return

    own = tickets(round_, "/call_in")
    due = set()
    for scope, n in (("haidian", seats[0] + seats[1]), ("xicheng", seats[2] + seats[3])):
        inside = [
            (day, own[f"f{at:02d}"], f"f{at:02d}") for at, (where, day) in enumerate(people) if where == scope
        ]
        due |= {who for _, _, who in sorted(inside)[: n * 6 // 5]}
    assert {row["candidate"] for row in table(round_, "call_in.csv") if row["called"] == "true"} == due
    agreed(round_)
    letters = Letters(round_, round_.record.digest)
    for at in range(len(people)):
        letter_text(letters.letter(f"f{at:02d}"), "zh")


def test_whoever_was_drawn_in_has_no_better_ticket_for_it() -> None:
    """Over many rounds the one of three who is drawn in goes before f00 as often as not: 38 to 62 of 100."""
    ahead = 0
    plan = config()
    for number in range(100):
        draw = plan.draw.model_copy(update={"id": f"draw-{number}"})  # type: ignore[union-attr]
        made = decide(pack("lottery"), plan.model_copy(update={"draw": draw}), tables(FIVE, [2, 0, 0, 0]))
        ahead += made.ground.people[int(made.priority.position.argmin())] != "f00"
    assert 38 <= ahead <= 62


def test_letters_and_explanations_say_what_the_lot_decided() -> None:
    round_ = decided(FIVE, [2, 0, 0, 0])
    own = tickets(round_, "/call_in")
    first, *others = sorted(("f01", "f02", "f03"), key=own.__getitem__)
    letters = Letters(round_, round_.record.digest)

    drawn, out, last = (letter_text(letters.letter(who), "en") for who in (first, others[0], "f04"))

    assert any(f"called in by lot, with ticket {own[first]}" in line for line in drawn.standing)
    assert any(f"ticket {own[others[0]]} was not drawn" in line for line in out.reasons)
    assert "drawn" not in str(last.reasons)
    assert letters.letter("f00").drawn is None
    assert letter_document(letters.letter(first), ["en"])["drawn"]["ticket"] == own[first]


def test_an_explanation_has_the_ticket_too(tmp_path) -> None:  # type: ignore[no-untyped-def]
    round_ = decided(FIVE, [2, 0, 0, 0])
    own = tickets(round_, "/call_in")
    out = max(("f01", "f02", "f03"), key=own.__getitem__)
    write_folder(tmp_path, bundle_files(round_.record, "public"))

    found, last = (read_outcome(tmp_path, round_.pack.policy, who) for who in (out, "f04"))

    assert isinstance(found, NotCalled)
    assert found.ticket == own[out]
    assert isinstance(last, NotCalled)
    assert last.ticket is None


def test_another_person_on_the_list_and_another_ticket_are_found() -> None:
    round_ = decided(FIVE, [2, 0, 0, 0])
    assert round_.called is not None
    listed, draw = round_.called.table, round_.called.draw
    first = next(
        row["candidate"]
        for row in table(round_, "call_in.csv")
        if row["called"] == "true" and row["place"] == "2"
    )
    other = next(who for who in ("f01", "f02", "f03") if who != first)
    swap = pl.col("candidate").replace({first: other, other: first})
    ticket = pl.when(pl.col("candidate") == other).then(pl.lit("0" * 64)).otherwise("ticket").alias("ticket")

    for forged in (listed.with_columns(swap), listed.with_columns(ticket)):
        assert told(replace(round_, called=Called(forged, draw)))["call_in"] == "failed"


@pytest.mark.parametrize("final", ["lottery", "admit_all"])
def test_a_draw_that_was_held_gives_the_same_list_and_the_same_order(final: str) -> None:
    """As what-ifs take it over from the official round."""
    round_ = decided(FIVE, [2, 0, 0, 0], final)

    again = decide(pack("lottery", final), config(), tables(FIVE, [2, 0, 0, 0]), draw=round_.draw)

    assert make_record(record_parts(again)).digest == round_.record.digest


def test_the_announcement_says_that_the_rest_is_drawn() -> None:
    page = announcement(pack("lottery").policy, "en")

    assert any("of the same day: a public draw" in line.text for part in page.sections for line in part.lines)


def test_a_round_whose_list_ends_by_lot_needs_a_draw() -> None:
    """Also where nothing else is drawn."""
    without = config().model_copy(update={"draw": None})

    with pytest.raises(BadInput, match=r"round\.draw_missing"):
        run_round(pack("lottery", "admit_all"), without, tables(FIVE, [2, 0, 0, 0]))
