"""Kernels run wherever the package is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from allocation.compiled import compiled

SOURCE = "def double(number):\n    return 2 * number\n"


def test_a_kernel_without_any_directory_for_its_cache_is_compiled_anew() -> None:
    room: dict[str, Callable[[int], int]] = {}
    exec(compile(SOURCE, "<nowhere>", "exec"), room)  # noqa: S102  a function without a file has no cache

    kernel = compiled(room["double"])

    assert kernel(21) == 42


def test_a_kernel_is_kept_in_the_directory_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path / "cache"))
    kernel = compiled(module_of(tmp_path / "doubling.py").double)

    assert kernel(21) == 42

    assert list((tmp_path / "cache").rglob("*.nbi"))


def module_of(path: Path) -> Any:
    path.write_text(SOURCE, "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
