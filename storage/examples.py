"""The worked cases beside packs: which file belongs to which version, and what comes out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from scenarios.pins import Pins, try_pins
from scenarios.worked_cases import Cases, Tried, load_cases, try_cases
from scenarios.worked_rounds import PackOn, TriedRound, try_rounds
from scoring.pack import Pack, reread
from storage.gathering import Gathering
from storage.packs import DATED, find_pack, read_pack, shipped_packs, versions_of
from storage.texts import read_text
from values.problems import Place, bad_input
from values.progress import Progress, no_progress

EXAMPLES = "examples.yaml"
ALL = "all"


@dataclass(frozen=True)
class WorkedPack:
    """A version of a pack whose worked cases and rounds were computed, and the file they stand in."""

    pack: Pack
    version: Path
    file: Path
    tried: tuple[Tried, ...]
    rounds: tuple[TriedRound, ...] = ()

    @property
    def failed(self) -> tuple[Tried, ...]:
        """The cases of which the engine gives something else than the text."""
        return tuple(one for one in self.tried if one.differences)

    @property
    def failed_rounds(self) -> tuple[TriedRound, ...]:
        """The rounds of which the engine gives something else than the text."""
        return tuple(one for one in self.rounds if one.differences)

    @property
    def unworked(self) -> tuple[str, ...]:
        """Indicators of which no case says what they give."""
        worked = {name for one in self.tried for name in one.case.expect.indicators}
        return tuple(name for name in self.pack.policy.indicators if name not in worked)

    @property
    def unread(self) -> tuple[tuple[str, str], ...]:
        """Readings (switch, choice) under which there is no case and no round."""
        given = [
            *(one.case.readings for one in self.tried),
            *(one.round.given.readings for one in self.rounds),
        ]
        resolution = self.pack.resolution
        used = {item for readings in given for item in {**resolution.chosen, **readings}.items()}
        switches = resolution.switches.items()
        every = [(name, choice) for name, switch in switches for choice in switch.choices]
        return tuple(item for item in every if item not in used)

    @property
    def roundless(self) -> tuple[str, ...]:
        """Services that give places and have no round."""
        worked = {one.round.service for one in self.rounds}
        services = self.pack.policy.services.items()
        markets = [name for name, service in services if service.entitlement is None]
        return tuple(name for name in markets if name not in worked)


@dataclass(frozen=True)
class PinnedPack:
    """A version of a pack, what its worked cases and rounds pin down of it, and the file they stand in."""

    pack: Pack
    version: Path
    file: Path
    pins: Pins


def run_examples(reference: str, *, base: Path) -> tuple[WorkedPack, ...]:
    """The worked cases of a pack file, of every version of a scheme, or of all shipped packs.

    Raises:
        BadInput: everything wrong with packs and cases, all files at once; `examples.missing`.
    """
    found, done = Gathering(), list[WorkedPack]()
    for path in _files(reference, base):
        with found:
            done.append(_run(path))
    found.check()
    return tuple(done)


def _files(reference: str, base: Path) -> list[Path]:
    if reference == ALL:
        return [path for scheme in shipped_packs() for path in versions_of(scheme, base=base)]
    versions = versions_of(reference, base=base)
    return versions or [find_pack(reference, base=base)]


def examples_file(path: Path) -> Path:
    """The worked cases of this version, or else those of all versions that have none of their own."""
    own = path.with_name(f"examples-{path.stem}.yaml")
    return own if own.is_file() else path.with_name(EXAMPLES)


def _run(path: Path) -> WorkedPack:
    file, cases = cases_of(path)
    found, pack_on = Gathering(), pack_reader(path)
    with found:
        tried = try_cases(cases, pack_on)
    with found:
        rounds = try_rounds(cases.rounds, pack_on)
    found.check()
    return WorkedPack(read_pack(path), path, file, tried, rounds)


def run_pins(reference: str, *, base: Path, progress: Progress = no_progress) -> tuple[PinnedPack, ...]:
    """What the worked cases of a pack file, of every version of a scheme, or of all shipped packs pin down.

    Raises:
        BadInput: as `run_examples`.
    """
    found, done = Gathering(), list[PinnedPack]()
    for path in _files(reference, base):
        with found:
            file, cases = cases_of(path)
            pins = try_pins(cases, pack_reader(path), str(path), progress=_named(progress, path))
            done.append(PinnedPack(read_pack(path), path, file, pins))
    found.check()
    return tuple(done)


def _named(progress: Progress, path: Path) -> Progress:
    """The progress of one pack, told as a stage of its own."""
    return lambda _, done, total: progress(
        f"{path.parent.parent.name}/{path.parent.name}/{path.stem}", done, total
    )


def cases_of(path: Path) -> tuple[Path, Cases]:
    """The worked cases of a version, and the file they stand in.

    Raises:
        BadInput: what is wrong with the file; `examples.missing`.
    """
    file = examples_file(path)
    cases = load_cases(read_text(file), str(file)) if file.is_file() else None
    if cases is not None and file.name == EXAMPLES:
        cases = _of_version(cases, path)
    if cases is None or not cases.cases:
        raise bad_input("examples.missing", Place(file=str(file)), pack=path.name)
    return file, cases


def _of_version(cases: Cases, path: Path) -> Cases:
    """The cases and rounds of days on which this version is in force; all of them if it is the only one."""
    others = [other for other in sorted(path.parent.glob(DATED)) if examples_file(other).name == EXAMPLES]
    if not path.match(DATED) or len(others) < 2:
        return cases
    starts = [date.fromisoformat(other.stem) for other in others]
    start = date.fromisoformat(path.stem)
    after = min((day for day in starts if day > start), default=date.max)
    first = start if start > min(starts) else date.min
    return replace(
        cases,
        cases=tuple(case for case in cases.cases if first <= case.as_of < after),
        rounds=tuple(one for one in cases.rounds if first <= one.as_of < after),
    )


def pack_reader(path: Path) -> PackOn:
    """Gives the pack on a day and under readings, each once; the file is read when the first is asked for."""

    @cache
    def written() -> Pack:
        return read_pack(path)

    @cache
    def read(as_of: date, readings: tuple[tuple[str, str], ...]) -> Pack:
        return reread(written(), at=as_of, choices=dict(readings))

    def pack_on(as_of: date, readings: Mapping[str, str]) -> Pack:
        return read(as_of, tuple(sorted(readings.items())))

    return pack_on
