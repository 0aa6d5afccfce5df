"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from storage.threads import threads
from values.problems import Place, bad_input

WRITERS = 2


def write_file(path: Path, content: bytes) -> None:
    """Write a file in one step: readers see the old content or the new, never a part.

    Raises:
        BadInput: `storage.target_is_folder`, `storage.cannot_write`.
    """
    refuse_folder(path)
    with _told_as_problem(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = _beside(path, "new")
        try:
            _write_new(new, content)
            os.replace(new, path)
        finally:
            new.unlink(missing_ok=True)


@contextmanager
def new_secret(path: Path, content: bytes) -> Iterator[None]:
    """Write a new file that only its owner can read; it is gone again if what is done inside fails.

    Raises:
        BadInput: `storage.target_is_file` if there is something of that name; `storage.cannot_write`.
    """
    if os.path.lexists(path):
        raise bad_input("storage.target_is_file", Place(file=str(path)))
    with _told_as_problem(path):
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(content)
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def refuse_folder(target: Path) -> None:
    """Whether `write_file` could take this name; worth asking before hours of work.

    Raises:
        BadInput: `storage.target_is_folder`.
    """
    if target.is_dir():
        raise bad_input("storage.target_is_folder", Place(file=str(target)))


class NewFolder:
    """A hidden folder that will take its target's name; its files reach the disk in the background."""

    def __init__(self, path: Path, target: Path, writers: Executor) -> None:
        self.path = path
        self._target = target
        self._writers = writers
        self._waiting: deque[Future[None]] = deque()

    def add(self, name: str, content: bytes) -> None:
        """Write a file while the next one is being made; few wait, so that few are held in memory.

        Several threads may add and put files at a time.
        """
        self._submit(_write_new, self._place(name), content)

    def add_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write files that are made as they are asked for."""
        for name, content in files:
            self.add(name, content)

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        """Write a file part by part, as the parts are made."""
        path = self._place(name)
        with path.open("xb") as file:
            file.writelines(parts)
        self._submit(_sync, path)

    def copy(self, name: str, source: str) -> None:
        """Write a file that the folder has under another name as well."""
        self._submit(_copy_new, self._place(name), self.path / source)

    def finish(self) -> None:
        """Wait until every file is on the disk."""
        while self._waiting:
            self._waiting.popleft().result()

    def _place(self, name: str) -> Path:
        _refuse_bad_name(self._target, name)
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _submit(self, work: Callable[..., None], *arguments: object) -> None:
        self._waiting.append(self._writers.submit(work, *arguments))
        if len(self._waiting) > 2 * WRITERS:
            self._waiting.popleft().result()


@contextmanager
def new_folder(target: Path, *, replace: bool = False) -> Iterator[NewFolder]:
    """A folder to be filled inside, which takes the target's name afterwards.

    Everything goes to a hidden folder beside the target. If writing fails or is stopped, the target is as
    it was. With `replace` an existing folder is moved aside for the moment of the swap and removed after
    it: the target never holds old and new files.

    Raises:
        BadInput: as `write_folder`.
    """
    with _told_as_problem(target):
        refuse_occupied(target, replace=replace)
        whole = target.resolve()
        whole.parent.mkdir(parents=True, exist_ok=True)
        new = _beside(whole, "new")
        try:
            new.mkdir()
            with threads(WRITERS) as writers:
                folder = NewFolder(new, target, writers)
                yield folder
                folder.finish()
            _take_name(new, whole)
            folder.path = whole
        finally:
            shutil.rmtree(new, ignore_errors=True)


def write_folder(
    target: Path, files: Mapping[str, bytes] | Iterable[tuple[str, bytes]], *, replace: bool = False
) -> None:
    """Write a folder of files (`{"public/record.json": bytes, …}`, or pairs made as they are asked for).

    Whole or not at all, as `new_folder`.

    Raises:
        BadInput: `storage.target_not_empty` (exists and `replace` is false), `storage.target_is_file`,
            `storage.target_in_use` (the working or home folder is inside it), `storage.bad_file_name`
            (absolute, or leads out of the folder), `storage.cannot_write`.
    """
    if isinstance(files, Mapping):
        for name in files:
            _refuse_bad_name(target, name)
    with new_folder(target, replace=replace) as folder:
        folder.add_all(files.items() if isinstance(files, Mapping) else files)


def _refuse_bad_name(target: Path, name: str) -> None:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise bad_input("storage.bad_file_name", Place(file=str(target)), name=name)


def refuse_occupied(target: Path, *, replace: bool) -> None:
    """Whether `write_folder` could take this name; worth asking before hours of work.

    Raises:
        BadInput: `storage.target_not_empty`, `storage.target_is_file`, `storage.target_in_use`,
            `storage.cannot_write`.
    """
    with _told_as_problem(target):
        _refuse_occupied(target, target.resolve(), replace)


def _refuse_occupied(target: Path, whole: Path, replace: bool) -> None:
    place = Place(file=str(target))
    if whole.exists() and not whole.is_dir():
        raise bad_input("storage.target_is_file", place)
    if not whole.is_dir() or not any(whole.iterdir()):
        return
    if not replace:
        raise bad_input("storage.target_not_empty", place)
    if any(kept.is_relative_to(whole) for kept in (Path.cwd(), Path.home())):
        raise bad_input("storage.target_in_use", place)


def _write_new(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _copy_new(path: Path, source: Path) -> None:
    with path.open("xb"):
        pass
    shutil.copyfile(source, path)
    _sync(path)


def _take_name(new: Path, target: Path) -> None:
    if not target.exists():
        os.rename(new, target)
        return
    old = _beside(target, "old")
    os.rename(target, old)
    try:
        os.rename(new, target)
    except BaseException:
        os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _beside(path: Path, purpose: str) -> Path:
    """A name that nothing has, in the same folder and so on the same disk."""
    return path.with_name(f".{path.name}.{purpose}-{secrets.token_hex(6)}")


@contextmanager
def _told_as_problem(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise bad_input(
            "storage.cannot_write", Place(file=str(path)), reason=error.strerror or error
        ) from None
