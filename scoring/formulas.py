"""Formulas of packs: a closed grammar of exact arithmetic. Text in, a tree out; nothing is ever executed.

    sum     = term {("+" | "-") term}
    term    = factor {("*" | "/") factor}
    factor  = "-" factor | number | name | "(" sum ")" | ("min" | "max") "(" sum "," sum {"," sum} ")"

Numbers are written plainly (`12`, `0.5`) and stay exact; names are facts and parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

LONGEST = 400
"""Characters of a formula; longer rules are written as several nodes."""
DEEPEST = 40
"""Brackets inside brackets."""

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)(?![\w.])|([A-Za-z_]\w*)|([-+*/(),]))", re.ASCII)
_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2}
_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}


@dataclass(frozen=True)
class Amount:
    """A number as written."""

    value: Fraction


@dataclass(frozen=True)
class Name:
    """A fact or a parameter."""

    name: str


@dataclass(frozen=True)
class Negative:
    """The opposite of a part."""

    part: Expression


@dataclass(frozen=True)
class Operation:
    """Two parts added, subtracted, multiplied or divided."""

    sign: Literal["+", "-", "*", "/"]
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Extreme:
    """The least or the greatest of two or more parts."""

    which: Literal["min", "max"]
    parts: tuple[Expression, ...]


Expression = Amount | Name | Negative | Operation | Extreme


class FormulaError(ValueError):
    """What is wrong with a formula: a code, the place in its text (from 1) and what stands there."""

    def __init__(self, code: str, column: int, found: str = "") -> None:
        super().__init__(code)
        self.code, self.column, self.found = code, column, found


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """The tree of a formula.

    Raises:
        FormulaError: `formula_too_long`, `formula_too_deep`, `formula_character`, `formula_unexpected`,
            `formula_ends`, `formula_function`, `formula_arguments`.
    """
    if len(text) > LONGEST:
        raise FormulaError("formula_too_long", LONGEST)
    parser = _Parser(text)
    tree = parser.sum()
    if parser.kind != "end":
        raise parser.unexpected()
    return tree


def names_in(expression: Expression) -> tuple[str, ...]:
    """Every name in a formula, each once, in order."""
    return tuple(dict.fromkeys(part.name for part in _walk(expression) if isinstance(part, Name)))


@lru_cache(maxsize=4096)
def names_of(text: str) -> tuple[str, ...]:
    """Every name in the text of a formula that can be read, each once, in order."""
    return names_in(parse(text))


def value_of(expression: Expression, values: Mapping[str, Fraction]) -> Fraction:
    """The exact value of a formula.

    Raises:
        ZeroDivisionError: a divisor is 0; the load checks prove that no fact within its limits makes one.
    """
    match expression:
        case Amount(value):
            return value
        case Name(name):
            return values[name]
        case Negative(part):
            return -value_of(part, values)
        case Extreme(which, parts):
            return (min if which == "min" else max)(value_of(part, values) for part in parts)
        case Operation(sign, left, right):
            return combined(sign, value_of(left, values), value_of(right, values))


def combined(sign: str, left: Fraction, right: Fraction) -> Fraction:
    """Two numbers under one of the four signs."""
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right


def written(expression: Expression, name: Callable[[str], str], level: int = 0) -> str:
    """A formula as people read it, every name in the words or figures that `name` gives for it."""
    match expression:
        case Amount(value):
            return fraction_text(value)
        case Name(own):
            return name(own)
        case Negative(part):
            return f"−{written(part, name, 3)}"
        case Extreme(which, parts):
            return f"{which}({', '.join(written(part, name) for part in parts)})"
        case Operation(sign, left, right):
            own_level = _LEVELS[sign]
            text = f"{written(left, name, own_level)} {_SIGNS[sign]} {written(right, name, own_level + 1)}"
            return f"({text})" if own_level < level else text


def fraction_text(value: Fraction) -> str:
    """A number as a decimal where it is one, else as a fraction: `2.5`, `−10/3`."""
    if value.denominator == 1:
        return str(value.numerator).replace("-", "−")
    sign, top, bottom = ("−" if value < 0 else ""), abs(value.numerator), value.denominator
    places = next((n for n in range(1, 13) if 10**n % bottom == 0), None)
    if places is None:
        return f"{sign}{top}/{bottom}"
    digits = str(top * 10**places // bottom).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _walk(expression: Expression) -> Iterator[Expression]:
    yield expression
    match expression:
        case Negative(part):
            yield from _walk(part)
        case Extreme(_, parts):
            for each in parts:
                yield from _walk(each)
        case Operation(_, left, right):
            yield from _walk(left)
            yield from _walk(right)


class _Parser:
    """One token ahead: `kind` is number, name, sign or end, `text` the token, `column` where it starts."""

    def __init__(self, text: str) -> None:
        self.source, self.end, self.depth = text, 0, 0
        self.kind = self.text = ""
        self.column = 1
        self.advance()

    def advance(self) -> None:
        rest = self.source[self.end :]
        if not rest.strip():
            self.kind, self.text, self.column = "end", "", len(self.source.rstrip()) + 1
            return
        self.column = self.end + len(rest) - len(rest.lstrip()) + 1
        token = _TOKEN.match(self.source, self.end)
        if token is None:
            raise FormulaError("formula_character", self.column, self.source[self.column - 1 :].split()[0])
        self.end = token.end()
        self.kind = ("number", "name", "sign")[(token.lastindex or 1) - 1]
        self.text = token[token.lastindex or 0]

    def unexpected(self) -> FormulaError:
        if self.kind == "end":
            return FormulaError("formula_ends", self.column)
        return FormulaError("formula_unexpected", self.column, self.text)

    def take(self, sign: str) -> None:
        if self.text != sign:
            raise self.unexpected()
        self.advance()

    def sum(self) -> Expression:
        return self.chain("+-", lambda: self.chain("*/", self.factor))

    def chain(self, signs: str, part: Callable[[], Expression]) -> Expression:
        found = part()
        while self.kind == "sign" and self.text in signs:
            sign = self.text
            self.advance()
            found = _folded(sign, found, part())
        return found

    def factor(self) -> Expression:
        kind, text, column = self.kind, self.text, self.column
        if kind == "end" or (kind == "sign" and text not in "-("):
            raise self.unexpected()
        self.deeper(column)
        self.advance()
        found: Expression
        if kind == "number":
            found = Amount(Fraction(text))
        elif kind == "name":
            found = self.extreme(text, column) if self.text == "(" else Name(text)
        elif text == "-":
            part = self.factor()
            found = Amount(-part.value) if isinstance(part, Amount) else Negative(part)
        else:
            found = self.sum()
            self.take(")")
        self.depth -= 1
        return found

    def deeper(self, column: int) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaError("formula_too_deep", column)

    def extreme(self, name: str, column: int) -> Expression:
        if name not in ("min", "max"):
            raise FormulaError("formula_function", column, name)
        self.take("(")
        parts = [self.sum()]
        while self.text == ",":
            self.advance()
            parts.append(self.sum())
        self.take(")")
        if len(parts) == 1:
            raise FormulaError("formula_arguments", column, name)
        return Extreme("min" if name == "min" else "max", tuple(parts))


def _folded(sign: str, left: Expression, right: Expression) -> Expression:
    """Numbers alone are combined at once, so that `1 / 3 * x` multiplies by a third; never by zero."""
    if isinstance(left, Amount) and isinstance(right, Amount) and not (sign == "/" and right.value == 0):
        return Amount(combined(sign, left.value, right.value))
    return Operation(sign, left, right)  # type: ignore[arg-type]
