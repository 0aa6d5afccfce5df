"""Bytes to text: UTF-8 (with or without a byte order mark) and GB18030, read strictly."""

from __future__ import annotations

import codecs

from values.problems import BadInput, Place, Problem, bad_input

MAX_LINES_NAMED = 1000


def decode_text(data: bytes, file: str) -> str:
    """The text of a file in UTF-8 or GB18030 (what Excel in China saves); nothing is guessed over.

    A file whose lines are not all valid in one of the two is refused. It is judged by the encoding
    most of its non-ASCII lines are valid in, so that one damaged byte in a UTF-8 file does not turn
    the whole file into other, equally valid-looking characters of GB18030.

    Raises:
        BadInput: `storage.utf16`, or `storage.undecodable` for every line that cannot be decoded.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise bad_input("storage.utf16", Place(file=file))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    encoding = "utf-8" if data.startswith(codecs.BOM_UTF8) else _encoding_of_most_lines(data)
    problems = _undecodable_lines(data, encoding, file)
    if problems:
        raise BadInput(problems)
    return data.decode(encoding)


def _encoding_of_most_lines(data: bytes) -> str:
    lines = [line for line in data.splitlines() if not line.isascii()]
    utf8 = sum(_error_position(line, "utf-8") < 0 for line in lines)
    gb18030 = sum(_error_position(line, "gb18030") < 0 for line in lines)
    if gb18030 == len(lines):
        # Text in GB18030 is hardly ever valid UTF-8 by chance; half of the lines is no chance.
        return "gb18030" if utf8 * 2 < len(lines) else "utf-8"
    return "gb18030" if gb18030 > utf8 else "utf-8"


def _undecodable_lines(data: bytes, encoding: str, file: str) -> list[Problem]:
    problems = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        position = _error_position(line, encoding)
        if position >= 0:
            place = Place(file=file, line=number, column=position + 1)
            byte = f"0x{line[position]:02X}"
            problems.append(Problem.of("storage.undecodable", place, byte=byte, encoding=encoding.upper()))
            if len(problems) == MAX_LINES_NAMED:
                break
    return problems


def _error_position(line: bytes, encoding: str) -> int:
    try:
        line.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return -1
