"""The announcement of a policy: no rule without a sentence, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given, settings
from pydantic import BaseModel

from publication.announcement import announcement
from publication.announcement_page import announcement_html, announcement_pdf, announcement_text
from publication.difference_text import DifferenceText
from publication.messages import LANGUAGES, Lang, sentences
from publication.rule_text import CONDITIONS, CONSTRUCTS, MODIFIERS, READ, Wording
from scoring import conditions
from scoring.conditions import OPERATORS
from scoring.constructs import Node, Title
from scoring.differences import differences
from scoring.model_problems import models_of
from scoring.pack import Pack, load_pack
from scoring.policy import Policy
from storage.packs import find_pack, read_pack, shipped_packs
from tests.strategies import packs

TINY = (Path(__file__).parents[1] / "scoring" / "tiny_pack.yaml").read_text("utf-8")
MODELS = models_of(Policy)
NODES = [model for model in MODELS if issubclass(model, Node)]
CLAIMS = [model for model in MODELS if model.__module__ == conditions.__name__ and model is not Title]
OF_NODES = {"title", "cite"}
AMOUNT = re.compile(r"-?\d+(?:\.\d+)?")
NOT_PRINTED = {"scale", "decimals", "maximum"}


def keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def literals(annotation: Any) -> Iterator[str]:
    """The words that a field chooses from."""
    if get_origin(annotation) is Literal:
        yield from (value if isinstance(value, str) else str(value).lower() for value in get_args(annotation))
    for part in get_args(annotation):
        yield from literals(part)


@pytest.mark.parametrize("model", NODES, ids=lambda model: model.__name__)
def test_every_construct_has_a_sentence_that_tells_all_its_keys(model: type[Node]) -> None:
    own = keys(model) - keys(Node)
    (name,) = own & CONSTRUCTS.keys() if len(own & CONSTRUCTS.keys()) == 1 else [min(own)]

    assert name in CONSTRUCTS
    assert own <= set(READ[name])


def test_every_modifier_has_a_sentence() -> None:
    assert keys(Node) - OF_NODES <= MODIFIERS.keys()


@pytest.mark.parametrize("model", CLAIMS, ids=lambda model: model.__name__)
def test_every_condition_has_a_sentence(model: type[BaseModel]) -> None:
    """Told by its first key; the operators of a comparison each have their own."""
    if model.__name__ in ("OtherFact", "PersonFact"):
        assert keys(model) < {"fact", "person"}  # told as the limit of a comparison
    else:
        assert next(iter(model.model_fields.values())).alias in CONDITIONS or keys(model) & CONDITIONS.keys()
    assert {f"rule.{operator}" for operator in OPERATORS} <= sentences().keys()


def test_every_key_of_the_language_has_a_word() -> None:
    """What no sentence tells is printed as `word: value`."""
    known = {key for model in MODELS for key in keys(model)}

    assert {key for key in known if f"term.{key}" not in sentences()} == set()


def test_every_value_that_a_key_chooses_from_has_a_word() -> None:
    fields = [field for model in MODELS for field in model.model_fields.values()]
    words = {word for field in fields for word in literals(field.annotation)} - {"policy/1"}

    assert {word for word in words if f"choice.{word}" not in sentences()} == set()


def test_what_has_no_sentence_of_its_own_is_printed_word_by_word() -> None:
    """A construct or a key that this program's printer does not know yet is not left out."""
    words = Wording(load_pack(TINY, "tiny.yaml").policy, "en")

    lines = [detail.text for detail in words.node({"brand_new": "months", "strength": 7})]

    assert lines == [
        "brand_new: months insured (strength: 7)",
    ]
    assert words.condition({"moon": "full"}) == "moon: full"


def amounts_of(value: Any, key: str = "") -> Iterator[str]:
    """Every amount in a snapshot that is a rule's."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from amounts_of(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from amounts_of(part, key)
    elif isinstance(value, str) and AMOUNT.fullmatch(value) and key not in NOT_PRINTED:
        yield value


@settings(max_examples=12)
@given(pack=packs())
def test_every_amount_of_a_policy_stands_in_its_announcement(pack: Pack) -> None:
    """Points, limits, steps, caps and floors of generated packs, in both languages."""
    values = set(amounts_of(pack.policy.canonical()["indicators"]))
    values |= set(amounts_of(pack.policy.canonical()["services"]))
    for lang in LANGUAGES:
        printed = set(AMOUNT.findall(announcement_text(pack.policy, (lang,))))
        # What is left of `over: 0`, and of rows that begin at 0, needs no words.
        assert {value for value in values if value not in printed} <= {"0"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("scheme", shipped_packs())
def test_every_shipped_pack_prints_with_all_its_titles_and_clauses(scheme: str, lang: Lang) -> None:
    """Every title and clause of every rule, in both languages, as text and as a page."""
    policy = read_pack(find_pack(scheme, base=Path())).policy
    text, page = announcement_text(policy, (lang,)), announcement_html(policy, (lang,))
    words = Wording(policy, lang)

    wanted = set(texts_of(words.document, lang, words))
    assert {part for part in wanted if part not in text} == set()
    assert page.count("<h2>") == text.count("\n# ")
    assert "{" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def texts_of(value: Any, lang: str, words: Wording) -> Iterator[str]:
    if isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            yield value[lang]
        for key, part in value.items():
            if key == "cite":
                yield words.clause(part)
            yield from texts_of(part, lang, words)
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part, lang, words)


def test_the_table_says_what_the_text_says() -> None:
    """Rows of the tiny pack: group, line, points, clause, evidence."""
    told = announcement(load_pack(TINY, "tiny.yaml").policy, "en")

    (table,) = (section for section in told.sections if section.heading == "base points")
    rows = [[[detail.text for detail in cell] for cell in row.cells] for row in table.rows]
    assert rows == [
        [["quality (X1 art. 2)"]],
        [
            ["education"],
            ["by education:", "none: 0 points", "junior: 20 points", "0 points while not proven, X1 art. 4"],
            ["X1 art. 3"],
            ["education: education bureau (handed in by the applicant)"],
        ],
        [
            ["insurance"],
            [
                "by months insured:",
                "below 12: 0 points",
                "from 12, below 24: 1.5 points",
                "24 and more: 3 points",
                "open while not known, X1 art. 4",
            ],
            ["X1 art. 5"],
            ["months insured: social security bureau (delivered by a department)"],
        ],
    ]


def test_the_service_says_who_may_apply_and_who_comes_first() -> None:
    lines = announcement_text(load_pack(TINY, "tiny.yaml").policy, ("zh",)).splitlines()

    assert "已参保：参保月数不少于1（X1第10条）" in lines
    assert "镇为西的，积分乘以1.3（X1第8条）" in lines
    assert "总分（含乘数）须达到10分（X1第9条）" in lines
    assert "按镇分别排名（X1第12条）" in lines
    assert "仍相同的：公开抽签（X1第12条）" in lines


def test_a_pdf_of_both_languages_is_the_same_bytes_each_time() -> None:
    policy = load_pack(TINY, "tiny.yaml").policy

    pdf = announcement_pdf(policy, LANGUAGES)

    assert pdf.startswith(b"%PDF")
    assert pdf == announcement_pdf(policy, LANGUAGES)


def test_a_text_that_is_named_like_a_fact_stays_the_text_it_is() -> None:
    """A title, a document's number: only names of rules are replaced by titles."""
    after = TINY.replace("title: {zh: 素质, en: quality}", "title: {zh: 素质, en: months of education}")
    after = after.replace("number: X1", "number: town")
    sides = [load_pack(text, "tiny.yaml").policy for text in (TINY, after)]
    text = DifferenceText(*sides, "en")

    assert [text.line(one) for one in differences(*sides)] == [
        "changed  rules › document number: X1 → town",
        "changed  months of education › English name: quality → months of education"
        "  [X1 art. 2 → town art. 2]",
    ]


def test_rows_of_a_ledger_are_told_in_the_names_of_its_columns_and_members() -> None:
    """Not `insurance: pension`; a column that has the name of an indicator is not called by its title."""
    ledger = """  insured_to: {title: {zh: 截止日, en: insured to}, of: subject, type: date,
    supplied_by: department, attested_by: {zh: 局, en: office}, cite: rules 1}
ledgers:
  dues:
    title: {zh: 缴费记录, en: dues}
    columns:
      insurance:
        title: {zh: 险种, en: branch}
        members: {pension: {zh: 养老, en: old age}, injury: {zh: 工伤, en: accidents}}
      source: [paid, late]
    cite: rules 1
derived:
  paid: {title: {zh: 月数, en: months paid}, of: subject, months_in: dues, where: {insurance: pension},
    except: {source: late}, up_to: insured_to, bridged_months: excluded, on_break: sum, cite: rules 1}
groups:
"""
    text = TINY.replace("groups:\n", ledger, 1).replace(
        "fact: months, at_least: 1", "fact: paid, at_least: 1"
    )
    policy = load_pack(text, "tiny.yaml").policy

    zh, en = (announcement_text(policy, (lang,)) for lang in LANGUAGES)

    assert "仅计：\n    险种：养老\n  不计：\n    source：late" in zh
    assert "险种：养老、工伤" in zh
    assert "branch: old age, accidents" in en
    assert policy.ledgers["dues"].members == {"insurance": ("pension", "injury"), "source": ("paid", "late")}
