"""A small notice with every kind of row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

import polars as pl

from publication.notice import ROW_COLUMNS, LegalBasis, Notice, NoticeSection
from scoring.constructs import Title


class NoticeRow(NamedTuple):
    """One applicant on a notice."""

    position: int
    application: str
    name: str
    total: str
    outcome: str
    offer: str = ""
    waiting: int | None = None


def frame_of(*rows: NoticeRow) -> pl.DataFrame:
    """Rows as a section holds them."""
    return pl.DataFrame(rows, schema=ROW_COLUMNS, orient="row")


EAST = NoticeSection(
    scope="east/primary",
    heading=Title(zh="东区 小学一年级", en="East, primary year one"),
    seats=2,
    ranked=3,
    admitted=2,
    full=True,
    cut_off="87.5",
    rows=frame_of(
        NoticeRow(1, "ZS2015-0002", "张*", "90", "placed", "东区一小"),
        NoticeRow(2, "ZS2015-0003", "欧阳*", "87.5", "gave_up", "东区二小"),
        NoticeRow(3, "ZS2015-0001", "<b>*</b>", "87.5", "waiting", waiting=1),
    ),
)
WEST_TITLE = Title(zh="西区 小学一年级", en="West")
WEST = NoticeSection("west side/primary", WEST_TITLE, 5, 1, 1, False, None, frame_of(
    NoticeRow(1, "ZS2015-0004", "", "30", "placed", "西区小学"),
))  # fmt: skip


def small_notice(**changes: object) -> Notice:
    """Two sections: one full, one not."""
    notice = Notice(
        title=Title(zh="2015年积分入学名单公示", en="Places by points, 2015: public notice"),
        office=Title(zh="某市流动人口管理办公室", en="Office of a City"),
        contact=Title(zh="电话 0760-88322222", en="Telephone 0760-88322222"),
        published_on=date(2015, 6, 1),
        objections_from=date(2015, 6, 1),
        objections_until=date(2015, 6, 8),
        basis=(LegalBasis("中府〔2014〕106号", Title(zh="管理规定", en="rules")),),
        illustrative=Title(zh="家庭为合成数据。", en="The families are synthetic."),
        record_digest="sha256:" + "0123456789abcdef" * 4,
        sections=(EAST, WEST),
    )
    return replace(notice, **changes)  # type: ignore[arg-type]


def with_row(row: NoticeRow) -> Notice:
    """The notice with one row only."""
    return small_notice(sections=(replace(EAST, rows=frame_of(row)),))
