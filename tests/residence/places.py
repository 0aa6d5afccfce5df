"""The shipped rules, read from their files, with choices for what their texts leave open."""

from __future__ import annotations

from pathlib import Path

from residence.rules import Rules, load_rules

POLICIES = Path(__file__).parents[2] / "policies"
ZHEJIANG = ("national/residence/rules-2016-01-01", "zhejiang/residence/rules-2016-07-01")
LAYERS = {
    "national": ZHEJIANG[:1],
    "zhejiang": ZHEJIANG,
    "hangzhou 2017": (*ZHEJIANG, "hangzhou/residence/rules-2017-01-01"),
    "hangzhou 2018": (
        *ZHEJIANG,
        "hangzhou/residence/rules-2017-01-01",
        "hangzhou/residence/rules-2018-07-01",
    ),
    "taizhou": (*ZHEJIANG, "taizhou/residence/rules-2016-12-08"),
    "ningbo-jiangbei": (*ZHEJIANG, "ningbo-jiangbei/residence/rules-2017-draft"),
    "ankang": (ZHEJIANG[0], "ankang/residence/rules-2021-draft"),
}
CHOICES = {
    "national": {"counts_from": "arrival", "residence_needed": "6 months"},
    "zhejiang": {"residence_needed": "6 months"},
    "hangzhou 2017": {"residence_needed": "6 months"},
    "hangzhou 2018": {"residence_needed": "6 months"},
    "taizhou": {},
    "ningbo-jiangbei": {"residence_needed": "6 months"},
    "ankang": {"counts_from": "arrival", "residence_needed": "6 months", "issue_within": "3 working_days"},
}


def layers(place: str) -> list[tuple[str, str]]:
    return [((POLICIES / f"{name}.yaml").read_text("utf-8"), f"{name}.yaml") for name in LAYERS[place]]


def rules_of(place: str, effect: str = "reset", rolls: str = "no", **choices: str) -> Rules:
    chosen = {**CHOICES[place], "suspension_effect": effect, "deadlines_roll_over": rolls, **choices}
    return load_rules(layers(place), chosen)
