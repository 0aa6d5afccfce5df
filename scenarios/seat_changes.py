"""Other seats for a what-if: quotas and the offers below them change together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from scenarios.study import SeatRule
from scenarios.tables import Applications
from scoring.overlay import Applied
from values.problems import BadInput, Place, Problem

Scope = tuple[str, ...]


@dataclass(frozen=True)
class Seats:
    """The seats of a round: of every scope, and of every offer with the scope it lies in."""

    scope: tuple[str, ...]
    quotas: Mapping[Scope, int]
    offers: Mapping[str, tuple[Scope, int]]

    def named(self, scope: Scope) -> str:
        """A scope as people read it: `shiqi/primary`."""
        return "/".join(scope) or "–"


def with_seats(
    tables: Applications,
    scope: tuple[str, ...],
    rules: Sequence[SeatRule],
    places: Sequence[Place],
) -> tuple[Applications, tuple[Applied, ...]]:
    """The tables with other seats, rule after rule, and what changed.

    A scope's new seats are spread over its offers in proportion to the old ones: each gets the whole
    part of its share, the seats left over go to the largest remainders (Hamilton), equal remainders to
    the offer whose id is first. An offer's new seats change the quota of its scope by as much.

    Raises:
        BadInput: a rule names no scope or offer (`study.no_such_scope`, `.no_such_offer`), seats below
            nought (`.seats_below_nought`), a scope whose offers have none to go by (`.seats_nowhere`).
    """
    seats = _seats_of(tables, scope)
    problems: list[Problem] = []
    applied: list[Applied] = []
    for rule, place in zip(rules, places, strict=True):
        try:
            new = _offer(seats, rule, rule.offer, place) if rule.offer else _scopes(seats, rule, place)
        except BadInput as error:
            problems += error.problems
            continue
        applied.append(_applied(rule, seats, new))
        seats = new
    if problems:
        raise BadInput(problems)
    return _written(tables, seats), tuple(applied)


def _seats_of(tables: Applications, scope: tuple[str, ...]) -> Seats:
    quotas = dict(zip(_scope_rows(tables.quotas, scope), tables.quotas["seats"].to_list(), strict=True))
    if tables.offers.is_empty():
        return Seats(scope, quotas, {})
    held = zip(_scope_rows(tables.offers, scope), tables.offers["seats"].to_list(), strict=True)
    return Seats(scope, quotas, dict(zip(tables.offers["offer"].to_list(), held, strict=True)))


def _scope_rows(frame: pl.DataFrame, scope: tuple[str, ...]) -> list[Scope]:
    columns = [frame[name].cast(pl.String).to_list() for name in scope]
    return [tuple(column[row] for column in columns) for row in range(frame.height)]


def _offer(seats: Seats, rule: SeatRule, offer: str, place: Place) -> Seats:
    if offer not in seats.offers:
        raise BadInput([Problem.of("study.no_such_offer", place, offer=offer)])
    scope, before = seats.offers[offer]
    after = _not_negative(rule, before, offer, place)
    quota = seats.quotas[scope] + after - before
    return replace(
        seats,
        quotas={**seats.quotas, scope: quota},
        offers={**seats.offers, offer: (scope, after)},
    )


def _scopes(seats: Seats, rule: SeatRule, place: Place) -> Seats:
    chosen = [key for key in seats.quotas if _fits(seats, key, rule)]
    if not chosen or not rule.where.keys() <= set(seats.scope):
        where = ", ".join(f"{name}: {value}" for name, value in rule.where.items())
        known = ", ".join(sorted(map(seats.named, seats.quotas)))
        scope = "/".join(seats.scope) or "–"
        raise BadInput([Problem.of("study.no_such_scope", place, where=where, scope=scope, known=known)])
    quotas, offers = dict(seats.quotas), dict(seats.offers)
    for key in chosen:
        quotas[key] = _not_negative(rule, seats.quotas[key], seats.named(key), place)
        held = {offer: number for offer, (scope, number) in seats.offers.items() if scope == key}
        if quotas[key] and seats.offers and not sum(held.values()):
            raise BadInput([Problem.of("study.seats_nowhere", place, scope=seats.named(key))])
        offers |= {offer: (key, number) for offer, number in spread(quotas[key], held).items()}
    return replace(seats, quotas=quotas, offers=offers)


def _fits(seats: Seats, key: Scope, rule: SeatRule) -> bool:
    return all(rule.where.get(name, value) == value for name, value in zip(seats.scope, key, strict=True))


def _not_negative(rule: SeatRule, before: int, name: str, place: Place) -> int:
    after = rule.of(before)
    if after < 0:
        raise BadInput([Problem.of("study.seats_below_nought", place, of=name, seats=before, after=after)])
    return after


def spread(seats: int, held: Mapping[str, int]) -> dict[str, int]:
    """Seats spread in proportion to what each offer held, whole, by largest remainder.

    >>> spread(11, {"a": 4, "b": 4, "c": 2})
    {'a': 5, 'b': 4, 'c': 2}
    """
    total = sum(held.values())
    if not total:
        return dict(held)
    parts = {offer: divmod(seats * number, total) for offer, number in held.items()}
    left = seats - sum(whole for whole, _ in parts.values())
    first = sorted(parts, key=lambda offer: (-parts[offer][1], offer))[:left]
    return {offer: whole + (offer in first) for offer, (whole, _) in parts.items()}


def _applied(rule: SeatRule, before: Seats, after: Seats) -> Applied:
    """One line a rule: the seats of all scopes or offers it changes, together."""
    if rule.offer is not None:
        sums = [seats.offers[rule.offer][1] for seats in (before, after)]
        return Applied(f"seats {rule.offer} {rule.text()}", str(sums[0]), str(sums[1]))
    sums = [
        sum(number for key, number in seats.quotas.items() if _fits(seats, key, rule))
        for seats in (before, after)
    ]
    where = " ".join(f"{name}={value}" for name, value in rule.where.items()) or "*"
    return Applied(f"seats {where} {rule.text()}", str(sums[0]), str(sums[1]))


def _written(tables: Applications, seats: Seats) -> Applications:
    quotas = [seats.quotas[key] for key in _scope_rows(tables.quotas, seats.scope)]
    changed = tables.quotas.with_columns(pl.Series("seats", quotas, dtype=pl.Int64))
    if not seats.offers:
        return replace(tables, quotas=changed)
    offers = [seats.offers[offer][1] for offer in tables.offers["offer"].to_list()]
    return replace(
        tables,
        quotas=changed,
        offers=tables.offers.with_columns(pl.Series("seats", offers, dtype=pl.Int64)),
    )
