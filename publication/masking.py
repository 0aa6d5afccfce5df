"""What a publication shows of a name or a number. Every public output masks through `mask`.

A mask is a choice of the office: the default prints names in part and numbers not at all, because
a number with its first and last digits shown can be recovered from the check digit and a birth date.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["name", "id_number", "phone"]
Shown = Literal["partly", "hidden"]

HIDDEN = "***"

_PAIRS = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙"
    "慕容仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷"
    "轩辕令狐段干百里呼延东郭南门羊舌微生梁丘左丘西门第五南荣仲长达奚歐陽東方獨孤聞人諸葛尉遲赫連"
    "澹臺濮陽公孫仲孫鍾離長孫鮮于閭丘顓孫樂正軒轅東郭南門西門"
)
_COMPOUND_SURNAMES = frozenset(_PAIRS[i : i + 2] for i in range(0, len(_PAIRS), 2))
_HAN_NAME = re.compile(r"[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_USUAL_NAME = r"^[\u{3400}-\u{4dbf}\u{4e00}-\u{9fff}]{2,4}$"  # nothing that NFC or trimming would change
_DOTS = "·•‧∙・．"
_SEPARATED_PHONE = re.compile(r"(0\d{2,3})-(\d{7,8})")


@dataclass(frozen=True)
class MaskPolicy:
    """What one office's publications show of each kind: `partly` or nothing (`hidden`)."""

    name: Shown = "partly"
    id_number: Shown = "hidden"
    phone: Shown = "hidden"


PUBLIC_NOTICE = MaskPolicy()
"""Names in part, no numbers: the default of every notice."""


def mask(value: str, kind: Kind, policy: MaskPolicy = PUBLIC_NOTICE) -> str:
    """What may be printed of a value. An empty value stays empty; hidden ones do not show their length.

    >>> mask("欧阳修远", "name"), mask("John Smith", "name"), mask("13812345678", "phone")
    ('欧阳*远', 'J***', '***')
    """
    text = unicodedata.normalize("NFC", value).strip()
    if not text:
        return ""
    if getattr(policy, kind) == "hidden":
        return HIDDEN
    match kind:
        case "name":
            return _name(text)
        case "id_number":
            return _ends(text, head=3, tail=4, least=9)
        case "phone":
            return _phone(text)


def mask_names(names: pl.Series, policy: MaskPolicy = PUBLIC_NOTICE) -> pl.Series:
    """`mask` of a column of names, null as empty: usual ones all at once, each other one by itself."""
    given = names.alias("name").fill_null("")
    is_usual = given.str.contains(_USUAL_NAME) & (policy.name == "partly")
    others = given.filter(~is_usual).unique()
    masked = pl.Series([mask(name, "name", policy) for name in others], dtype=pl.String)
    name = pl.col("name")
    one_by_one = name.replace_strict(others, masked, default=None, return_dtype=pl.String)
    shown = pl.when(is_usual).then(_usual_name(name)).otherwise(one_by_one)
    return given.to_frame().select(shown.alias(names.name)).to_series()


def _usual_name(name: pl.Expr) -> pl.Expr:
    """`_name` of a Han name of two to four characters."""
    length = name.str.len_chars()
    compound = (length > 2) & name.str.head(2).is_in(sorted(_COMPOUND_SURNAMES))
    given = length - pl.when(compound).then(2).otherwise(1)
    surname = pl.when(compound).then(name.str.head(2)).otherwise(name.str.head(1))
    stars = pl.when(given == 3).then(pl.lit("**")).otherwise(pl.lit("*"))
    last = pl.when(given > 1).then(name.str.tail(1)).otherwise(pl.lit(""))
    return pl.concat_str(surname, stars, last)


def _name(text: str) -> str:
    """Surname and last character of a Han name of three or more; the first letter of any other."""
    if any(dot in text for dot in _DOTS):
        return text[0] + "**"  # 阿卜杜热合曼·买买提: the given name stands first
    han = "".join(text.split())
    if not _HAN_NAME.fullmatch(han):
        return text[0] + "***"
    if len(han) == 1:
        return "*"
    surname = 2 if len(han) > 2 and han[:2] in _COMPOUND_SURNAMES else 1
    given = len(han) - surname
    return han[:surname] + ("*" if given == 1 else "*" * (given - 1) + han[-1])


def _phone(text: str) -> str:
    landline = _SEPARATED_PHONE.fullmatch(text)
    if landline:
        return f"{landline[1]}-****{landline[2][4:]}"
    return _ends(text, head=3, tail=4, least=11)


def _ends(text: str, *, head: int, tail: int, least: int) -> str:
    """First and last characters; a number shorter than `least` would show too much and is all stars."""
    if len(text) < least:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]
