"""The shipped files: templates, sentences, the font. The one module that reads them."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import as_file, files

FONT_FILE = "NotoSansCJKsc-Regular.otf"
FONT_FAMILY = "Noto Sans CJK SC"


@lru_cache
def template(name: str) -> str:
    """The text of a template, e.g. `notice.html`."""
    return files("publication").joinpath("templates", name).read_text(encoding="utf-8")


@lru_cache
def locale_files() -> dict[str, str]:
    """Every `locale/*.toml` by file name, sorted."""
    folder = files("publication").joinpath("locale")
    found = (entry for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return dict(sorted((entry.name, entry.read_text(encoding="utf-8")) for entry in found))


@lru_cache
def font_data() -> bytes:
    """The shipped face."""
    return files("publication").joinpath("fonts", FONT_FILE).read_bytes()


def font_folder() -> str:
    """A folder that holds the shipped face, for the typesetter (which reads it from there).

    The package must be installed as ordinary files, as pip does.
    """
    with as_file(files("publication").joinpath("fonts", FONT_FILE)) as path:
        return str(path.parent)
