"""Synthetic households that apply for public rental flats by points, and the flats.

They are families of the synthetic city (`scenarios.synthetic`), each with one applicant, and what housing
asks besides: offences, births, own homes, how many they are. Everything here is 模拟数据 (synthetic).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from scenarios import synthetic_figures as figures
from scenarios import synthetic_places as places
from scenarios.synthetic import Columns, Floats, Ints, Random, chosen, forget, generator, synthetic_city
from scoring.policy import Policy

SIZES = (0.22, 0.24, 0.30, 0.24)  # shares of the members of `household_size`
FLATS = {"one_room": (0.30, "一室"), "two_rooms": (0.40, "两室"), "three_rooms": (0.30, "三室")}
FLATS_AN_ESTATE, MOST_ESTATES = 60, 8
CLAIMS = {"insured_last_month": 0.97, "other_housing_conditions": 0.97}
FORGETTABLE = (*CLAIMS, "unlawful_births", "criminal_penalty", "detentions", "no_home_or_plot")
LEDGERS = ("insurance", "permits")


def synthetic_households(
    policy: Policy, quotas: pl.DataFrame, *, seed: int, families: int, as_of: date
) -> dict[str, pl.DataFrame]:
    """Invent `families` households that apply for the flats of `quotas` (one row, `seats`).

    Returns the tables `applicants`, `candidates`, `offers`, `quotas`, `refusals`, `insurance` and `permits`.
    One household in ten files together with colleagues who have the same facts, so that equals occur. Some
    facts are unknown, some households do not qualify, some fall below the gate by deductions. The same
    arguments give the same frames.
    """
    rng = generator(seed, 1)
    towns = pl.DataFrame({"town": list(figures.DEMAND), "stage": "primary", "seats": 10})
    city = synthetic_city(policy, towns, seed=seed, families=families, as_of=as_of)
    homes = city["candidates"].unique("subject", keep="first", maintain_order=True)
    homes = homes.with_columns(_household_id(pl.col("subject")).alias("candidate"))
    like = _colleagues(homes.height, rng)
    size = chosen(SIZES, homes.height, rng)
    applicants = city["applicants"].join(homes.select("subject"), on="subject", maintain_order="right")
    applicants = _with_housing_facts(policy, applicants[like], size[like], rng)
    return {
        "applicants": applicants.with_columns(subject=homes["candidate"]),
        "candidates": _candidates(policy, homes, like, size[like], rng),
        "offers": _flats(int(quotas["seats"].sum()), rng),
        "quotas": quotas.select(pl.col("seats").cast(pl.Int64)),
        "refusals": homes.select("candidate").filter(pl.Series(rng.random(homes.height) < 0.02)),
        **{name: _ledger(city[name], homes, like) for name in LEDGERS},
    }


def _household_id(subject: pl.Expr) -> pl.Expr:
    return subject.str.replace("P", "ZH", literal=True)


def _colleagues(count: int, rng: Random) -> Ints:
    """(n,) whose facts each household has: mostly its own, else those of the household before it."""
    same = rng.random(count) < 0.1
    same[:1] = False
    return np.maximum.accumulate(np.where(same, 0, np.arange(count)))


def _with_housing_facts(policy: Policy, people: pl.DataFrame, size: Ints, rng: Random) -> pl.DataFrame:
    """The facts that only housing asks for, in keeping with the others. Equal people stay equal."""
    roll = _rolls_of_equals(people, rng, 8)
    alone = (size == 0) & (roll[:, 0] < 0.7)
    people = people.with_columns(
        pl.when(pl.Series(alone))
        .then(pl.lit("unmarried"))
        .otherwise(pl.col("marital_status"))
        .cast(people["marital_status"].dtype)
        .alias("marital_status"),
        pl.when(pl.Series(alone))
        .then(pl.lit("lawful"))
        .otherwise(pl.col("births"))
        .cast(people["births"].dtype)
        .alias("births"),
    )
    lawful = (people["births"].cast(pl.String) == "lawful").fill_null(True).to_numpy()
    owns = people["home_owned"].fill_null(False).to_numpy()
    enough = people["home_meets_standard"].fill_null(True).to_numpy()
    own_home = owns & (roll[:, 1] < 0.5)  # the others' home belongs to a relative outside the household
    facts: Columns = {
        name: roll[:, 2 + number] < share for number, (name, share) in enumerate(CLAIMS.items())
    }
    facts["no_home_or_plot"] = ~own_home & (roll[:, 4] < 0.97)
    facts["home_below_standard"] = own_home & ~enough
    facts["unlawful_births"] = np.where(lawful, 0, 1 + (roll[:, 5] < 0.25))
    facts["criminal_penalty"] = roll[:, 6] < 0.012
    facts["detentions"] = np.where(roll[:, 7] < 0.04, 1 + (roll[:, 7] * 75).astype(np.int64), 0)
    added = [
        pl.Series(name, values, dtype=places.stored_type(policy.facts[name]))
        for name, values in facts.items()
    ]
    return forget(people.with_columns(added), FORGETTABLE, 0.02, rng)


def _rolls_of_equals(people: pl.DataFrame, rng: Random, count: int) -> Floats:
    """Rolls (n, count) that are the same for people who stand for the same applicant."""
    first = people["subject"].rle_id().to_numpy()
    rolls: Floats = rng.random((people.height, count))[first]
    return rolls


def _candidates(
    policy: Policy,
    homes: pl.DataFrame,
    like: Ints,
    size: Ints,
    rng: Random,
) -> pl.DataFrame:
    """One row a household; colleagues file for the same town in the same minute."""
    shared = homes.select("filed_at", "town", "applied_in_window")[like]
    members = list(policy.facts["household_size"].members or ())
    return homes.select(
        "candidate", pl.col("candidate").alias("subject"), "name", "longitude", "latitude"
    ).with_columns(
        *shared.iter_columns(),
        pl.Series("works_in_town", rng.random(homes.height) < 0.985),
        pl.Series("household_size", np.array(members)[size], dtype=pl.Enum(members)),
    )


def _flats(seats: int, rng: Random) -> pl.DataFrame:
    """Estates in the towns most asked for, each with flats of every size; together exactly `seats`."""
    estates = min(max(2, seats // FLATS_AN_ESTATE), MOST_ESTATES)
    towns = sorted(figures.DEMAND, key=lambda town: -figures.DEMAND[town])[:estates]
    spots = np.array([figures.TOWN_CENTRES[town] for town in towns]) + rng.random((estates, 2)) * 0.02 - 0.01
    place = np.rint(spots * places.DEGREE).astype(np.int64)
    shares = np.outer(0.5 + rng.random(estates), [share for share, _ in FLATS.values()]).ravel()
    ends = np.rint(seats * np.cumsum(shares) / shares.sum()).astype(np.int64)
    rows = [
        {
            "offer": f"e{estate + 1:02}-{kind.replace('_', '-')}",
            "name": f"模拟公租房小区{estate + 1:02} {word}",
            "type": kind,
            "longitude": int(place[estate, 0]),
            "latitude": int(place[estate, 1]),
        }
        for estate in range(estates)
        for kind, (_, word) in FLATS.items()
    ]
    offers = pl.DataFrame(rows).with_columns(
        pl.col("type").cast(pl.Enum(list(FLATS))), seats=pl.Series(np.diff(ends, prepend=0))
    )
    return offers.filter(pl.col("seats") > 0)


def _ledger(spells: pl.DataFrame, homes: pl.DataFrame, like: Ints) -> pl.DataFrame:
    """The spells of whoever's facts a household has, under the household's id."""
    owners = homes.select("candidate", pl.Series("subject", homes["subject"].gather(like)))
    found = owners.join(spells, on="subject", maintain_order="left_right")
    return found.drop("subject").rename({"candidate": "subject"})
