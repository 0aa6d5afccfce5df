"""Where the files of a record are put while they are made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping


class Shelf(Mapping[str, bytes]):
    """Files by their path inside a bundle. What was put is read again as it was."""

    @abstractmethod
    def put(self, path: str, parts: Iterable[bytes]) -> None:
        """Keep a file that is made part by part. Several files may be put at the same time."""


class MemoryShelf(Shelf):
    """Keeps all bytes."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def put(self, path: str, parts: Iterable[bytes]) -> None:
        """Keep a file."""
        self._files[path] = b"".join(parts)

    def __getitem__(self, path: str) -> bytes:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)
