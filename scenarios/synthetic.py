"""A synthetic city: invented families, schools and homes for demonstrations, tests and benchmarks.

Everything made here is 模拟数据 (synthetic): no real person, school or address. It makes data and decides
nothing, so it may use chance; what it makes is a function of its arguments alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios import synthetic_figures as figures
from scenarios import synthetic_places as places
from scoring.facts import service_facts
from scoring.policy import Policy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Random = np.random.Generator
Columns = dict[str, NDArray[np.generic]]

SLOTS = np.array([540, 600, 660, 870, 930, 990])  # minutes of the day when a batch of applications is filed


@dataclass(frozen=True)
class Families:
    """One row a family, in filing order. `month`: months in the city; `luck` (0..1) moves facts together."""

    scope: Ints
    filed_day: Ints  # days since 1970
    filed_minute: Ints
    late: Flags
    month: Ints
    luck: Floats
    failing: Ints  # index into figures.FAILINGS, or -1


def synthetic_city(
    policy: Policy, quotas: pl.DataFrame, *, seed: int, families: int, as_of: date
) -> dict[str, pl.DataFrame]:
    """Invent a round of about `families` families that apply for the seats of `quotas` (town, stage, seats).

    Returns the tables `applicants`, `candidates`, `offers`, `quotas`, `preferences`, `refusals`, `insurance`
    and `permits`. Two in five families apply with both parents, one in fifteen for two children (twins, or
    one at each stage), who file together. Some facts are unknown, some families do not qualify. The seats
    of the invented schools add up to the quotas exactly. The same arguments give the same frames.
    """
    rng = generator(seed)
    quotas = places.typed_scope(policy, quotas.select("town", "stage", pl.col("seats").cast(pl.Int64)))
    quotas = quotas.sort("town", "stage")
    homes = _families(quotas, families, as_of, rng)
    parents = np.sort(np.concatenate([np.arange(families), np.flatnonzero(rng.random(families) < 0.4)]))
    subjects = ids(f"P{as_of:%y}-", len(parents))
    applicants, months = _applicants(policy, quotas, homes, parents, as_of, rng)
    children, scope = _candidates(policy, quotas, homes, parents, subjects, as_of, rng)
    offers, candidates, preferences = _places(policy, quotas, children, scope, rng)
    filed = homes.filed_day[parents].astype("datetime64[D]").astype("datetime64[M]")
    accepted = filed.astype(np.int64) + 1970 * 12
    return {
        "applicants": applicants.insert_column(0, subjects.alias("subject")),
        "candidates": candidates,
        "offers": offers,
        "quotas": quotas,
        "preferences": preferences,
        "refusals": candidates.select("candidate").filter(pl.Series(rng.random(len(scope)) < 0.01)),
        "insurance": _insurance(policy, subjects, accepted, months, rng),
        "permits": _permits(subjects, accepted, months, rng),
    }


def generator(*seed: int) -> Random:
    """The random numbers of a seed, the same everywhere; further numbers name a stream of their own."""
    return np.random.Generator(np.random.Philox(seed[0] if len(seed) == 1 else seed))


def _families(quotas: pl.DataFrame, count: int, as_of: date, rng: Random) -> Families:
    keen = {"primary": 1.1, "junior": 0.9}
    weights = np.array([seats * figures.DEMAND.get(t, 1.0) * keen[s] for t, s, seats in quotas.rows()])
    start, end = date(as_of.year - 1, 11, 3), date(as_of.year, 4, 30)
    days = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    days = days[np.is_busday(days, holidays=figures.HOLIDAYS)].astype(np.int64)
    late = np.arange(count) >= count - count // 200  # the last to file are too late, all on one day
    day = np.sort((len(days) * np.sqrt(rng.random(count))).astype(np.int64))
    filed_day = np.where(late, np.datetime64(end).astype(np.int64) + 4, days[day])
    filed_minute = SLOTS[rng.integers(0, len(SLOTS), count)]
    in_order = np.lexsort((filed_minute, filed_day))
    failing = np.searchsorted(np.cumsum(list(figures.FAILINGS.values())), rng.random(count), side="right")
    return Families(
        scope=rng.choice(len(weights), count, p=weights / weights.sum()),
        filed_day=filed_day[in_order],
        filed_minute=filed_minute[in_order],
        late=late,
        month=6 + (200 * _low(count, rng)).astype(np.int64),
        luck=rng.random(count),
        failing=np.where(failing < len(figures.FAILINGS), failing, -1),
    )


def _applicants(
    policy: Policy, quotas: pl.DataFrame, homes: Families, parents: Ints, as_of: date, rng: Random
) -> tuple[pl.DataFrame, Ints]:
    """The parents' facts in the pack's order, and their months in the city."""
    count = len(parents)
    luck = _near(homes.luck[parents], rng)
    months = np.maximum(homes.month[parents] - rng.integers(0, 24, count), 4)
    second = np.concatenate([[False], parents[1:] == parents[:-1]])
    pair = second | np.concatenate([second[1:], [False]])
    facts: Columns = {name: rng.random(count) < share for name, share in figures.CLAIMS.items()}
    for name, (share, most) in figures.COUNTS.items():
        some = rng.random(count) < share * (0.4 + 1.2 * luck)
        facts[name] = np.where(some, 1 + (most * _low(count, rng)).astype(np.int64), 0)
    for part, whole in figures.PARTS.items():
        facts[part] = facts[whole].astype(np.int64) * rng.integers(0, 3, count) // 2
    for name, shares in figures.CHOICES.items():
        roll = _near(luck, rng) if name in figures.BETTER_WITH_LUCK else rng.random(count)
        chosen = np.searchsorted(np.cumsum(shares), roll, side="right")
        facts[name] = np.array(list(policy.facts[name].members or ()))[np.minimum(chosen, len(shares) - 1)]
    for name in figures.SHARED_BY_PARENTS:
        facts[name] = np.where(second, np.roll(facts[name], 1), facts[name])
    facts["marital_status"] = np.where(pair, "married", facts["marital_status"])
    facts["home_used_before"] = facts["home_used_before"].astype(bool) & facts["home_owned"].astype(bool)
    facts["housing_fund_months"] = np.where(
        facts["housing_fund_account"], (months * luck).astype(np.int64), 0
    )
    junior = (quotas["stage"] == "junior").to_numpy()[homes.scope[parents]]
    born = 365 * (6 + 6 * junior + 20) + (365 * 15 * rng.random((2, count)).mean(0)).astype(np.int64)
    facts["born_on"] = np.datetime64(as_of) - born
    facts["accepted_on"] = homes.filed_day[parents].astype("datetime64[D]")
    failing = homes.failing[parents]
    for name in ("registered_elsewhere", "residence_permit", "works_in_city"):
        facts[name] = failing != list(figures.FAILINGS).index(name)
    newcomer = failing == list(figures.FAILINGS).index("work_months")
    facts["work_months"] = np.where(newcomer, rng.integers(2, 12, count), np.maximum(12, months - 3))
    frame = _frame(policy, "subject", facts)
    return forget(frame, figures.FORGETTABLE["subject"], 0.02, rng), months


def _candidates(
    policy: Policy,
    quotas: pl.DataFrame,
    homes: Families,
    parents: Ints,
    subjects: pl.Series,
    as_of: date,
    rng: Random,
) -> tuple[pl.DataFrame, Ints]:
    """The children with their facts, and the row of `quotas` each applies for."""
    families = len(homes.scope)
    kind = rng.random(families)
    other = _other_stage(quotas)[homes.scope]
    twins, siblings = np.flatnonzero(kind < 0.013), np.flatnonzero((kind > 0.95) & (other >= 0))
    family = np.concatenate([np.arange(families), twins, siblings])
    scope = np.concatenate([homes.scope, homes.scope[twins], other[siblings]])
    in_order = np.argsort(family, kind="stable")
    family, scope = family[in_order], scope[in_order]
    count = len(family)
    years = homes.month[family] // 12 - rng.integers(0, 2, count)
    failing = homes.failing[family]
    facts: Columns = {
        "town": quotas["town"].cast(pl.String).to_numpy()[scope],
        "stage": quotas["stage"].cast(pl.String).to_numpy()[scope],
        "applied_in_window": ~homes.late[family],
        "kindergarten_years": np.clip(years, 0, 3),
        "primary_years": np.where(quotas["stage"].to_numpy()[scope] == "junior", np.clip(years, 0, 6), 0),
    }
    for name in ("works_or_owns_in_town", "parent_or_guardian", "school_age", "never_attended"):
        facts[name] = failing != list(figures.FAILINGS).index(name)
    first = np.searchsorted(parents, family)
    both = np.searchsorted(parents, family, side="right") - first == 2
    filed = (homes.filed_day[family] * 1440 + homes.filed_minute[family]).astype("datetime64[m]")
    names = pl.Series([s + g for s in figures.SURNAMES for g in figures.GIVEN_NAMES])
    given = len(figures.GIVEN_NAMES)
    drawn = rng.integers(0, len(names), count)
    drawn = drawn[np.searchsorted(family, family)] // given * given + drawn % given  # the family's surname
    frame = _frame(policy, "candidate", facts).with_columns(
        candidate=ids(f"ZS{as_of:%y}-", count),
        subject=subjects.gather(first),
        second_subject=subjects.gather(pl.Series(first + 1).set(pl.Series(~both), None)),
        name=names.gather(drawn),
        filed_at=pl.Series(filed.astype("datetime64[us]")),
    )
    return forget(frame, figures.FORGETTABLE["candidate"], 0.005, rng), scope


def _places(
    policy: Policy, quotas: pl.DataFrame, children: pl.DataFrame, scope: Ints, rng: Random
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Schools; the children with home and catchment; their preferences."""
    towns = quotas["town"].to_list()
    names = sorted(set(towns))
    corners = places.neighbourhoods(names, rng.random((len(names), 6)))[[names.index(town) for town in towns]]
    schools_rolls = rng.random((len(towns), places.MOST_SCHOOLS, places.SCHOOL_ROLLS))
    offers = places.invent_schools(policy, quotas, corners, schools_rolls)
    homes = places.spots(corners[scope], 1200, rng.random((len(scope), places.SPOT_ROLLS)))
    homes = homes[children["subject"].rle_id().search_sorted(children["subject"].rle_id()).to_numpy()]
    listed, catchment = places.list_schools(scope, homes, offers, rng.random((len(scope), places.LIST_ROLLS)))
    child, rank = np.nonzero(listed >= 0)
    schools = offers["offer"]
    wishes = {"candidate": children["candidate"].gather(child), "rank": pl.Series(rank + 1)}
    front = ["candidate", "subject", "second_subject", "name", "filed_at"]
    located = children.select(
        *front,
        pl.Series("longitude", homes[:, 0]),
        pl.Series("latitude", homes[:, 1]),
        schools.gather(catchment).alias("catchment"),
        pl.exclude(front),
    )
    preferences = pl.DataFrame(wishes | {"offer": schools.gather(listed[child, rank])})
    return offers.drop("scope", "popularity"), located, preferences


def _insurance(
    policy: Policy, subjects: pl.Series, accepted: Ints, months: Ints, rng: Random
) -> pl.DataFrame:
    """Spells by insurance: in the city up to acceptance (mostly), for some earlier in the province."""
    columns = policy.ledgers["insurance"].members
    kinds, areas = columns["insurance"], columns["area"]
    person = np.repeat(np.arange(len(subjects)), len(kinds))
    kind = np.tile(np.arange(len(kinds)), len(subjects))
    insured = rng.random(len(person)) < np.array([figures.INSURANCE_SHARES[name] for name in kinds])[kind]
    person, kind = person[insured], kind[insured]
    stopped = np.where(rng.random(len(subjects)) < 0.08, rng.integers(1, 7, len(subjects)), 0)
    last = (accepted - stopped)[person]
    length = np.maximum(months[person] - rng.integers(0, 24, len(person)), 0)
    row, first, end = _spells(last, length, 0.25, rng)
    earlier = np.flatnonzero(rng.random(len(person)) < 0.2)
    before = (last - length)[earlier] - 9 - rng.integers(0, 8, len(earlier))
    first = np.concatenate([first, before - rng.integers(6, 60, len(earlier))])
    row, end = np.concatenate([row, earlier]), np.concatenate([end, before])
    area = np.where(
        np.arange(len(row)) < len(row) - len(earlier), areas.index("city"), areas.index("province")
    )
    in_order = np.lexsort((first, kind[row], person[row]))
    row, area = row[in_order], area[in_order]
    spells = {"subject": subjects.gather(person[row]), "insurance": _enum(kinds, kind[row])}
    return _months(spells | {"area": _enum(areas, area)}, first[in_order], end[in_order])


def _permits(subjects: pl.Series, accepted: Ints, months: Ints, rng: Random) -> pl.DataFrame:
    length = np.maximum(months - rng.integers(0, 12, len(months)), 0)
    person, first, last = _spells(accepted, length, 0.35, rng)
    in_order = np.lexsort((first, person))
    return _months({"subject": subjects.gather(person[in_order])}, first[in_order], last[in_order])


def _spells(last: Ints, length: Ints, broken: float, rng: Random) -> tuple[Ints, Ints, Ints]:
    """Lengths as spells, a share of them in two with a gap of up to eight months: row, first, last month."""
    gap = np.where(rng.random(len(last)) < broken, rng.integers(1, 9, len(last)), 0)
    later = np.where(gap > 0, (length * (0.2 + 0.6 * rng.random(len(last)))).astype(np.int64), length)
    row = np.tile(np.arange(len(last)), 2)
    end = np.concatenate([last, last - later - gap])
    first = end - np.concatenate([later, length - later]) + 1
    real = first <= end
    return row[real], first[real], end[real]


def _other_stage(quotas: pl.DataFrame) -> Ints:
    """Row of the same town's other stage, -1 if the town has only one."""
    keys = quotas.select(pl.col("town", "stage").cast(pl.String)).rows()
    return np.array(
        [next((j for j, key in enumerate(keys) if key[0] == t and key[1] != s), -1) for t, s in keys]
    )


def _low(count: int, rng: Random) -> Floats:
    """Numbers in [0, 1), small ones oftener. Only operations that IEEE 754 rounds exactly."""
    roll = rng.random(count)
    return roll * np.sqrt(roll)


def _near(luck: Floats, rng: Random) -> Floats:
    """Uniform numbers that equal `luck` half of the time."""
    return np.where(rng.random(len(luck)) < 0.5, luck, rng.random(len(luck)))


def chosen(shares: Sequence[float], count: int, rng: Random) -> Ints:
    """(count,) the row of one share each, with that chance; the shares add up to 1."""
    rows = np.searchsorted(np.cumsum(shares), rng.random(count), side="right")
    return np.minimum(rows, len(shares) - 1)


def forget(frame: pl.DataFrame, names: tuple[str, ...], share: float, rng: Random) -> pl.DataFrame:
    """Make one of the named facts unknown for a share of the rows."""
    lost = pl.Series("lost", np.minimum(rng.random(frame.height) / share * len(names), 127).astype(np.int8))
    kept = [pl.when(lost != number).then(pl.col(name)).alias(name) for number, name in enumerate(names)]
    return frame.with_columns(kept)


def _frame(policy: Policy, of: str, facts: Columns) -> pl.DataFrame:
    """All facts of one kind of person that school places need, typed, in the pack's order."""
    used = service_facts(policy, "school")
    wanted = {name: fact for name, fact in policy.facts.items() if fact.of == of and name in used}
    return pl.DataFrame(
        [pl.Series(name, facts[name], dtype=places.stored_type(fact)) for name, fact in wanted.items()]
    )


def _enum(members: tuple[str, ...], codes: Ints) -> pl.Series:
    return pl.Series(members, dtype=pl.Enum(members)).gather(codes)


def _months(columns: dict[str, pl.Series], first: Ints, last: Ints) -> pl.DataFrame:
    months = {"first_month": pl.Series(first, dtype=pl.Int32), "last_month": pl.Series(last, dtype=pl.Int32)}
    return pl.DataFrame(columns | months)


def ids(prefix: str, count: int) -> pl.Series:
    """`count` ids in order: the prefix and a number of at least six digits."""
    digits = max(6, len(str(count)))
    numbers = pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(digits)
    return prefix + numbers
