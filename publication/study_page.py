"""A what-if study as one offline page: who gains, who loses, which cut-offs moved. Counts only, no person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import polars as pl
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from publication.messages import Lang, problem_line, sentence
from publication.notice import in_language
from publication.resources import template
from publication.study_charts import cutoff_chart, flow_chart, gain_chart
from scoring.constructs import Title
from scoring.overlay import Applied
from values.problems import Problem

Row = dict[str, object]

LONGEST_VALUE = 90
COUNTS = ("gained", "lost", "better_liked", "less_liked", "nearer", "farther", "moved", "entered", "left")


@dataclass(frozen=True, eq=False)
class ScenarioView:
    """One scenario: what it changes, and the frames of a comparison.

    The frames are None, and `problems` says why, if the scenario came to no decision.
    """

    name: str
    title: Title
    changes: tuple[Applied, ...]
    problems: tuple[Problem, ...]
    totals: pl.DataFrame | None
    groups: pl.DataFrame | None
    cutoffs: pl.DataFrame | None
    flows: pl.DataFrame | None


@dataclass(frozen=True, eq=False)
class StudyView:
    """What the page shows. `groups` and `seats` are titles by name; `digest` is the official record's."""

    title: Title
    round: Title
    illustrative: Title | None
    digest: str
    groups: Mapping[str, Title]
    seats: Mapping[str, Title]
    scenarios: tuple[ScenarioView, ...]


def study_html(view: StudyView, lang: Lang) -> str:
    """The page with its plots inside; the watermark stands on it and in every plot."""
    return _template().render(
        lang=lang,
        t=lambda code, **params: _say(code, lang, **params),
        style=template("page.css") + template("study.css"),
        title=in_language(view.title, lang),
        round=in_language(view.round, lang),
        illustrative=None if view.illustrative is None else in_language(view.illustrative, lang),
        digest=view.digest,
        counts=_used(view),
        overview=_svg(gain_chart(_overview(view, lang), _say("overview", lang), lang)),
        scenarios=[_scenario(view, scenario, lang) for scenario in view.scenarios],
    )


@lru_cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template("study.html"))


def _say(code: str, lang: Lang, **params: object) -> str:
    return sentence(f"study_page.{code}", params, lang)


def _svg(drawn: str | None) -> Markup | None:
    return None if drawn is None else Markup(drawn)  # drawn by us; texts are escaped


def _whole(scenario: ScenarioView) -> Row | None:
    """Everybody's row of the groups."""
    if scenario.groups is None:
        return None
    return scenario.groups.filter(pl.col("group") == "all").row(0, named=True)


def _used(view: StudyView) -> list[str]:
    """The kinds of change that occur in some scenario, gains and losses always."""
    rows = [row for scenario in view.scenarios if (row := _whole(scenario))]
    return [name for name in COUNTS if name in ("gained", "lost") or any(row[name] for row in rows)]


def _overview(view: StudyView, lang: Lang) -> list[Row]:
    return [
        {"label": in_language(scenario.title, lang), "gained": row["gained"], "lost": row["lost"]}
        for scenario in view.scenarios
        if (row := _whole(scenario))
    ]


def _scenario(view: StudyView, scenario: ScenarioView, lang: Lang) -> dict[str, object]:
    shown: dict[str, object] = {
        "name": scenario.name,
        "title": in_language(scenario.title, lang),
        "changes": [_change(change, lang) for change in scenario.changes],
        "problems": [problem_line(problem, lang) for problem in scenario.problems],
        "failed": scenario.groups is None,
    }
    if scenario.totals is None or scenario.groups is None:
        return shown
    assert scenario.cutoffs is not None
    assert scenario.flows is not None
    moved = _moved(view, scenario.cutoffs, lang)
    return {
        **shown,
        "whole": _whole(scenario),
        "totals": [_total(row, lang) for row in scenario.totals.iter_rows(named=True)],
        "flows": _svg(flow_chart(_flows(scenario.flows, lang), lang)),
        "groups": [
            _group(name, title, scenario.groups, lang) for name, title in view.groups.items() if name != "all"
        ],
        "moved": moved,
        "full": scenario.cutoffs["moved"].count(),
        "cutoffs": _svg(cutoff_chart(moved, lang)),
    }


def _change(change: Applied, lang: Lang) -> Row:
    after = _say("dropped", lang) if change.after is None else _short(change.after, lang)
    before, title = _short(change.before, lang), in_language(change.title, lang) if change.title else ""
    if change.words is not None:
        before, after = (in_language(word, lang) for word in change.words)
    return {"path": change.path, "title": title, "before": before, "after": after}


def _short(text: str, lang: Lang) -> str:
    return text if len(text) <= LONGEST_VALUE else _say("whole_rule", lang)


def _total(row: Row, lang: Lang) -> Row:
    return {**row, "label": _say(f"measure_{row['measure']}", lang), "difference": signed(row["difference"])}


def _flows(flows: pl.DataFrame, lang: Lang) -> list[Row]:
    rows = flows.iter_rows(named=True)
    return [
        {
            "before": _say(f"outcome_{row['outcome_before']}", lang),
            "after": _say(f"outcome_{row['outcome_after']}", lang),
            "people": row["people"],
            "same": row["outcome_before"] == row["outcome_after"],
        }
        for row in rows
    ]


def _group(name: str, title: Title, groups: pl.DataFrame, lang: Lang) -> dict[str, object]:
    rows = [
        {
            **row,
            "label": row[lang],
            "net": signed(row["net"]),
            "rates": (_rate(row, "before"), _rate(row, "after")),
        }
        for row in groups.filter(pl.col("group") == name).iter_rows(named=True)
    ]
    label = in_language(title, lang)
    return {"title": label, "rows": rows, "chart": _svg(gain_chart(rows, label, lang))}


def _rate(row: Row, side: str) -> str:
    """The share of a group's people who are placed, in per cent to one decimal, halves up."""
    placed, people = int(str(row[f"placed_{side}"])), int(str(row["people"]))
    tenths = (2000 * placed + people) // (2 * people)
    return f"{tenths // 10}.{tenths % 10} %"


def _moved(view: StudyView, cutoffs: pl.DataFrame, lang: Lang) -> list[Row]:
    """The cut-offs that moved, the farthest first."""
    moved = cutoffs.filter(pl.col("moved") != 0).sort(
        pl.col("moved").abs(), descending=True, maintain_order=True
    )
    return [
        {
            **row,
            "label": in_language(view.seats[row["seat"]], lang),
            "before": plain_number(row["total_before"]),
            "after": plain_number(row["total_after"]),
            "moved": signed(row["moved"]),
        }
        for row in moved.iter_rows(named=True)
    ]


def signed(number: object) -> str:
    """A difference with its sign, a true minus, and nothing before nought.

    >>> signed(12), signed(-3), signed(0), signed(Decimal("-1.50"))
    ('+12', '−3', '0', '−1.5')
    """
    text = plain_number(number)
    return text.replace("-", "−") if text.startswith("-") or text == "0" else f"+{text}"


def plain_number(number: object) -> str:
    """The shortest exact text.

    >>> plain_number(Decimal("300.50")), plain_number(Decimal("0.00"))
    ('300.5', '0')
    """
    text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
