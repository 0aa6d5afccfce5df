"""What-ifs: the baseline is the official round, only what is named differs, and nothing can be published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publication.bundle import bundle_files
from publication.record import make_record
from scenarios.alteration import alter
from scenarios.comparison import compare
from scenarios.letters import Letters
from scenarios.notices import notice_of
from scenarios.record_parts import record_parts
from scenarios.round import Decision, Round, run_round
from scenarios.what_if import WATERMARK, WhatIf, run_study, what_if
from scoring.overlay import OverlaidPack
from storage.publications import publish_round
from storage.reports import report_files
from tests.scenarios.cities import config_of, small_city, small_round, zhongshan_pack
from tests.scenarios.studies import SCENARIOS, altered, one_town, small_study, study_of
from values.problems import BadInput, Refused

ROUNDS = ("2015-school", "2015-school-wishes")


def decided(scenario: str, official: Round | None = None) -> WhatIf:
    baseline = official or small_round()
    name = baseline.config.id.removeprefix("zhongshan-")
    return what_if(altered(scenario, name, baseline.ground.tables), baseline)


def result_digest(made: Decision, pack: Any, config: Any) -> str:
    """The digest of all result tables, as a record would have it."""
    parts = record_parts(made)
    return make_record(parts).result_digest


def test_the_baseline_is_the_official_round_bit_for_bit() -> None:
    """Same record, byte by byte."""
    assert small_study().baseline.record.to_json() == small_round().record.to_json()


@pytest.mark.parametrize("name", ROUNDS)
def test_the_empty_scenario_changes_no_byte_of_the_results(name: str) -> None:
    """No change, and a change to what stands there already."""
    official = small_round(name)
    nothing = decided("", official)
    same = decided("    set: {indicators.permit_years.points.cap: 50}", official)

    for made in (nothing, same):
        assert result_digest(made, made.pack, official.config) == official.record.result_digest
        assert compare(official, made).people["change"].unique().to_list() == ["unchanged"]


def test_scenarios_in_another_order_give_the_same_comparisons() -> None:
    """Nothing is carried from one scenario to the next."""
    one = "  cap: {title: {zh: 封顶, en: cap}, set: {indicators.permit_years.points.cap: 20}}\n"
    two = "  gate: {title: {zh: 门槛, en: gate}, set: {services.school.gate.points: 200}}\n"
    runs = [
        run_study(study_of(text), zhongshan_pack(), config_of("2015-school"), small_city())
        for text in (one + two, two + one)
    ]

    for scenario in ("cap", "gate"):
        for name in ("people", "groups", "cutoffs", "totals", "flows"):
            first, second = (getattr(run.of(scenario), name) for run in runs)
            assert first.equals(second)


def test_everybody_keeps_the_ticket_of_the_official_draw() -> None:
    """Common random numbers: also when people leave the ranking and the roster would be another."""
    official, made = small_round(), decided("    set: {services.school.gate.points: 200}")
    assert official.priority.tickets is not None
    assert made.priority.tickets is not None
    before = dict(zip(official.ground.people, official.priority.tickets.tolist(), strict=True))
    after = dict(zip(made.ground.people, made.priority.tickets.tolist(), strict=True))

    assert after.keys() < before.keys()
    assert {name: before[name] for name in after} == after


def test_another_draw_is_one_draw_for_all_scenarios() -> None:
    """It is held over the official roster, so two scenarios with it differ in nothing else."""
    draw = "    draw: {id: other, sources: [{name: x, value: abc, entropy_bits: 128}]}\n"
    one, two = decided(draw), decided(draw + "    set: {services.school.gate.points: 200}")
    assert one.priority.draw is not None
    assert two.priority.draw is not None

    assert one.priority.draw.seed == two.priority.draw.seed
    assert one.priority.draw.seed != small_round().priority.draw.seed  # type: ignore[union-attr]


@pytest.mark.parametrize(("ties", "of"), [("[admit_all]", "placed"), ("[exclude_all]", "waiting")])
def test_another_tie_policy_treats_equals_alike(ties: str, of: str) -> None:
    """Selection alone, without the draw: people equal in all keys share an outcome."""
    made = decided(
        f"    set: {{services.school.ranking.ties: {ties}}}\n"
        "    drop: ['services.school.allocation.stages[placement]']"
    )
    ranking, outcome = made.ranking, made.placement.outcome
    tied = np.flatnonzero((np.diff(ranking.group) == 0) & (np.diff(ranking.scope) == 0))

    assert tied.size
    assert (outcome[tied] == outcome[tied + 1]).all()
    assert of in made.placement.outcome_names()


def test_a_change_of_one_service_leaves_the_services_based_on_it_alone() -> None:
    """They have inherited already: the snapshot is resolved."""
    pack = altered("    set: {services.school.ranking.ties: [refuse]}").pack.policy

    assert pack.services["school"].ranking.ties == ("refuse",)
    assert pack.services["school_wishes"] == zhongshan_pack().policy.services["school_wishes"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("{facts.education.members.bachelor: {zh: 本, en: b}}", None),  # another title: same cells
        ("{facts.volunteer_hours.maximum: 60000}", "what_if.column_changed"),
        ("{services.school.allocation.stages[placement].cost: distance}", None),
    ],
)
def test_facts_keep_what_their_cells_mean(change: str, code: str | None) -> None:
    """A rule may change, the data that was handed in may not become something else."""
    change = change.replace(
        "services.school.allocation.stages[placement].cost",
        "'services.school.allocation.stages[placement].cost'",
    )
    if code is None:
        assert altered(f"    set: {change}").applied
    else:
        with pytest.raises(BadInput, match=code):
            altered(f"    set: {change}")


@pytest.mark.parametrize("filled", [False, True])
def test_a_service_that_reads_what_the_round_does_not_hold_is_refused(filled: bool) -> None:
    """Wishes where none were filed, a column that is not there or that a reader has filled up."""
    candidates = small_city().candidates.drop("catchment")
    if filled:
        candidates = candidates.with_columns(catchment=pl.lit(None, pl.String))
    tables = replace(small_city(), candidates=candidates)

    with pytest.raises(BadInput) as error:
        altered(
            "    set:\n"
            "      services.school.allocation.stages: [{name: wishes, mechanism: deferred_acceptance,"
            " seats: offers, wishes: 4, tiers: catchment}]",
            tables=tables,
        )

    found = [(problem.code, dict(problem.params)) for problem in error.value.problems]
    assert found == [
        ("what_if.column_missing", {"table": "candidates", "column": "catchment"}),
        ("what_if.table_missing", {"table": "preferences"}),
    ]


def test_a_round_keeps_its_service() -> None:
    """A scenario without the service that the round is about is told so."""
    with pytest.raises(BadInput, match=r"round\.unknown_service"):
        altered("    drop: [services.school_wishes]", "2015-school-wishes")


def test_a_ranking_over_wider_scopes_has_the_seats_of_all_of_them() -> None:
    """One ranking a town for both stages: nobody's seats are lost."""
    made = decided("    set: {services.school.ranking.scope: [town]}")

    assert made.ground.scopes.to_list() == sorted(
        {scope.split("/")[0] for scope in small_round().ground.scopes}
    )
    assert made.ground.quotas["seats"].sum() == small_round().ground.quotas["seats"].sum()
    assert compare(small_round(), made).cutoffs["moved"].null_count() > 0  # other seats, nothing to compare


def test_points_on_another_scale_still_compare() -> None:
    """A finer scale changes no total."""
    made = decided("    set: {scale: 3}")
    found = compare(small_round(), made)

    assert (found.cutoffs["moved"].drop_nulls() == 0).all()
    assert set(found.people["change"]) == {"unchanged"}


def test_another_mechanism_serves_the_same_wishes_otherwise() -> None:
    """Serial dictatorship instead of deferred acceptance: the catchment class no longer counts."""
    made = decided(
        "    set: {'services.school_wishes.allocation.stages[wishes].mechanism': serial_dictatorship}\n"
        "    drop: ['services.school_wishes.allocation.stages[wishes].tiers']",
        one_town(),
    )

    changes = set(compare(one_town(), made).people["change"])

    assert {"better_liked", "less_liked"} <= changes


def test_more_seats_make_nobody_in_the_town_worse_off() -> None:
    """Whoever the quota admitted it still admits, in every scope; elsewhere nothing changes."""
    people = small_study().of("seats").people
    inside = people["scope_before"].str.starts_with("xiaolan/")

    assert set(people.filter(~inside)["change"]) == {"unchanged"}
    assert "gained" in set(people.filter(inside)["change"])
    assert "lost" not in set(people["change"])


@settings(max_examples=6)
@given(town=st.sampled_from(["shiqi", "xiaolan", "tanzhou"]), seats=st.integers(1, 30))
def test_any_number_of_more_seats_takes_nobodys_place(town: str, seats: int) -> None:
    """Nobody loses, anywhere; outside the town nothing changes."""
    made = decided(f"    seats: [{{where: {{town: {town}}}, by: {seats}}}]")

    people = compare(small_round(), made).people

    assert "lost" not in set(people["change"])
    elsewhere = people.filter(~pl.col("scope_before").fill_null("").str.starts_with(f"{town}/"))
    assert set(elsewhere["change"]) == {"unchanged"}


def test_a_scenario_that_comes_to_no_decision_is_reported_and_the_others_go_on() -> None:
    """Ties are refused in one scenario; the six others are compared."""
    result = small_study()

    (failed,) = result.failed
    assert failed.name == "refused"
    (problem,) = failed.problems
    assert problem.code == "allocation.tie_refused"
    assert dict(problem.params)["people"] == "…"  # nobody is named
    assert set(result.totals["scenario"]) == {"same", "seats", "cap", "dropped", "gate", "draw"}


def test_a_study_of_failures_alone_has_empty_frames_with_all_columns() -> None:
    """A notebook need not ask first."""
    only = "  nobody: {title: {zh: 无, en: none}, set: {services.school.gate.points: 10000}}\n"

    result = run_study(study_of(only), zhongshan_pack(), config_of("2015-school"), small_city())

    for name in ("people", "by_group", "cutoffs", "totals", "flows"):
        frame = getattr(result, name)
        assert frame.is_empty()
        assert frame.columns == getattr(small_study(), name).columns


def test_every_row_of_every_frame_carries_the_watermark() -> None:
    for name in ("people", "by_group", "cutoffs", "totals", "flows"):
        assert set(getattr(small_study(), name)["watermark"]) == {WATERMARK}


def test_all_wrong_changes_of_all_scenarios_are_reported_before_anything_is_decided() -> None:
    """Each with its own line; the round's id too."""
    study = study_of(
        "  a: {title: {zh: 甲, en: a}, set: {indicators.nothing: 1}, seats: [{where: {town: x}, to: 1}]}\n"
        "  b: {title: {zh: 乙, en: b}, as_of: 2001-01-01}\n",
        "2015-school-wishes",
    )

    with pytest.raises(BadInput) as error:
        alter(study, zhongshan_pack(), config_of("2015-school"), small_city())

    found = [(problem.code, problem.place.line) for problem in error.value.problems]
    assert found == [
        ("study.other_round", 4),
        ("overlay.no_such_path", 11),
        ("study.no_such_scope", 11),
        ("round.not_in_force", 12),
    ]


@pytest.mark.parametrize(
    "use",
    [
        lambda made, _: made.record,
        lambda made, _: notice_of(made),
        lambda made, _: bundle_files(made.record, "public"),
        lambda made, path: publish_round(made, path / "out", pdf=False),
        lambda made, _: Letters(made, "sha256:0").letter(made.ground.people[0]),
        lambda made, _: list(report_files(made, ("zh",), pdf=False)),
    ],
)
def test_a_what_if_has_no_record_and_so_no_notice_bundle_letter_or_report(use: Any, tmp_path: Any) -> None:
    """Each refuses it with the same clear code and writes nothing."""
    made = decided("    set: {services.school.gate.points: 200}")

    with pytest.raises(Refused, match=r"what_if\.not_published"):
        use(made, tmp_path)
    assert not isinstance(made, Round)
    assert list(tmp_path.iterdir()) == []


def test_a_changed_policy_decides_no_official_round() -> None:
    """Not even when it is handed to the main path."""
    made = altered("    set: {services.school.gate.points: 200}")
    assert isinstance(made.pack, OverlaidPack)

    with pytest.raises(Refused, match=r"what_if\.policy_changed"):
        run_round(made.pack, config_of("2015-school"), small_city())


def test_the_settings_of_a_scenario_say_that_it_is_a_what_if() -> None:
    """Whatever prints a title prints that."""
    config = altered("    set: {services.school.gate.points: 200}").config

    assert config.title.en.startswith("[what-if, not an official result]")
    assert config.title.zh.startswith("【模拟测算，非正式结果】")
    assert config.illustrative is not None
    assert f"{config.illustrative.zh} / {config.illustrative.en}" == WATERMARK


def test_the_changes_are_told_with_what_stood_there_before() -> None:
    outcomes = {outcome.name: outcome for outcome in small_study().outcomes}

    (cap,) = outcomes["cap"].applied
    assert (cap.path, cap.before, cap.after) == ("indicators.permit_years.points.cap", "50", "20")
    (seats,) = outcomes["seats"].applied
    assert (seats.path, seats.before, seats.after) == ("seats town=xiaolan +10 % (up)", "31", "35")
    assert [change.after for change in outcomes["draw"].applied] == ["other (x)"]
    assert SCENARIOS.count("title:") == len(outcomes)
