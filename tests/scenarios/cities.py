"""A small synthetic round for tests: the real pack, a few hundred families, quotas of three towns."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

from scenarios.config import RoundConfig, load_config
from scenarios.demo_rounds import synthetic_applications
from scenarios.round import Round, run_round
from scenarios.tables import Applications
from scoring.pack import Pack, load_pack

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "policies" / "zhongshan"


@cache
def zhongshan_pack() -> Pack:
    """The shipped pack."""
    path = PLACE / "points" / "2014-10-30.yaml"
    return load_pack(path.read_text("utf-8"), path.name)


@cache
def config_of(name: str) -> RoundConfig:
    """A shipped round's settings."""
    return load_config((PLACE / "rounds" / name / "round.yaml").read_text("utf-8"), "round.yaml")


@cache
def small_quotas() -> pl.DataFrame:
    """A hundredth of the official seats of every town, at least two."""
    official = pl.read_csv(PLACE / "rounds" / "2015-school" / "quotas.csv")
    return official.with_columns((pl.col("seats") // 60).clip(2, None))


@cache
def small_city(name: str = "2015-school", seed: int = 7, families: int = 700) -> Applications:
    """The tables of a small city."""
    pack, config = zhongshan_pack(), config_of(name)
    return synthetic_applications(pack, config, small_quotas(), seed=seed, families=families)


@cache
def small_round(name: str = "2015-school") -> Round:
    """A decided small round."""
    return run_round(zhongshan_pack(), config_of(name), small_city(name))
