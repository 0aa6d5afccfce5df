"""Policies, rounds and tables that a service was given. Nothing is kept of an input that is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session, col, select

from scenarios.config import RoundConfig, config_problems, load_config
from scenarios.record_parts import POLICY_FILE
from scenarios.spare_columns import with_spare
from scenarios.tables import round_schemas
from scoring.pack import Pack, load_pack
from storage.contents import Depot
from storage.database import Database
from storage.encodings import decode_text
from storage.gathering import Gathering
from storage.importers import SUFFIXES, find_table, read_table_with_flaws
from storage.packs import shipped_layer
from storage.residence_files import read_rule_texts
from storage.rounds import CONFIG_FILE, RoundFiles, read_tables, unknown_tables, unused_tables
from storage.service_tables import PolicyRow, RoundRow, TableRow
from values.problems import BadInput, JifenError, Place, Problem, bad_input

PACKS_KEPT = 8
Row = TypeVar("Row", PolicyRow, RoundRow)


@lru_cache(PACKS_KEPT)
def _checked_pack(text: str, at: date | None = None) -> Pack:
    """Checking a pack takes longer than all else a request does; the same text is the same pack on a day."""
    return load_pack(text, POLICY_FILE, at=at, look_up=shipped_layer)


@dataclass(frozen=True, eq=False)
class Registry:
    """The database and the data folder of a service."""

    database: Database
    depot: Depot


@dataclass(frozen=True, eq=False)
class GivenRound:
    """A registered round as it is now: its row, policy, settings and the newest upload of every table."""

    row: RoundRow
    pack: Pack
    config: RoundConfig
    tables: tuple[TableRow, ...]

    @property
    def inputs(self) -> dict[str, str]:
        """Digests by file name: all that a job on this round reads."""
        files = {table.name + table.suffix: table.content for table in self.tables}
        return {POLICY_FILE: self.row.policy_id, CONFIG_FILE: self.row.settings, **files}


def register_policy(registry: Registry, data: bytes, *, now: int) -> tuple[PolicyRow, Pack, bool]:
    """Check and keep a pack; its row, and whether it is new.

    Raises:
        BadInput: every problem of the pack, in the file `policy.yaml`.
    """
    pack = _checked_pack(decode_text(data, POLICY_FILE))
    digest = registry.depot.keep(data)
    row = PolicyRow(
        id=digest,
        policy=pack.policy.id,
        digest=pack.policy.digest,
        status=pack.policy.status,
        registered_at=now,
    )
    kept, new = _kept(registry, row)
    return kept, pack, new


def register_round(registry: Registry, policy_id: str, data: bytes, *, now: int) -> tuple[GivenRound, bool]:
    """Check and keep a round's settings for a registered policy; whether they are new.

    Raises:
        BadInput: `service.unknown_policy`; every problem of the settings, in the file `round.yaml`;
            `service.other_policy` if they name another policy.
    """
    pack = find_policy(registry, policy_id)[1]
    config = load_config(decode_text(data, CONFIG_FILE), CONFIG_FILE)
    problems = [
        replace(problem, place=Place(CONFIG_FILE)) for problem in config_problems(config, pack.policy)
    ]
    if config.policy != pack.policy.id:
        place = Place(CONFIG_FILE, field="policy")
        problems.append(Problem.of("service.other_policy", place, named=config.policy, given=pack.policy.id))
    if problems:
        raise BadInput(problems)
    settings = registry.depot.keep(data)
    row = RoundRow(
        id=hashlib.sha256(f"{policy_id} {settings}".encode()).hexdigest(),
        policy_id=policy_id,
        settings=settings,
        name=config.id,
        registered_at=now,
    )
    kept, new = _kept(registry, row)
    return find_round(registry, kept.id), new


def find_policy(registry: Registry, policy_id: str) -> tuple[PolicyRow, Pack]:
    """A registered policy.

    Raises:
        BadInput: `service.unknown_policy`.
    """
    with registry.database.reading() as session:
        row = session.get(PolicyRow, policy_id)
    if row is None:
        raise bad_input("service.unknown_policy", id=policy_id)
    return row, read_policy(registry.depot, row.id)


def list_policies(registry: Registry) -> list[PolicyRow]:
    """Every registered policy, by the name it gives itself and then by age."""
    with registry.database.reading() as session:
        order = (col(PolicyRow.policy), col(PolicyRow.registered_at), col(PolicyRow.id))
        return list(session.exec(select(PolicyRow).order_by(*order)))


def list_rounds(registry: Registry) -> list[RoundRow]:
    """Every registered round, by name and then by age."""
    with registry.database.reading() as session:
        order = (col(RoundRow.name), col(RoundRow.registered_at), col(RoundRow.id))
        return list(session.exec(select(RoundRow).order_by(*order)))


def find_round(registry: Registry, round_id: str) -> GivenRound:
    """A registered round with its tables.

    Raises:
        BadInput: `service.unknown_round`.
    """
    with registry.database.reading() as session:
        row = session.get(RoundRow, round_id)
        tables = _newest(session, round_id)
    if row is None:
        raise bad_input("service.unknown_round", id=round_id)
    text = decode_text(registry.depot.content(row.settings).read_bytes(), CONFIG_FILE)
    config = load_config(text, CONFIG_FILE)
    return GivenRound(row, read_policy(registry.depot, row.policy_id, config.as_of), config, tables)


def add_tables(registry: Registry, given: GivenRound, folder: Path, *, now: int) -> GivenRound:
    """Keep the tables of a folder as new versions: all of them or, if anything is wrong with one, none.

    The folder is inside the data folder, and its files are moved. Each table is checked by itself; whether
    the tables fit each other is known when a job reads them all.

    Raises:
        BadInput: every problem of every file, as `jifen run` finds them.
    """
    problems = _by_name(_table_problems(given, folder), folder)
    if problems:
        raise BadInput(problems)
    rows = [
        TableRow(
            round_id=given.row.id,
            name=path.stem,
            suffix=path.suffix,
            size=path.stat().st_size,
            content=registry.depot.keep_file(path),
            uploaded_at=now,
        )
        for path in sorted(folder.iterdir())
    ]
    with registry.database.writing() as session:
        session.add_all(rows)
    return find_round(registry, given.row.id)


def withdraw_table(registry: Registry, round_id: str, name: str, *, now: int) -> None:
    """Take a table back: jobs submitted from now on do not read it.

    Raises:
        BadInput: `service.unknown_round`, `service.unknown_table`.
    """
    given = find_round(registry, round_id)
    if name not in {table.name for table in given.tables}:
        raise bad_input("service.unknown_table", table=name)
    row = TableRow(round_id=round_id, name=name, suffix="", content="", size=0, uploaded_at=now)
    with registry.database.writing() as session:
        session.add(row)


@contextmanager
def round_folder(depot: Depot, inputs: dict[str, str], lease: str | None = None) -> Iterator[Path]:
    """The files that a job froze, as the folder that `jifen run` would read; problems name files in it."""
    with depot.laid_out(inputs, lease) as folder:
        try:
            yield folder
        except JifenError as error:
            raise type(error)(_by_name(error.problems, folder)) from None


def read_given(folder: Path) -> RoundFiles:
    """Pack, settings and tables of a laid-out folder.

    Raises:
        BadInput: every problem of the tables and of the links between them.
    """
    pack, config = read_rules(folder)
    tables = read_tables(folder, pack, config.service)
    texts = read_rule_texts(config.residence, None) if config.residence else None
    return RoundFiles(pack, config, replace(tables, rule_texts=texts))


def read_rules(folder: Path) -> tuple[Pack, RoundConfig]:
    """Pack and settings of a laid-out folder."""
    config = load_config(_text(folder / CONFIG_FILE), CONFIG_FILE)
    return _checked_pack(_text(folder / POLICY_FILE), config.as_of), config


def _text(path: Path) -> str:
    return decode_text(path.read_bytes(), path.name)


def read_policy(depot: Depot, digest: str, at: date | None = None) -> Pack:
    """The pack of a registered text, on a day."""
    return _checked_pack(decode_text(depot.content(digest).read_bytes(), POLICY_FILE), at)


def _kept(registry: Registry, row: Row) -> tuple[Row, bool]:
    """The row, or the one that was kept under this id before; and whether it is new."""
    with registry.database.writing() as session:
        known = session.get(type(row), row.id)
        if known is None:
            session.add(row)
    return known or row, known is None


def _newest(session: Session, round_id: str) -> tuple[TableRow, ...]:
    rows = session.exec(select(TableRow).where(TableRow.round_id == round_id).order_by(col(TableRow.number)))
    newest = {row.name: row for row in rows}
    return tuple(newest[name] for name in sorted(newest) if newest[name].content)


def _table_problems(given: GivenRound, folder: Path) -> list[Problem]:
    policy, service = given.pack.policy, given.config.service
    schemas, found = with_spare(round_schemas(policy, service), given.pack, service), Gathering()
    found.add(_unknown_formats(folder))
    found.add(unused_tables(folder, policy, service, schemas))
    found.add(unknown_tables(folder, policy))
    for name, schema in schemas.items():
        with found:
            path = find_table(folder, name)
            found.add(read_table_with_flaws(path, schema).problems if path else ())
    return found.problems


def _unknown_formats(folder: Path) -> Iterator[Problem]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES:
            place = Place(file=str(path))
            yield Problem.of("storage.unknown_format", place, suffixes=" | ".join(SUFFIXES))


def _by_name(problems: Sequence[Problem], folder: Path) -> list[Problem]:
    """Problems whose files are told by their names inside the folder."""
    return [
        replace(item, place=replace(item.place, file=_inside(item.place.file, folder))) for item in problems
    ]


def _inside(file: str, folder: Path) -> str:
    return file.removeprefix(str(folder)).removeprefix("/")
