"""The notice as a workbook says what the page says, as text, and prints well."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime

import openpyxl
import pytest

from publication.messages import LANGUAGES, Lang
from storage import notice_books
from storage.notice_books import notice_xlsx
from tests.publication.notices import EAST, NoticeRow, frame_of, small_notice, with_row
from values.problems import BadInput


def book_of(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def cells(sheet: openpyxl.worksheet.worksheet.Worksheet) -> list[list[object]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_the_list_has_a_row_a_person_and_says_whose_list_it_is() -> None:
    _, head, *rows = cells(book_of(notice_xlsx(small_notice(), "zh"))["名单"])

    assert head == ["名单", "序位", "申请编号", "姓名", "总分", "结果", "安排去向"]
    assert rows == [
        ["东区 小学一年级", 1, "ZS2015-0002", "张*", "90", "已安排", "东区一小"],
        ["东区 小学一年级", 2, "ZS2015-0003", "欧阳*", "87.5", "放弃", "东区二小"],
        ["东区 小学一年级", 3, "ZS2015-0001", "<b>*</b>", "87.5", "轮候 1", None],
        ["西区 小学一年级", 1, "ZS2015-0004", None, "30", "已安排", "西区小学"],
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_figures_tell_office_period_contact_basis_digest_and_what_is_not_real(lang: Lang) -> None:
    notice = small_notice()

    sheet = book_of(notice_xlsx(notice, lang)).worksheets[0]
    said = "\n".join(str(cell) for row in cells(sheet) for cell in row if cell is not None)

    words = {
        "zh": ["2015年6月1日至2015年6月8日", "0760-88322222", "《管理规定》", "合成数据", "某市流动人口"],
        "en": ["1 June 2015 to 8 June 2015", "0760-88322222", "rules (中府", "synthetic", "Office of a City"],
    }  # fmt: skip
    assert [word for word in (*words[lang], notice.record_digest) if word not in said] == []
    assert cells(sheet)[-1][1:] == [5, 1, 1, "名额未满" if lang == "zh" else "not filled"]


def test_numbers_and_ids_are_text_and_nothing_is_a_formula() -> None:
    notice = with_row(NoticeRow(1, "00012345", "=*1+1", "90.50", "placed", "=HYPERLINK(1)"))

    sheet = book_of(notice_xlsx(notice, "zh"))["名单"]
    row = sheet[3]

    assert [cell.value for cell in row[2:5]] == ["00012345", "=*1+1", "90.50"]
    assert [cell.data_type for cell in row] == ["s", "n", "s", "s", "s", "s", "s"]
    assert {cell.number_format for cell in row[2:]} == {"@"}


def test_every_sheet_is_a4_as_wide_as_the_page_with_its_head_repeated_and_pages_numbered() -> None:
    book = book_of(notice_xlsx(small_notice(), "zh"))

    for sheet in book.worksheets:
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "&P" in sheet.oddFooter.right.text
        assert "&N" in sheet.oddFooter.right.text
        assert sheet.freeze_panes is not None
        assert sheet.print_title_rows
    assert book["名单"].freeze_panes == "A3"
    assert book["名单"].auto_filter.ref == "A2:G6"
    assert [row.id for row in book["名单"].row_breaks.brk] == [5]  # the second list begins a page


def test_columns_are_wide_enough_for_chinese() -> None:
    sheet = book_of(notice_xlsx(small_notice(), "zh"))["名单"]

    assert sheet.column_dimensions["A"].width >= len("东区 小学一年级") * 2
    assert sheet.column_dimensions["C"].width >= len("ZS2015-0002")


@pytest.mark.parametrize("many", [0, 10**9], ids=["row by row", "in memory"])
def test_the_same_notice_gives_the_same_bytes_dated_with_its_publication(
    many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice_books, "MANY_ROWS", many)

    data = notice_xlsx(small_notice(), "zh")

    assert data == notice_xlsx(small_notice(), "zh")
    assert book_of(data).properties.created == datetime(2015, 6, 1)


def test_a_list_longer_than_a_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_books, "MOST_ROWS", 3)

    book = book_of(notice_xlsx(small_notice(), "zh"))

    assert book.sheetnames[1:] == ["名单", "名单 2"]
    assert [len(cells(sheet)) for sheet in book.worksheets[1:]] == [5, 3]


def test_a_notice_without_anybody_is_a_head_alone() -> None:
    empty = replace(EAST, ranked=0, admitted=0, cut_off=None, rows=frame_of())

    sheet = book_of(notice_xlsx(small_notice(sections=(empty,)), "zh"))["名单"]

    assert len(cells(sheet)) == 2


def test_a_name_that_is_not_masked_is_refused() -> None:
    with pytest.raises(BadInput, match="name_not_masked"):
        notice_xlsx(with_row(NoticeRow(1, "A1", "张小三", "9", "placed")), "zh")
