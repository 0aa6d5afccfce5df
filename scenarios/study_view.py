"""A study's result as its page shows it."""

from __future__ import annotations

from publication.study_page import ScenarioView, StudyView
from scenarios.decision import Decision
from scenarios.markets import area_titles
from scenarios.what_if import Outcome, StudyResult
from scoring.constructs import Title


def view_of(result: StudyResult) -> StudyView:
    """Titles, changes and frames; nobody's own row."""
    baseline = result.baseline
    return StudyView(
        title=result.study.model.title,
        round=baseline.config.title,
        illustrative=result.study.model.illustrative or baseline.config.illustrative,
        digest=baseline.record.digest,
        groups={group.name: group.title for group in result.groups},
        seats=seat_titles(baseline),
        scenarios=tuple(_scenario(outcome) for outcome in result.outcomes),
    )


def seat_titles(decided: Decision) -> dict[str, Title]:
    """What the seats of the cut-offs are called: scopes by their members, offers by their names."""
    ground, policy = decided.ground, decided.pack.policy
    facts = policy.services[decided.config.service].ranking.scope
    members = [policy.facts[name].members or {} for name in facts]
    scopes = {
        scope: [titles.get(part) for titles, part in zip(members, scope.split("/"), strict=False)]
        for scope in ground.scopes
    }
    named = {offer: Title(zh=name, en=name) for offer, name in ground.offers.select("offer", "name").rows()}
    return (
        named
        | area_titles(ground)
        | {
            scope: Title(
                zh=" ".join(title.zh for title in titles if title) or scope or "–",
                en=", ".join(title.en for title in titles if title) or scope or "–",
            )
            for scope, titles in scopes.items()
        }
    )


def _scenario(outcome: Outcome) -> ScenarioView:
    found = outcome.comparison
    return ScenarioView(
        name=outcome.name,
        title=outcome.title,
        changes=outcome.applied,
        problems=outcome.problems,
        totals=None if found is None else found.totals,
        groups=None if found is None else found.groups,
        cutoffs=None if found is None else found.cutoffs,
        flows=None if found is None else found.flows,
    )
