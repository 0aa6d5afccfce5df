"""A formula as a pack holds it: its text, proven readable when the pack is read."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from scoring.formulas import FormulaError, parse


def _number_as_text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _readable(text: str) -> str:
    try:
        parse(text)
    except FormulaError as error:
        figures = {"code": error.code, "column": error.column, "found": error.found}
        raise PydanticCustomError("formula", "unreadable formula", figures) from None
    return text


Formula = Annotated[str, BeforeValidator(_number_as_text), AfterValidator(_readable)]
"""Arithmetic in text (`scoring.formulas`); a number alone is one too."""
