"""What `jifen policy print` writes: the announcement of a pack, as a page, a PDF or text."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from api.console import print_json, say, show
from api.pack_forms import Form
from publication.announcement import announcement
from publication.announcement_page import announcement_html, announcement_pdf, announcement_text
from publication.messages import Lang, sentence
from scoring.pack import Pack
from storage.folders import refuse_folder, write_file
from values.problems import bad_input


def print_pack(
    pack: Pack, form: Form, languages: tuple[Lang, ...], out: Path | None, *, as_json: bool
) -> None:
    """Write the announcement to a file, or to standard output.

    Raises:
        BadInput: `policy.needs_out`, `storage.*` if the file cannot be written.
    """
    if out is not None:
        refuse_folder(out)
    if form is Form.pdf and out is None and not as_json:
        raise bad_input("policy.needs_out")
    if out is not None:
        write_file(out, _content(pack, form, languages))
        if not as_json:
            say(sentence("policy.printed", {"out": out}, languages[0]))
    elif not as_json:
        show(_content(pack, form, languages).decode("utf-8").rstrip("\n"))
    if as_json:
        told = {lang: asdict(announcement(pack.policy, lang)) for lang in languages}
        written = None if out is None else str(out)
        print_json({"format": "policy-print/1", "id": pack.policy.id, "out": written, "announcement": told})


def _content(pack: Pack, form: Form, languages: tuple[Lang, ...]) -> bytes:
    if form is Form.pdf:
        return announcement_pdf(pack.policy, languages)
    written = announcement_html if form is Form.html else announcement_text
    return written(pack.policy, languages).encode("utf-8")
