"""The invented shares, counts and centres behind the synthetic city. Nothing here was measured.

Town centres are approximate (longitude, latitude); `DEMAND` is the wished-for number of children a seat.
"""

from __future__ import annotations

TOWN_CENTRES = {
    "shiqi": (113.385, 22.520),
    "dongqu": (113.405, 22.505),
    "huoju": (113.475, 22.540),
    "xiqu": (113.350, 22.530),
    "nanqu": (113.360, 22.480),
    "wuguishan": (113.430, 22.420),
    "xiaolan": (113.245, 22.675),
    "huangpu": (113.345, 22.715),
    "minzhong": (113.490, 22.630),
    "dongfeng": (113.260, 22.695),
    "dongsheng": (113.300, 22.620),
    "guzhen": (113.190, 22.620),
    "shaxi": (113.325, 22.520),
    "tanzhou": (113.470, 22.265),
    "gangkou": (113.390, 22.585),
    "sanjiao": (113.425, 22.680),
    "henglan": (113.265, 22.535),
    "nantou": (113.300, 22.715),
    "fusha": (113.355, 22.665),
    "nanlang": (113.530, 22.490),
    "sanxiang": (113.430, 22.355),
    "banfu": (113.320, 22.420),
    "dachong": (113.295, 22.470),
    "shenwan": (113.360, 22.310),
}
DEMAND = {
    "shiqi": 4.2,
    "dongqu": 4.4,
    "huoju": 4.3,
    "xiqu": 3.6,
    "nanqu": 3.0,
    "wuguishan": 0.9,
    "xiaolan": 3.8,
    "huangpu": 2.4,
    "minzhong": 0.8,
    "dongfeng": 2.6,
    "dongsheng": 3.2,
    "guzhen": 3.6,
    "shaxi": 3.4,
    "tanzhou": 4.0,
    "gangkou": 2.9,
    "sanjiao": 2.2,
    "henglan": 2.0,
    "nantou": 2.2,
    "fusha": 0.9,
    "nanlang": 1.5,
    "sanxiang": 3.4,
    "banfu": 1.0,
    "dachong": 0.9,
    "shenwan": 0.7,
}

CLAIMS = {  # share of parents for whom it is true
    "false_material": 0.0003,
    "home_owned": 0.12,
    "home_meets_standard": 0.8,
    "home_used_before": 0.01,
    "family_planning_form": 0.93,
    "family_certificate": 0.55,
    "city_talent": 0.002,
    "town_talent": 0.006,
    "liaison_officer": 0.01,
    "marrow_volunteer": 0.01,
    "marrow_donor": 0.0005,
    "child_vaccinated": 0.95,
    "maternal_care": 0.6,
    "premarital_check": 0.12,
    "health_certificate": 0.2,
    "child_card": 0.5,
    "housing_fund_account": 0.25,
}
COUNTS = {  # share of parents who have any, and about the most they have (amounts in fen)
    "pregnancy_check_years": (0.6, 6),
    "invention_patents": (0.004, 3),
    "other_patents": (0.01, 4),
    "county_honours": (0.012, 3),
    "prefecture_honours": (0.003, 2),
    "volunteer_hours": (0.15, 400),
    "antidrug_hours": (0.03, 150),
    "safety_hours": (0.02, 300),
    "donation_yuan": (0.08, 9_000_00),
    "blood_cc": (0.12, 1600),
    "tips": (0.01, 40),
    "party_service_points": (0.02, 40_000),
    "sanitation_years": (0.01, 12),
    "investment_yuan": (0.08, 3_000_000_00),
    "income_tax_yuan": (0.25, 40_000_00),
    "business_tax_yuan": (0.08, 200_000_00),
    "training_courses": (0.15, 4),
}
PARTS = {  # of these, the part in Zhongshan
    "county_honours_local": "county_honours",
    "prefecture_honours_local": "prefecture_honours",
    "volunteer_hours_local": "volunteer_hours",
    "donation_local_yuan": "donation_yuan",
    "blood_local_cc": "blood_cc",
}
CHOICES = {  # shares of the members, in the pack's order
    "education": (0.06, 0.44, 0.30, 0.13, 0.07),
    "skill_level": (0.72, 0.12, 0.09, 0.05, 0.015, 0.005),
    "professional_title": (0.92, 0.05, 0.025, 0.005),
    "safety_director": (0.985, 0.01, 0.004, 0.001),
    "marital_status": (0.03, 0.87, 0.08, 0.02),
    "contraception": (0.45, 0.40, 0.15),
    "births": (0.70, 0.17, 0.06, 0.07),
}
BETTER_WITH_LUCK = ("education", "skill_level", "professional_title", "safety_director")
SHARED_BY_PARENTS = ("home_owned", "home_meets_standard", "home_used_before", "births", "child_vaccinated")

FAILINGS = {  # share of families that fail this criterion
    "registered_elsewhere": 0.010,
    "residence_permit": 0.015,
    "works_in_city": 0.005,
    "work_months": 0.015,
    "works_or_owns_in_town": 0.012,
    "parent_or_guardian": 0.005,
    "school_age": 0.010,
    "never_attended": 0.008,
}
FORGETTABLE = {  # facts that may be unknown
    "subject": (
        "registered_elsewhere",
        "work_months",
        "accepted_on",
        "education",
        "skill_level",
        "home_meets_standard",
        "births",
        "marital_status",
        "housing_fund_months",
        "income_tax_yuan",
    ),
    "candidate": ("school_age", "never_attended", "kindergarten_years", "primary_years"),
}
INSURANCE_SHARES = {"pension": 0.85, "medical": 0.90, "unemployment": 0.75, "injury": 0.92, "maternity": 0.65}

HOLIDAYS = [
    *("2015-01-01", "2015-01-02", *(f"2015-02-{day}" for day in range(18, 25)), "2015-04-06"),
    *("2016-01-01", *(f"2016-02-{day:02}" for day in range(7, 14)), "2016-04-04"),
]
SCHOOL_WORDS = {"primary": ("p", "模拟小学"), "junior": ("j", "模拟初中")}
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"
# fmt: off
GIVEN_NAMES = (
    "梓涵", "子轩", "欣怡", "浩然", "雨桐", "宇航", "思琪", "俊杰", "嘉怡", "文博",
    "佳慧", "志强", "晓明", "丽娜", "建国", "诗雨", "一鸣", "静", "伟", "敏",
    "梦瑶", "天佑", "若曦", "明哲", "可欣", "家豪", "雅婷", "子墨", "语嫣", "博文",
)
# fmt: on
