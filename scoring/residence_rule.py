"""Facts that come from a person's history of registration and permit."""

from __future__ import annotations

from typing import Literal, get_args

from scoring.constructs import Title

ResidenceMeasure = Literal[
    "months",  # continuous, completed
    "years",
    "months_in_all",  # cumulative
    "years_in_all",
    "registration",  # a choice
    "permit",  # a choice
    "overdue",  # how many duties of the person are overdue
]
RESIDENCE_MEASURES: tuple[ResidenceMeasure, ...] = get_args(ResidenceMeasure)

MEMBERS: dict[str, dict[str, Title]] = {
    "registration": {
        "none": Title(zh="未登记", en="none"),
        "arrived": Title(zh="已来，未登记", en="arrived, not registered"),
        "registered": Title(zh="已登记", en="registered"),
        "ended": Title(zh="已注销", en="ended"),
    },
    "permit": {
        "none": Title(zh="无证", en="none"),
        "applied": Title(zh="已申领", en="applied for"),
        "accepted": Title(zh="已受理", en="accepted"),
        "valid": Title(zh="有效", en="valid"),
        "suspended": Title(zh="中止使用", en="suspended"),
        "terminated": Title(zh="终止使用", en="terminated"),
    },
}
"""The members of the measures that are choices."""
