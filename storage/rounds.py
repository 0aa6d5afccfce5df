"""A round on disk: `round.yaml` and its tables, or the inputs of an audit bundle. All problems at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from scenarios.choices import Choices
from scenarios.config import RoundConfig, config_of_json, config_problems, load_config
from scenarios.links import FIRST_ROW, link_problems
from scenarios.record_parts import POLICY_FILE
from scenarios.residence_facts import Residence
from scenarios.spare_columns import with_spare
from scenarios.tables import (
    HISTORIES,
    TABLE_NAMES,
    Applications,
    empty_tables,
    round_schemas,
    widened,
)
from scoring.pack import Pack
from scoring.policy import Policy
from storage.bundles import is_bundle, refuse_what_if
from storage.complaints import nearest
from storage.gathering import Gathering
from storage.importers import (
    SUFFIXES,
    TableRead,
    empty_frame,
    find_table,
    read_table_with_flaws,
    require_folder,
    require_table,
    table_files,
)
from storage.packs import find_pack, pack_version, read_bundled_pack, read_pack
from storage.residence_files import read_bundled_texts, read_rule_texts
from storage.texts import read_text
from values.problems import BadInput, Place, Problem, bad_input
from values.tables import TableSchema
from values.yaml_marks import read_yaml

Beside = Callable[[Pack], Iterable[Policy]]
"""Policies for which a round's tables are read too, given its pack."""

OPTIONAL = ("preferences", "refusals")
CONFIG_FILE = "round.yaml"
TEMPORARY = ("~$", ".")  # what spreadsheets and systems leave beside a file that is open


def nobody(_pack: Pack) -> tuple[Policy, ...]:
    """No other policy."""
    return ()


@dataclass(frozen=True, eq=False)
class RoundFiles:
    """Everything `run_round` needs, read and typed."""

    pack: Pack
    config: RoundConfig
    tables: Applications


def read_round(folder: Path, beside: Beside = nobody) -> RoundFiles:
    """Read a round's folder, with what the policies `beside` its own read too.

    Raises:
        BadInput: every problem of `round.yaml`, the pack, all tables and the links between them.
        Refused: the folder is a what-if study's (`storage.what_if`).
    """
    require_folder(folder)
    refuse_what_if(folder)
    file = folder / CONFIG_FILE
    text, found = read_text(file), Gathering()
    config, pack, tables = None, None, None
    with found:
        config = load_config(text, str(file))
    policy, service, as_of = (config.policy, config.service, config.as_of) if config else _named(text, file)
    choices = choices_of(config, text, str(file)) if config else Choices()
    with found:
        pack = _named_pack(policy, folder, as_of, choices) if policy else None
    if config and pack:
        found.add(
            replace(problem, place=Place(str(file))) for problem in config_problems(config, pack.policy)
        )
    with found:
        tables = (
            read_tables(folder, pack, service, beside) if pack and service in pack.policy.services else None
        )
    texts = None
    with found:
        texts = read_rule_texts(config.residence, folder) if config and config.residence else None
    found.check()
    assert pack is not None
    assert config is not None
    assert tables is not None
    return RoundFiles(pack, config, replace(tables, rule_texts=texts))


def choices_of(config: RoundConfig, text: str, name: str) -> Choices:
    """The readings and values that settings choose, with their places in the text."""
    if not config.readings and not config.parameters:
        return Choices()
    return Choices(config.readings, config.parameters, read_yaml(text, name))


def _named_pack(policy: str, folder: Path, as_of: date | None, choices: Choices) -> Pack:
    try:
        path = find_pack(policy, base=folder, as_of=as_of)
    except BadInput as error:
        place = Place(str(folder / CONFIG_FILE), field="policy")
        raise BadInput(replace(problem, place=place) for problem in error.problems) from None
    return choices.read(lambda readings, values: read_pack(path, at=as_of, choices=readings, values=values))


def _named(text: str, file: Path) -> tuple[str, str, date | None]:
    """Policy, service and date of settings that are otherwise wrong: enough to check the rest."""
    try:
        given = read_yaml(text, str(file)).value
    except BadInput:
        return "", "", None
    known = given if isinstance(given, dict) else {}
    policy, service, as_of = (known.get(name) for name in ("policy", "service", "as_of"))
    return (
        policy if isinstance(policy, str) else "",
        service if isinstance(service, str) else "",
        as_of if isinstance(as_of, date) else None,
    )


def read_bundle_inputs(bundle: Path) -> RoundFiles:
    """Read the inputs of an audit bundle, from which the round can be run again.

    Raises:
        BadInput: `storage.not_an_audit_bundle`, and as `read_round`.
    """
    require_folder(bundle)
    refuse_what_if(bundle)
    inputs = bundle / "inputs"
    if not inputs.is_dir():
        raise bad_input("storage.not_an_audit_bundle", Place(file=str(bundle)))
    file = inputs / "round.json"
    text = read_text(file)
    config = config_of_json(text, str(file))
    pack = choices_of(config, text, str(file)).read(
        lambda readings, values: read_bundled_pack(inputs, at=config.as_of, choices=readings, values=values)
    )
    tables = read_tables(inputs, pack, config.service)
    texts = read_bundled_texts(config.residence, inputs) if config.residence else None
    return RoundFiles(pack, config, replace(tables, rule_texts=texts))


def read_tables(folder: Path, pack: Pack, service: str, beside: Beside = nobody) -> Applications:
    """Read all tables of a round that the service needs, and what policies `beside` the pack's own need too.

    Columns that only other services or readings of the pack have a use for may be there; they are not read.

    Raises:
        BadInput: every problem of every table and of the links between them; `round.unknown_service`.
    """
    policy = pack.policy
    if service not in policy.services:
        known = ", ".join(policy.services)
        raise bad_input("round.unknown_service", Place(file=str(folder)), service=service, known=known)
    schemas, found = _schemas(pack, service, beside), Gathering()
    found.add(unused_tables(folder, policy, service, schemas))
    found.add(unknown_tables(folder, policy))
    reads = _read_each(folder, schemas)
    found.add(problem for read in reads.values() for problem in read.problems)
    given = {name: read.frame for name, read in reads.items()}
    given = {**empty_tables(), **given}
    fixed = {name: given.pop(name) for name in TABLE_NAMES}
    histories = given.pop(HISTORIES, None)
    tables = Applications(**fixed, ledgers=given, histories=histories)  # type: ignore[arg-type]
    flawed = {(name, column) for name, read in reads.items() for column in read.flawed}
    links = link_problems(policy, service, tables, flawed=flawed)
    found.add(replace(problem, place=_in_file(problem.place, reads)) for problem in links)
    found.check()
    return tables


def _schemas(pack: Pack, service: str, beside: Beside) -> dict[str, TableSchema]:
    schemas = with_spare(round_schemas(pack.policy, service), pack, service)
    for policy in beside(pack):
        others = round_schemas(policy, service) if service in policy.services else {}
        for name, schema in others.items():
            schemas[name] = widened(schemas[name], schema) if name in schemas else schema
    return schemas


def unused_tables(
    folder: Path, policy: Policy, service: str, schemas: Mapping[str, TableSchema]
) -> Iterator[Problem]:
    """A table that the service would not read is refused, lest someone believe it counts."""
    for name in sorted({*TABLE_NAMES, HISTORIES, *policy.side_tables} - schemas.keys()):
        for path in table_files(folder, name):
            yield Problem.of("round.table_not_used", Place(file=str(path)), service=service)


def unknown_tables(folder: Path, policy: Policy) -> Iterator[Problem]:
    """A table of a misspelt name is refused, lest an optional table be overlooked."""
    known = (*TABLE_NAMES, HISTORIES, *policy.side_tables)
    for path in sorted(folder.iterdir()):
        is_table = path.suffix.lower() in SUFFIXES and not path.name.startswith(TEMPORARY)
        if is_table and (path.stem not in known or path.suffix not in SUFFIXES):
            suggestion = nearest(path.stem, known) + path.suffix.lower()
            yield Problem.of("storage.unknown_table", Place(file=str(path)), suggestion=suggestion)


def read_some_tables(folder: Path, schemas: Mapping[str, TableSchema]) -> dict[str, pl.DataFrame]:
    """Read the named tables of a folder; ledgers and optional tables may be absent.

    Raises:
        BadInput: every problem of every table.
    """
    reads, found = _read_each(folder, schemas), Gathering()
    found.add(problem for read in reads.values() for problem in read.problems)
    found.check()
    return {name: read.frame for name, read in reads.items()}


def _read_each(folder: Path, schemas: Mapping[str, TableSchema]) -> dict[str, TableRead]:
    """Every table that is there or should be, as far as it can be read."""
    reads: dict[str, TableRead] = {}
    for name, schema in schemas.items():
        try:
            path = _table_path(folder, name)
        except BadInput as error:
            reads[name] = TableRead(empty_frame(schema), error.problems, frozenset({""}))
        else:
            if path is not None:
                reads[name] = read_table_with_flaws(path, schema)
    return reads


def _table_path(folder: Path, name: str) -> Path | None:
    required = name in TABLE_NAMES and name not in OPTIONAL
    return require_table(folder, name) if required else find_table(folder, name)


def _in_file(place: Place, reads: Mapping[str, TableRead]) -> Place:
    """A place in a table, told as the file, sheet and row it came from."""
    source = reads[place.file].source if place.file in reads else None
    if source is None:
        return place
    return source.place(source.rows[place.row - FIRST_ROW] if place.row else 0, place.field)


def residence_beside(facts: Path) -> Residence | None:
    """The rules of residence of the round that a folder of facts belongs to, if it names any.

    Raises:
        BadInput: as `settings_beside`; texts that cannot be read.
    """
    settings = settings_beside(facts)
    if settings is None or settings.residence is None:
        return None
    bundled = not (facts / CONFIG_FILE).is_file()
    texts = (
        read_bundled_texts(settings.residence, facts / "inputs")
        if bundled
        else read_rule_texts(settings.residence, facts)
    )
    return Residence(texts, settings.residence.choices)


def choices_beside(facts: Path, pack: Path) -> Choices:
    """What the round of a folder of facts chooses, if it is decided by this version of this pack.

    Raises:
        BadInput: as `settings_beside`; the round's pack cannot be found.
    """
    settings = settings_beside(facts)
    if settings is None or not (settings.readings or settings.parameters):
        return Choices()
    bundled = facts / "inputs" / POLICY_FILE
    own = bundled if bundled.is_file() else find_pack(settings.policy, base=facts, as_of=settings.as_of)
    same = pack_version(own) == pack_version(pack)
    return Choices(settings.readings, settings.parameters) if same else Choices()


def settings_beside(facts: Path) -> RoundConfig | None:
    """The settings of the round that a folder of facts belongs to, if it is one.

    Raises:
        BadInput: `storage.not_an_audit_bundle`; settings that cannot be read.
    """
    if (facts / CONFIG_FILE).is_file():
        return load_config(read_text(facts / CONFIG_FILE), str(facts / CONFIG_FILE))
    bundled = facts / "inputs" / "round.json"
    if not bundled.is_file() and is_bundle(facts):
        raise bad_input("storage.not_an_audit_bundle", Place(file=str(facts)))
    return config_of_json(read_text(bundled), str(bundled)) if bundled.is_file() else None
