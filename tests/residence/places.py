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
EVERYWHERE = {
    "home_visits": "break",
    "absence": "0 days",
    "leap_day": "february_28",
    "suspended_score": "frozen",
    "termination_effect": "reset",
}
MONTHS = {"insurance_gap": "0 months", "insurance_up_to": "month_before", "route_gap": "0 days"}
GUARDIANS = {"guardians_which": "both", "guardians_without": "back_paid"}
CHOICES = {
    "national": {
        "counts_from": "arrival",
        "residence_needed": "6 months",
        "floating": "other_unit",
        "moves_inside": "bridged",
    },
    "zhejiang": {"residence_needed": "6 months", "moves_inside": "bridged"},
    "hangzhou 2017": {"residence_needed": "6 months", **GUARDIANS, **MONTHS},
    "hangzhou 2018": {"residence_needed": "6 months", **GUARDIANS, **MONTHS},
    "taizhou": {"zones_count_as": "one_area", "insurance_counts": "continuous", **MONTHS},
    "ningbo-jiangbei": {
        "residence_needed": "6 months",
        "home_visits": "any",
        "moves_inside": "restart_at_update_if_late",
        **MONTHS,
    },
    "ankang": {
        "counts_from": "arrival",
        "residence_needed": "6 months",
        "issue_within": "3 working_days",
        "moves_inside": "bridged",
    },
}


def layers(place: str) -> list[tuple[str, str]]:
    return [((POLICIES / f"{name}.yaml").read_text("utf-8"), f"{name}.yaml") for name in LAYERS[place]]


def rules_of(place: str, effect: str = "reset", rolls: str = "no", **choices: str) -> Rules:
    chosen = {
        **EVERYWHERE,
        **CHOICES[place],
        "suspension_effect": effect,
        "deadlines_roll_over": rolls,
        **choices,
    }
    return load_rules(layers(place), chosen)
