"""Small rounds of any stages: a tiny pack with other stages, generated families, what each program says."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path

import polars as pl
from hypothesis import strategies as st

from allocation.distance import metres_between
from publication.bundle import bundle_files
from publication.record import make_record
from scenarios.record_parts import record_parts
from scenarios.round import Round, run_round
from scenarios.tables import Applications, empty_tables, wishes_of_lists
from scoring.pack import Pack, load_pack
from storage.folders import write_folder
from storage.replays import replay_bundle
from tests.scenarios.naive_places import Naive, Person
from tests.scenarios.test_other_policies import SCHOOLING, TINY, TOWN, config
from verifier.verify_bundle import verify

STAGE = "- {name: selection, mechanism: serial_dictatorship, seats: quotas}"
QUOTAS = STAGE
TURNS = "- {name: turns, mechanism: serial_dictatorship, seats: offers, wishes: 3}"
SURPLUS = "- {name: surplus, mechanism: serial_dictatorship, seats: offers, wishes: 3, area: everywhere}"
WISHES = "- {name: wishes, mechanism: deferred_acceptance, seats: offers, wishes: 3}"
FIRST = "- {name: first, mechanism: immediate_acceptance, seats: offers, wishes: 2}"
BANDS = "- {name: bands, mechanism: parallel, seats: offers, wishes: 3, bands: [1, 2]}"
NEARBY = "- {name: nearby, mechanism: redistribution, seats: offers, cost: distance}"
HERE = "title: {zh: 先录第一志愿, en: first choices first}, choices_first_at: early, cite: rules 13"
MARK = "{title: {zh: 先录志愿在前者, en: earlier choices first}, cite: rules 13}"
MARKS_GO_HERE = "stages:\n"
EARLY = WISHES.replace("}", f", tiers: {{id: early, {HERE}}}}}", 1)
EARLY_SOME = WISHES.replace(
    "}",
    f", tiers: {{id: schooled, {HERE}, for: {{fact: education, is: junior}}, unknown: outside}}}}",
    1,
)
TRADED = ("offer", "outcome", "decided", "run", "waiting")
MARKED = frozenset({"east-0", "east-1", "west-1"})
SCHOOLS = tuple(f"{town}-{at}" for town in ("east", "west") for at in range(3))


@dataclass(frozen=True)
class Family:
    """One generated family; `home` in 10^-5 degrees."""

    town: str
    months: int
    education: str
    wishes: list[str]
    home: tuple[int, int]
    refuses: bool
    second: tuple[str, ...] = ()


homes = st.tuples(st.integers(0, 9), st.integers(0, 9))
families = st.builds(
    Family,
    st.sampled_from(("east", "east", "west")),
    st.sampled_from((1, 12, 12, 24, 30)),
    st.sampled_from(("none", "junior")),
    st.lists(st.sampled_from(SCHOOLS), max_size=4, unique=True),
    homes,
    st.sampled_from((False, False, True)),
    st.lists(st.sampled_from(SCHOOLS), max_size=3, unique=True).map(tuple),
)
towns = st.lists(families, min_size=1, max_size=7)
seats = st.lists(st.integers(0, 2), min_size=6, max_size=6)


@cache
def pack(stages: tuple[str, ...], *, refill: bool = False, accepts: str = "") -> Pack:
    """The tiny pack with these stages; nobody is below its gate."""
    text = TINY.replace(STAGE, "\n        ".join(stages)).replace("gate: {points: 10,", "gate: {points: 0,")
    text = text.replace("refill: false", f"refill: {str(refill).lower()}")
    if accepts:
        rule = f"marks: {{early: {MARK}}}\n      accepts: [{accepts}]"
        text = text.replace(MARKS_GO_HERE, f"{rule}\n      {MARKS_GO_HERE}")
    elif any("choices_first_at" in stage for stage in stages):
        text = text.replace(MARKS_GO_HERE, f"marks: {{early: {MARK}}}\n      {MARKS_GO_HERE}")
    return load_pack(text, "tiny.yaml")


def tables(
    stages: tuple[str, ...],
    people: list[Family],
    free: list[int],
    marked: Collection[str] = MARKED,
    *,
    marks: bool = False,
) -> Applications:
    """Everything of a round; of the schools 0, 1, 2 of a town the first lies nearest to (0, 0)."""
    ids = [f"f{at:02d}" for at in range(len(people))]
    applicants = pl.DataFrame(
        {"subject": ids, "education": [p.education for p in people], "months": [p.months for p in people]},
        schema_overrides={"education": SCHOOLING},
    )
    candidates = pl.DataFrame(
        {
            "candidate": ids,
            "subject": ids,
            "town": [p.town for p in people],
            "longitude": [p.home[0] * 1000 for p in people],
            "latitude": [p.home[1] * 1000 for p in people],
        },
        schema_overrides={"town": TOWN},
    )
    offers = pl.DataFrame(
        {
            "offer": SCHOOLS,
            "town": [name.split("-")[0] for name in SCHOOLS],
            "name": SCHOOLS,
            "seats": free,
            "longitude": [at * 2000 for at in range(6)],
            "latitude": [at % 3 * 3000 for at in range(6)],
        },
        schema_overrides={"town": TOWN},
    )
    if marks or any("choices_first_at" in stage for stage in stages):
        offers = offers.with_columns(early=pl.col("offer").is_in(marked))
    wishes = [
        {"candidate": name, "list": which, "rank": rank, "offer": offer}
        for name, person in zip(ids, people, strict=True)
        for which, listed in ((None, person.wishes), ("second", person.second))
        for rank, offer in enumerate(possible(stages, which, person.town, listed), 1)
    ]
    kinds = {"candidate": pl.String, "list": pl.Enum(["second"]), "rank": pl.Int64, "offer": pl.String}
    preferences = pl.DataFrame(wishes, schema=kinds)
    if not any("list: second" in stage for stage in stages):
        preferences = preferences.drop("list")
    refusals = pl.DataFrame(
        {"candidate": [name for name, person in zip(ids, people, strict=True) if person.refuses]},
        schema={"candidate": pl.String},
    )
    quotas = offers.group_by("town", maintain_order=True).agg(pl.col("seats").sum())
    found = {"applicants": applicants, "candidates": candidates, "quotas": quotas, "refusals": refusals}
    if any("seats: offers" in stage for stage in stages):
        found["offers"] = offers
    if any("wishes:" in stage for stage in stages):
        found["preferences"] = preferences
    return Applications(**{**empty_tables(), **found}, ledgers={})


def possible(stages: tuple[str, ...], which: str | None, town: str, listed: Sequence[str]) -> list[str]:
    """As many wishes as a list may have, for schools that its stages give to people of the town."""
    reading = [stage for stage in stages if "wishes:" in stage and ("list: second" in stage) == bool(which)]
    numbers = [stage.split("wishes: ")[1] for stage in reading]
    most = max((9 if text.startswith("any") else int(text[0]) for text in numbers), default=0)
    everywhere = any("area:" in stage for stage in reading)
    return [offer for offer in listed if everywhere or town in offer][:most]


def decided(stages: tuple[str, ...], people: list[Family], free: list[int], *, refill: bool = False) -> Round:
    return run_round(pack(stages, refill=refill), config(), tables(stages, people, free))


def naive(round_: Round) -> Naive:
    """The same round by the naive program: who comes before whom is taken from the ranking."""
    ground = round_.ground
    rule = round_.pack.policy.services["school"].allocation
    given = ground.tables
    wishes: dict[str, dict[str, list[str]]] = {name: defaultdict(list) for name in ground.people}
    filed = wishes_of_lists(given.preferences)
    for who, which, _, offer in filed.sort("candidate", "list", "rank").rows():
        if who in wishes:
            wishes[who][which].append(offer)
    refused, scopes = set(given.refusals["candidate"]), ground.scopes.to_list()
    sites = {row["offer"]: row for row in ground.offers.rows(named=True)}
    homes_of = ground.candidates.rows(named=True)
    people = []
    for row, name in enumerate(ground.people):
        scope, home = scopes[int(ground.person_scope[row])], homes_of[row]
        far = {
            offer: metres_between(home["longitude"], home["latitude"], site["longitude"], site["latitude"])
            for offer, site in sites.items()
            if site["scope"] == scope
        }
        places = int(ground.priority.position[row]), int(ground.order_everywhere[row])
        groups = frozenset(group for group, inside in ground.members.items() if inside[row])
        people.append(Person(name, scope, *places, wishes[name], far, groups, name in refused))
    offers = {offer: (site["scope"], site["seats"]) for offer, site in sites.items()}
    quotas = dict(ground.quotas.select("scope", "seats").rows())
    marks = {name: frozenset(ground.offers.filter(pl.col(name))["offer"]) for name in rule.marks or {}}
    return Naive(rule.stages, people, offers, quotas, rule.refusal.refill, marks, rule.accepts or ()).decide()


def outcomes(round_: Round) -> dict[str, tuple[str, str, int]]:
    """By person what, which offer, in which run."""
    placement, offers = round_.placement, round_.ground.offers["offer"].to_list()
    got = [offers[row] if row >= 0 else "" for row in placement.offer]
    rows = zip(placement.outcome_names(), got, placement.run.tolist(), strict=True)
    return dict(zip(round_.ground.people, rows, strict=True))


def checked(round_: Round) -> dict[str, str]:
    """Both bundles hold for the independent verifier; the results of the audit bundle's checks."""
    with tempfile.TemporaryDirectory() as folder:
        for form in ("public", "audit"):
            write_folder(Path(folder) / form, bundle_files(round_.record, form))  # type: ignore[arg-type]
            report = verify(Path(folder) / form, "en")
            assert report.ok, report.as_text("en")
    return {check["name"]: check["result"] for check in report.checks}


def swapped(round_: Round) -> Round | None:
    """The same round after two people of one town, the first who differ, traded what they have."""
    found, scope = list(outcomes(round_).values()), round_.ground.person_scope
    pairs = combinations(range(len(found)), 2)
    pair = next(([a, b] for a, b in pairs if scope[a] == scope[b] and found[a][:2] != found[b][:2]), None)
    if pair is None:
        return None
    columns = {name: getattr(round_.placement, name).copy() for name in TRADED}
    for column in columns.values():
        column[pair] = column[pair[::-1]]
    forged = replace(round_, placement=replace(round_.placement, **columns))
    return replace(forged, record=make_record(record_parts(forged)))


def failed(round_: Round) -> list[str]:
    """The checks of the audit bundle that fail."""
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder) / "audit", bundle_files(round_.record, "audit"))
        report = verify(Path(folder) / "audit", "en")
    return [check["name"] for check in report.checks if check["result"] == "failed"]


def replayed(round_: Round) -> bool:
    """Whether the round's audit bundle gives the same bytes again."""
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder) / "audit", bundle_files(round_.record, "audit"))
        return replay_bundle(Path(folder) / "audit").same
