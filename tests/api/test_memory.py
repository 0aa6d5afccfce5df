"""What a command asks of polars' allocator is asked in time and overrides nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.memory import reuse_freed_memory

VARIABLE = "_RJEM_MALLOC_CONF"


def test_whoever_has_set_the_variable_keeps_their_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "dirty_decay_ms:0")

    reuse_freed_memory()

    assert os.environ[VARIABLE] == "dirty_decay_ms:0"


def test_the_command_is_loaded_without_polars_which_reads_the_variable_once() -> None:
    program = "import sys; import api.cli, api.memory; print('polars' in sys.modules)"
    root = Path(__file__).parents[2]

    told = subprocess.run([sys.executable, "-c", program], cwd=root, check=True, capture_output=True)

    assert told.stdout.strip() == b"False"
