"""Text files, read strictly: UTF-8 or GB18030, a byte order mark is dropped, anything else is named."""

from __future__ import annotations

from pathlib import Path

from storage.encodings import decode_text
from storage.importers import read_bytes


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        BadInput: `storage.file_missing`, `storage.cannot_read`, `storage.undecodable`.
    """
    return decode_text(read_bytes(path), str(path))
