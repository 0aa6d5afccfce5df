"""The notice says who got what and nothing else about them, on a page and on paper."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from pypdf import PdfReader

from publication import typesetting
from publication.glyphs import covered, visible
from publication.messages import LANGUAGES, Lang
from publication.notice import outcome_texts
from publication.notice_page import notice_html
from publication.notice_sheet import notice_pdf
from publication.resources import locale_files, template
from scoring.constructs import Title
from tests.publication.notices import EAST, NoticeRow, frame_of, small_notice, with_row
from values.problems import BadInput


class Page(HTMLParser):
    """Ids, links, outside references and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.outside: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.ids += [value or ""] if name == "id" else []
            self.links += [value or ""] if name == "href" else []
            self.outside += [tag] if name == "src" or tag in ("link", "img", "iframe") else []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_one_offline_file_with_an_anchor_for_each_scope(lang: Lang) -> None:
    text = notice_html(small_notice(), lang)
    page = Page(text)

    assert page.outside == []
    assert re.search(r"url\(|http|@import", text) is None
    assert {"east/primary", "west_side/primary"} <= set(page.ids)
    assert {"#east/primary", "#west_side/primary"} <= set(page.links)
    assert len(page.ids) == len(set(page.ids))
    assert text.startswith("<!DOCTYPE html>")


def test_every_row_shows_position_number_masked_name_total_outcome_and_place() -> None:
    text = notice_html(small_notice(), "zh")

    assert "<td>1<td>ZS2015-0002<td>张*<td>90<td>已安排<td>东区一小\n" in text
    assert "<td>2<td>ZS2015-0003<td>欧阳*<td>87.5<td>放弃<td>东区二小\n" in text
    assert "<td>3<td>ZS2015-0001<td>&lt;b&gt;*&lt;/b&gt;<td>87.5<td>轮候 1<td>\n" in text
    assert "名额 2 个，参加排名 3 人，取得名额 2 人，末位总分 87.5。" in text
    assert "名额 5 个，参加排名 1 人，取得名额 1 人，名额未满。" in text


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ["2015年6月1日至2015年6月8日", "电话 0760-88322222", "《管理规定》（中府〔2014〕106号）",
                "示例，非正式结果：家庭为合成数据。"]),
        ("en", ["1 June 2015 to 8 June 2015", "Telephone 0760-88322222", "rules (中府〔2014〕106号)",
                "Illustration, not an official result: The families are synthetic."]),
    ],
)  # fmt: skip
def test_page_and_sheet_tell_period_contact_basis_digest_and_what_is_not_real(
    lang: Lang, words: list[str]
) -> None:
    notice = small_notice()
    page = " ".join(Page(notice_html(notice, lang)).words)
    first = pages(notice_pdf(notice, lang))[0].replace("\n", " ")

    for word in [*words, notice.record_digest]:
        assert word in page
        assert word in first


def test_an_official_notice_carries_no_banner() -> None:
    notice = small_notice(illustrative=None)

    assert "示例" not in notice_html(notice, "zh")
    assert "示例" not in "".join(pages(notice_pdf(notice, "zh")))


def many_rows() -> pl.DataFrame:
    return frame_of(*(NoticeRow(n, f"ZS2015-{n:04d}", "张*", "90", "placed", "一小") for n in range(1, 151)))


def test_every_sheet_repeats_head_banner_contact_and_page_numbers() -> None:
    notice = small_notice(sections=(replace(EAST, rows=many_rows()),))

    sheets = pages(notice_pdf(notice, "zh"))

    assert len(sheets) == 4
    for number, text in enumerate(sheets, 1):
        repeated = [f"第 {number} 页", "共 4 页", "申请编号", "示例", "0760-88322222", notice.record_digest]
        assert [word for word in repeated if word not in text] == []
    assert sum(text.count("ZS2015-") for text in sheets) == 150


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_notice_gives_the_same_bytes(lang: Lang) -> None:
    assert notice_pdf(small_notice(), lang) == notice_pdf(small_notice(), lang)
    assert notice_html(small_notice(), lang) == notice_html(small_notice(), lang)


def test_a_sheet_is_dated_with_its_publication_and_has_a_title() -> None:
    read = PdfReader(io.BytesIO(notice_pdf(small_notice(), "zh")))

    assert read.metadata is not None
    assert read.metadata.title == "2015年积分入学名单公示"
    assert read.metadata.creation_date is not None
    assert read.metadata.creation_date.date() == date(2015, 6, 1)
    assert re.search(r"CreationDate\s*\(D:20150601", notice_pdf(small_notice(), "zh").decode("latin-1"))


def test_a_sheet_uses_the_shipped_face_and_no_other() -> None:
    read = PdfReader(io.BytesIO(notice_pdf(small_notice(), "en")))

    fonts = {str(font["/BaseFont"]) for page in read.pages for font in _fonts(page)}

    assert {font.split("+")[1].removesuffix("-Identity-H") for font in fonts} == {"NotoSansCJKsc-Regular"}


def _fonts(page: object) -> list[dict[str, object]]:
    resources = page["/Resources"]["/Font"]  # type: ignore[index]
    return [reference.get_object() for reference in resources.values()]


def test_a_character_the_face_lacks_shows_as_a_box_and_its_code() -> None:
    assert visible("李\u3401") == "李□U+3401"
    assert "□U+3401" in "".join(
        pages(notice_pdf(with_row(NoticeRow(1, "A1", "\u3401*", "9", "placed")), "zh"))
    )


def test_the_face_prints_common_names_and_every_word_of_ours() -> None:
    gb2312 = bytes(
        byte for lead in range(0xB0, 0xF8) for trail in range(0xA1, 0xFF) for byte in (lead, trail)
    )
    ours = locale_files()["notice.toml"] + template("notice.typ")

    assert visible(gb2312.decode("gb2312", "ignore")) == gb2312.decode("gb2312", "ignore")
    assert {char for char in ours if ord(char) not in covered()} == set()
    assert visible("㛃䶮𠮷·—…〔〕①") == "㛃䶮𠮷·—…〔〕①"


def test_a_template_that_makes_the_typesetter_warn_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "FONT_FAMILY", "No Such Face")

    with pytest.raises(BadInput, match=r"publication\.typesetting.*unknown font family"):
        notice_pdf(small_notice(), "zh")


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        (NoticeRow(1, "A1", "张小三", "9", "placed"), "publication.name_not_masked", "name"),
        (NoticeRow(1, "330106199003071236", "张*", "9", "placed"), "publication.id_number", "application"),
        (NoticeRow(1, "A1", "*13812345678", "9", "placed"), "publication.phone_number", "name"),
        (NoticeRow(1, "A1", "张*", "9", "placed", "一小 0760-88322222"), "publication.phone_number", "offer"),
    ],
    ids=["a full name", "an ID number", "a phone number", "the office's telephone where it does not belong"],
)
@pytest.mark.parametrize("render", [notice_html, notice_pdf])
def test_a_notice_that_shows_too_much_is_refused_with_its_row(
    render: type, row: NoticeRow, code: str, field: str
) -> None:
    with pytest.raises(BadInput) as raised:
        render(with_row(row), "zh")

    (problem,) = raised.value.problems
    assert (problem.code, str(problem.place)) == (code, f"east/primary:1:{field}")


def test_an_id_number_in_the_contact_is_refused() -> None:
    contact = Title(zh="330106199003071236", en="x")

    with pytest.raises(BadInput, match=r"publication\.id_number"):
        notice_html(small_notice(contact=contact), "zh")


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadInput, match=r"publication\.notice_period"):
        notice_html(small_notice(objections_until=date(2015, 5, 31)), "zh")


@pytest.mark.parametrize(
    ("row", "zh", "en"),
    [
        (NoticeRow(1, "A", "", "9", "placed"), "已安排", "placed"),
        (NoticeRow(1, "A", "", "9", "gave_up"), "放弃", "gave up"),
        (NoticeRow(1, "A", "", "9", "waiting", waiting=12), "轮候 12", "waiting 12"),
        (NoticeRow(1, "A", "", "9", "waiting"), "轮候", "waiting"),
    ],
)
def test_outcomes_are_told_in_words(row: NoticeRow, zh: str, en: str) -> None:
    section = replace(EAST, rows=frame_of(row))

    assert [outcome_texts(section, lang).item() for lang in LANGUAGES] == [zh, en]


def test_the_shipped_face_comes_with_its_licence_and_stays_small() -> None:
    folder = Path(typesetting.font_folder())

    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text("utf-8")
    assert (folder / "NotoSansCJKsc-Regular.otf").stat().st_size < 6_000_000
