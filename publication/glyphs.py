"""Which characters the shipped face can print, so that none vanishes from a page unseen."""

from __future__ import annotations

import struct
from functools import lru_cache

from publication.resources import font_data

MISSING = "□"


def visible(text: str) -> str:
    """The text with each character the face lacks written as □ and its code point.

    >>> visible("李𠮷")
    '李𠮷'
    >>> visible("李\\u3401")
    '李□U+3401'
    """
    lacking = {ord(char) for char in set(text)} - covered()
    return text.translate({point: f"{MISSING}U+{point:04X}" for point in lacking}) if lacking else text


@lru_cache
def covered() -> frozenset[int]:
    """Every code point the face has a glyph for, and the line end.

    Source: OpenType `cmap` table, subtable format 12 (segmented coverage).
    """
    data = font_data()
    start = _table(data, b"cmap")
    count = struct.unpack_from(">H", data, start + 2)[0]
    records = [struct.unpack_from(">HHI", data, start + 4 + 8 * n) for n in range(count)]
    offset = next(offset for platform, encoding, offset in records if (platform, encoding) == (3, 10))
    groups = struct.unpack_from(">I", data, start + offset + 12)[0]
    points = {ord("\n")}
    for n in range(groups):
        first, last, _ = struct.unpack_from(">III", data, start + offset + 16 + 12 * n)
        points.update(range(first, last + 1))
    return frozenset(points)


def _table(data: bytes, tag: bytes) -> int:
    """Where a table of the font file begins."""
    count = struct.unpack_from(">H", data, 4)[0]
    entries = (struct.unpack_from(">4sIII", data, 12 + 16 * n) for n in range(count))
    return int(next(offset for name, _, offset, _ in entries if name == tag))
