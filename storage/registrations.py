"""Policies, rounds and tables that a service was given. Nothing is kept of an input that is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from sqlalchemy import literal_column
from sqlmodel import Session, col, select

from scenarios.config import RoundConfig, config_problems, load_config
from scenarios.record_parts import POLICY_FILE, layer_file
from scenarios.spare_columns import with_spare
from scenarios.tables import round_schemas
from scoring.layers import stacked
from scoring.pack import Pack, load_pack, mapping_of
from scoring.resolve import first_day
from storage.contents import Depot
from storage.database import Database, migrate, open_database
from storage.encodings import decode_text
from storage.gathering import Gathering
from storage.importers import SUFFIXES, find_table, read_table_with_flaws
from storage.packs import shipped_layer
from storage.residence_files import read_rule_texts
from storage.rounds import (
    CONFIG_FILE,
    Beside,
    RoundFiles,
    choices_of,
    nobody,
    read_tables,
    unknown_tables,
    unused_tables,
)
from storage.service_tables import PolicyFileRow, PolicyRow, RoundRow, TableRow
from values.problems import BadInput, JifenError, Place, Problem, bad_input

PACKS_KEPT = 8
Row = TypeVar("Row", PolicyRow, RoundRow)


Texts = tuple[tuple[str, str], ...]
"""Upper layers by the names that their files have in a bundle."""


@lru_cache(PACKS_KEPT)
def _checked_pack(
    text: str,
    layers: Texts,
    at: date | None = None,
    readings: tuple[tuple[str, str], ...] = (),
    values: tuple[tuple[str, Decimal], ...] = (),
) -> Pack:
    """Checking a pack takes longer than all else a request does; same texts, same pack on a day."""
    known = dict(layers)

    def look_up(pack: str, version: date) -> tuple[str, str] | None:
        name = layer_file(pack, version)
        return (known[name], name) if name in known else shipped_layer(pack, version)

    return load_pack(text, POLICY_FILE, at=at, choices=dict(readings), values=dict(values), look_up=look_up)


@dataclass(frozen=True)
class PolicyTexts:
    """The text of a registered policy and of its layers that were registered too."""

    text: str
    layers: Texts

    def pack(self, at: date | None = None) -> Pack:
        """The pack as it reads itself, on a day."""
        return _checked_pack(self.text, self.layers, at)

    def decided_by(self, config: RoundConfig, settings: str) -> Pack:
        """The pack as a round reads it; `settings` is the text of its configuration.

        Raises:
            BadInput: what the pack does not let the round choose, at its place in `round.yaml`.
        """
        return choices_of(config, settings, CONFIG_FILE).read(
            lambda readings, values: _checked_pack(
                self.text,
                self.layers,
                config.as_of,
                tuple(sorted(readings.items())),
                tuple(sorted(values.items())),
            )
        )


@dataclass(frozen=True, eq=False)
class Registry:
    """The database and the data folder of a service."""

    database: Database
    depot: Depot


def open_registry(data: Path, database: str | None) -> Registry:
    """A data folder and its database, by default a file in it; made if need be and brought up to date.

    Raises:
        BadInput: `service.database_not_supported`, `service.database_newer`, `service.database_unusable`.
    """
    folder = data.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds people's facts
    registry = Registry(open_database(database or f"sqlite:///{folder / 'jifen.sqlite3'}"), Depot(folder))
    migrate(registry.database)
    return registry


@dataclass(frozen=True, eq=False)
class GivenRound:
    """A registered round as it is now: its row, policy, settings and the newest upload of every table."""

    row: RoundRow
    pack: Pack
    config: RoundConfig
    tables: tuple[TableRow, ...]
    policy_files: Mapping[str, str]

    @property
    def inputs(self) -> dict[str, str]:
        """Digests by file name: all that a job on this round reads."""
        files = {table.name + table.suffix: table.content for table in self.tables}
        return {**self.policy_files, CONFIG_FILE: self.row.settings, **files}


def register_policy(registry: Registry, data: bytes, *, now: int) -> tuple[PolicyRow, Pack, bool]:
    """Check and keep a pack; its row, and whether it is new.

    Upper layers are the newest registered texts of their id and first day, else shipped ones. Which texts
    they were is kept: a layer registered later changes no policy that was registered before.

    Raises:
        BadInput: every problem of the pack, in the file `policy.yaml`.
    """
    text = decode_text(data, POLICY_FILE)
    layers = _registered_layers(registry, text)
    pack = _checked_pack(text, layers)
    digest = registry.depot.keep(data)
    files = {name: registry.depot.keep(layer.encode("utf-8")) for name, layer in layers}
    files = {POLICY_FILE: digest, **files} if files else {}
    row = PolicyRow(
        id=_digest_of_files(files) if files else digest,
        policy=pack.policy.id,
        digest=pack.policy.digest,
        status=pack.policy.status,
        registered_at=now,
    )
    more = [PolicyFileRow(policy_id=row.id, name=name, content=content) for name, content in files.items()]
    kept, new = _kept(registry, row, more)
    return kept, pack, new


def _registered_layers(registry: Registry, text: str) -> Texts:
    """The layers of a pack that were registered, the highest first; none if all are shipped ones."""

    def look_up(pack: str, version: date) -> tuple[str, str] | None:
        found = _registered_layer(registry, pack, version)
        return (found, layer_file(pack, version)) if found else shipped_layer(pack, version)

    layers = stacked(mapping_of(text, POLICY_FILE), look_up).layers
    named = ((layer_file(layer.id, layer.version), layer) for layer in layers)
    return tuple((name, layer.text) for name, layer in named if layer.name == name)


def _registered_layer(registry: Registry, pack: str, version: date) -> str | None:
    """The newest registered text of a pack's version."""
    with registry.database.reading() as session:
        newest = select(PolicyRow).where(PolicyRow.policy == pack).order_by(literal_column("rowid").desc())
        rows = list(session.exec(newest))
    for row in rows:
        text = policy_texts(registry.depot, policy_files(registry, row.id)).text
        if first_day(mapping_of(text, POLICY_FILE)) == version:
            return text
    return None


def _digest_of_files(files: Mapping[str, str]) -> str:
    listed = "".join(f"{name} {content}\n" for name, content in sorted(files.items()))
    return hashlib.sha256(listed.encode("utf-8")).hexdigest()


def policy_files(registry: Registry, policy_id: str) -> dict[str, str]:
    """The digests of a policy's texts by file name: its own, and those of its registered layers."""
    with registry.database.reading() as session:
        rows = session.exec(select(PolicyFileRow).where(PolicyFileRow.policy_id == policy_id))
        return {row.name: row.content for row in rows} or {POLICY_FILE: policy_id}


def policy_texts(depot: Depot, files: Mapping[str, str]) -> PolicyTexts:
    """The texts of a policy among the files of a job or a policy, by digest."""
    names = sorted(name for name in files if is_layer(name))
    layers = tuple((name, decode_text(depot.content(files[name]).read_bytes(), name)) for name in names)
    return PolicyTexts(decode_text(depot.content(files[POLICY_FILE]).read_bytes(), POLICY_FILE), layers)


def pack_of_job(depot: Depot, files: Mapping[str, str]) -> Pack:
    """The pack as the round reads it, from the digests that a job froze."""
    settings = decode_text(depot.content(files[CONFIG_FILE]).read_bytes(), CONFIG_FILE)
    return policy_texts(depot, files).decided_by(load_config(settings, CONFIG_FILE), settings)


def is_layer(name: str) -> bool:
    """Whether a file of a round is the text of an upper layer."""
    return name.endswith(".yaml") and name not in (POLICY_FILE, CONFIG_FILE)


def register_round(registry: Registry, policy_id: str, data: bytes, *, now: int) -> tuple[GivenRound, bool]:
    """Check and keep a round's settings for a registered policy; whether they are new.

    Raises:
        BadInput: `service.unknown_policy`; every problem of the settings, in the file `round.yaml`;
            `service.other_policy` if they name another policy.
    """
    find_policy(registry, policy_id)
    text = decode_text(data, CONFIG_FILE)
    config = load_config(text, CONFIG_FILE)
    pack = policy_texts(registry.depot, policy_files(registry, policy_id)).decided_by(config, text)
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
    return row, policy_texts(registry.depot, policy_files(registry, row.id)).pack()


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
    config, files = load_config(text, CONFIG_FILE), policy_files(registry, row.policy_id)
    pack = policy_texts(registry.depot, files).decided_by(config, text)
    return GivenRound(row, pack, config, tables, files)


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


def read_given(folder: Path, beside: Beside = nobody) -> RoundFiles:
    """Pack, settings and tables of a laid-out folder, with what the policies `beside` the pack read too.

    Raises:
        BadInput: every problem of the tables and of the links between them.
    """
    pack, config = read_rules(folder)
    tables = read_tables(folder, pack, config.service, beside)
    texts = read_rule_texts(config.residence, None) if config.residence else None
    return RoundFiles(pack, config, replace(tables, rule_texts=texts))


def read_rules(folder: Path) -> tuple[Pack, RoundConfig]:
    """Pack and settings of a laid-out folder."""
    settings = _text(folder / CONFIG_FILE)
    config = load_config(settings, CONFIG_FILE)
    layers = tuple((path.name, _text(path)) for path in sorted(folder.iterdir()) if is_layer(path.name))
    return PolicyTexts(_text(folder / POLICY_FILE), layers).decided_by(config, settings), config


def _text(path: Path) -> str:
    return decode_text(path.read_bytes(), path.name)


def _kept(registry: Registry, row: Row, more: Iterable[PolicyFileRow] = ()) -> tuple[Row, bool]:
    """The row, or the one that was kept under this id before; and whether it is new, with `more` rows."""
    with registry.database.writing() as session:
        known = session.get(type(row), row.id)
        if known is None:
            session.add(row)
            session.flush()
            session.add_all(more)
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
