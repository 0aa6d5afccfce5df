"""Synthetic households that wait for public rental flats by public draw, and the projects on offer.

Everything made here is 模拟数据 (synthetic): no real person, project or address. It makes data and decides
nothing, so it may use chance; what it makes is a function of its arguments alone.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from scenarios import synthetic_figures as figures
from scenarios import synthetic_places as places
from scenarios.synthetic import Columns, Flags, Floats, Ints, Random, chosen, forget, generator, ids
from scoring.policy import Policy

DEMAND = (6.0, 5.0, 0.85)  # households a flat in the districts of the quotas, in order, again from the first
HOUSEHOLDS = {"single": 0.22, "couple": 0.20, "parent_child_below_10": 0.06, "parent_child_from_10": 0.08,
              "three_or_more": 0.44}  # fmt: skip
MEMBERS = (1, 2, 2, 2, 3)
WAITING = {"none": 0.66, "low_rent": 0.08, "affordable": 0.13, "price_limited": 0.13}
CLAIMS = {  # share of households for which it is true
    "beijing_urban": 0.97,
    "full_capacity": 0.997,
    "rents_public_flat": 0.01,
    "serious_illness": 0.04,
    "severe_disability": 0.03,
    "preferential_treatment": 0.01,
    "veteran": 0.03,
    "model_worker": 0.003,
    "adult_orphan": 0.003,
}
GIVEN_UP = (0.93, 0.04, 0.02, 0.01)  # shares of households that gave up 0, 1, 2, 3 places
FORGETTABLE = (
    "area_per_head",
    "annual_income_yuan",
    "beijing_urban",
    "times_given_up",
    "serious_illness",
    "veteran",
)
FLATS = {  # share of a project's flats, word, how much it is liked
    "dormitory": (0.05, "宿舍", 0.1),
    "studio": (0.25, "单居", 0.4),
    "small": (0.20, "小套型", 0.7),
    "medium": (0.32, "中套型", 0.9),
    "large": (0.18, "大套型", 1.0),
}
FLATS_A_PROJECT, MOST_PROJECTS = 65, 6
NUMERALS = "一二三四五六七八九十"
MOST_WISHES = 5


def synthetic_draw(
    policy: Policy, quotas: pl.DataFrame, *, seed: int, families: int, as_of: date
) -> dict[str, pl.DataFrame]:
    """Invent `families` registered households that wait for the flats of `quotas` (district, seats).

    Returns the tables `applicants`, `candidates`, `offers`, `quotas`, `preferences` and `refusals`. More
    households than flats in two districts of three, fewer in the third. Registration happens on one day a
    week, so dates tie; those who wait for other subsidised housing registered earlier. Some facts are
    unknown, some households do not qualify, some wish for flats of other districts or of sizes they may not
    have. The flats of the invented projects add up to the quotas exactly.
    """
    rng = generator(seed, 2)
    members = list(policy.facts["district"].members or ())
    quotas = quotas.select(pl.col("district").cast(pl.Enum(members)), pl.col("seats").cast(pl.Int64))
    quotas = quotas.sort("district")
    weights = quotas["seats"].to_numpy() * np.resize(DEMAND, quotas.height)
    district = rng.choice(quotas.height, families, p=weights / weights.sum())
    household = chosen(list(HOUSEHOLDS.values()), families, rng)
    applicants = _applicants(policy, household, as_of, rng)
    candidates = _candidates(policy, quotas, applicants, district, household, as_of, rng)
    offers = _projects(policy, quotas, rng)
    named = candidates["candidate"]
    return {
        "applicants": applicants.insert_column(0, named.alias("subject")),
        "candidates": candidates,
        "offers": offers.drop("row", "liked"),
        "quotas": quotas,
        "preferences": _wishes(policy, named, district, household, offers, rng),
        "refusals": pl.DataFrame(named).filter(pl.Series(rng.random(families) < 0.03)),
    }


def _applicants(policy: Policy, household: Ints, as_of: date, rng: Random) -> pl.DataFrame:
    """The households' facts, typed, in the pack's order."""
    count = len(household)
    waits = chosen(list(WAITING.values()), count, rng)
    members = np.array(MEMBERS)[household] + (household == len(MEMBERS) - 1) * rng.integers(0, 3, count)
    facts: Columns = {name: rng.random(count) < share for name, share in CLAIMS.items()}
    facts["waiting_for"] = np.array(list(WAITING))[waits]
    facts["household_members"] = members
    spare = 1200 + 300 * (waits == 0)  # hundredths of a square metre
    facts["area_per_head"] = (400 + spare * rng.random((2, count)).mean(0) ** 2).astype(int)
    income = 10_000 + 28_000 * rng.random((2, count)).mean(0)  # a head
    facts["annual_income_yuan"] = (100 * members * income).astype(int)
    facts["times_given_up"] = chosen(GIVEN_UP, count, rng)
    age = 24 + 30 * rng.random(count) + (rng.random(count) < 0.12) * 25
    facts["oldest_born_on"] = np.datetime64(as_of) - (age * 365.25).astype(np.int64)
    wanted = {name: fact for name, fact in policy.facts.items() if fact.of == "subject"}
    frame = pl.DataFrame(
        [pl.Series(name, facts[name], dtype=places.stored_type(fact)) for name, fact in wanted.items()]
    )
    return forget(frame, FORGETTABLE, 0.03, rng)


def _candidates(
    policy: Policy,
    quotas: pl.DataFrame,
    applicants: pl.DataFrame,
    district: Ints,
    household: Ints,
    as_of: date,
    rng: Random,
) -> pl.DataFrame:
    """One row a household."""
    count = len(district)
    waits = (applicants["waiting_for"] != "none").to_numpy()
    weeks = (220 * np.sqrt(rng.random(count)) * np.where(waits, 0.8, 1.0)).astype(np.int64)
    last = np.datetime64(as_of) - 62  # a Friday for the shipped round
    names = np.array([s + g for s in figures.SURNAMES for g in figures.GIVEN_NAMES])
    kinds = policy.facts["household"].members or {}
    named = ids(f"BJ{as_of:%y}-", count)
    return pl.DataFrame(
        {
            "candidate": named,
            "subject": named,
            "name": names[rng.integers(0, len(names), count)],
            "district": quotas["district"].gather(district),
            "registered_on": last - 7 * (220 - weeks),
            "intent_in_time": rng.random(count) < 0.98,
            "household": pl.Series(np.array(list(HOUSEHOLDS))[household], dtype=pl.Enum(list(kinds))),
        }
    )


def _projects(policy: Policy, quotas: pl.DataFrame, rng: Random) -> pl.DataFrame:
    """Projects of every district, each with flats of every type; together exactly the quota.

    `row` (the row of `quotas`) and `liked` are for the wishes only.
    """
    types = list(FLATS)
    rows: list[dict[str, object]] = []
    number = 0
    for row, (district, seats) in enumerate(quotas.rows()):
        projects = min(max(1, round(seats / FLATS_A_PROJECT)), MOST_PROJECTS)
        shares = np.outer(0.6 + rng.random(projects), [share for share, _, _ in FLATS.values()]).ravel()
        held = np.diff(np.rint(seats * np.cumsum(shares) / shares.sum()).astype(int), prepend=0)
        fame = rng.random(projects)
        for index, seats_held in enumerate(held):
            project, kind = divmod(index, len(types))
            _, word, liked = FLATS[types[kind]]
            named = f"示例项目{_numeral(number + project + 1)} {word}"
            place = {"offer": f"{district}-{project + 1}-{types[kind]}", "district": district, "name": named}
            rows.append(
                place
                | {"seats": int(seats_held), "type": types[kind], "row": row, "liked": liked + fame[project]}
            )
        number += projects
    declared = policy.facts["district"].members or {}
    frame = pl.DataFrame(rows).filter(pl.col("seats") > 0)
    return frame.with_columns(
        pl.col("district").cast(pl.Enum(list(declared))), pl.col("type").cast(pl.Enum(types))
    )


def _wishes(
    policy: Policy, named: pl.Series, district: Ints, household: Ints, offers: pl.DataFrame, rng: Random
) -> pl.DataFrame:
    """Up to five wishes each: mostly fitting flats of the own district, a few of another at the end."""
    fits = policy.services["draw"].allocation.fits
    assert fits is not None
    kinds = [fits.allowed[name] for name in HOUSEHOLDS]
    fitting = np.array([[kind in allowed for kind in offers["type"]] for allowed in kinds])[household]
    careless = rng.random(fitting.shape) < 0.03  # wishes for a size that the household may not have
    liking = offers["liked"].to_numpy() + 2 * rng.random(fitting.shape)
    home = offers["row"].to_numpy() == district[:, None]
    abroad = rng.random(len(district)) < 0.5
    length = np.where(abroad, 2, 3 + rng.integers(0, MOST_WISHES - 2, len(district)))
    near = _best((fitting | careless) & home, liking, length)
    easy = np.array(DEMAND)[offers["row"].to_numpy() % len(DEMAND)] < 1
    far = _best(fitting & ~home, liking + easy, np.where(abroad, MOST_WISHES - 2, 0))
    listed = np.concatenate([near, far], axis=1)
    person, place = np.nonzero(listed >= 0)
    rank = np.cumsum(listed >= 0, axis=1)[person, place]
    wishes = {"candidate": named.gather(person), "rank": pl.Series(rank, dtype=pl.Int64)}
    return pl.DataFrame(wishes | {"offer": offers["offer"].gather(listed[person, place])})


def _best(wished: Flags, liking: Floats, length: Ints) -> Ints:
    """(n, 5) the best liked of the wished rows, as many as `length` (n,) says, then -1."""
    best = np.argsort(np.where(wished, -liking, np.inf), axis=1, kind="stable")[:, :MOST_WISHES]
    kept = np.take_along_axis(wished, best, axis=1) & (np.arange(best.shape[1]) < length[:, None])
    return np.where(kept, best, -1)


def _numeral(number: int) -> str:
    """1 … 99 in Chinese."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十"
    return head + (NUMERALS[ones - 1] if ones else "")
