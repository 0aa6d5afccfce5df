"""A record on its way to the disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publication.shelf import Shelf
from storage.folders import NewFolder


class FolderShelf(Shelf):
    """Files of a folder below one of its inner folders; they are read when they are asked for."""

    def __init__(self, folder: NewFolder, below: str) -> None:
        self.folder = folder
        self._below = below
        self._paths = set[str]()

    def name(self, path: str) -> str:
        """The name that a file has in the folder."""
        return f"{self._below}/{path}"

    def put(self, path: str, parts: Iterable[bytes]) -> None:
        """Write a file."""
        self.folder.put(self.name(path), parts)
        self._paths.add(path)

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        return (self.folder.path / self.name(path)).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._paths))

    def __len__(self) -> int:
        return len(self._paths)
