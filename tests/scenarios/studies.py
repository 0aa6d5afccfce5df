"""Small studies for tests: scenarios on the small city, written as a policy analyst writes them."""

from __future__ import annotations

from functools import cache

import polars as pl

from scenarios.alteration import Altered, alter
from scenarios.demo_rounds import synthetic_applications
from scenarios.round import Round, run_round
from scenarios.study import Study, load_study
from scenarios.tables import Applications
from scenarios.what_if import StudyResult, run_study
from tests.scenarios.cities import config_of, small_city, zhongshan_pack

HEAD = """\
format: study/1
id: small
title: {{zh: 小型测算, en: small study}}
round: {round}
groups:
  town: {{title: {{zh: 镇区, en: town}}, column: town}}
  points: {{title: {{zh: 分数段, en: points}}, column: total, bands: [200, 250, 300.5]}}
  education: {{title: {{zh: 文化程度, en: education}}, column: education}}
  home: {{title: {{zh: 有房, en: owns a home}}, column: home_owned}}
scenarios:
"""
ROUND_IDS = {"2015-school": "zhongshan-2015-school", "2015-school-wishes": "zhongshan-2015-school-wishes"}
SCENARIOS = """\
  same: {title: {zh: 不变, en: nothing}}
  seats: {title: {zh: 加名额, en: seats}, seats: [{where: {town: xiaolan}, by: +10 %, rounding: up}]}
  cap:
    title: {zh: 封顶, en: cap}
    set:
      indicators.permit_years.points.cap: 20
  dropped: {title: {zh: 取消, en: dropped}, drop: [indicators.lawful_births]}
  gate:
    title: {zh: 门槛, en: gate}
    set: {services.school.gate.points: 200}
  draw: {title: {zh: 另抽, en: draw}, draw: {id: other, sources: [{name: x, value: abc, entropy_bits: 128}]}}
  refused:
    title: {zh: 同分报错, en: ties refused}
    set:
      services.school.ranking.ties: [refuse]
"""


def study_of(scenarios: str, name: str = "2015-school") -> Study:
    """A study of these scenarios on a shipped round."""
    return load_study(HEAD.format(round=ROUND_IDS[name]) + scenarios, "study.yaml")


def altered(scenario: str, name: str = "2015-school", tables: Applications | None = None) -> Altered:
    """The one scenario made concrete, on the small city or on other tables."""
    study = study_of(f"  it:\n    title: {{zh: 试, en: it}}\n{scenario}", name)
    (made,) = alter(study, zhongshan_pack(), config_of(name), tables or small_city(name))
    return made


@cache
def one_town() -> Round:
    """The round with wishes in one town with several schools, so that there is something to wish for."""
    quotas = pl.DataFrame({"town": ["xiaolan"] * 2, "stage": ["primary", "junior"], "seats": [450, 420]})
    pack, config = zhongshan_pack(), config_of("2015-school-wishes")
    return run_round(pack, config, synthetic_applications(pack, config, quotas, seed=3, families=1100))


@cache
def small_study() -> StudyResult:
    """SCENARIOS, decided on the small city."""
    return run_study(study_of(SCENARIOS), zhongshan_pack(), config_of("2015-school"), small_city())
