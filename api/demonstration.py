"""What `demo` does: prepare each shipped round's folder, run it as `jifen run` would, verify, publish."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from api.console import default_language, print_json, say, show
from api.rendering import round_document, show_round
from api.simulating import Simulated, show_simulation, simulate_study
from publication.messages import Lang, sentence
from scenarios.config import load_config
from scenarios.demo_rounds import demo_tables
from scenarios.round import Round
from storage.folders import write_folder
from storage.packs import find_pack, policies_folder, read_pack
from storage.publications import run_and_publish
from storage.rounds import CONFIG_FILE, read_round
from storage.texts import read_text
from values.problems import refused
from values.progress import Progress


class Shipped(NamedTuple):
    """A round below `policies/<place>/rounds`, and the round there whose quotas it has."""

    place: str
    name: str
    quotas: str


ROUNDS = (
    Shipped("zhongshan", "2015-school", "2015-school"),
    Shipped("zhongshan", "2015-school-wishes", "2015-school"),
    Shipped("zhongshan", "2016-housing", "2016-housing"),
    Shipped("zhongshan", "2016-housing-flats", "2016-housing"),
    Shipped("beijing", "2012-draw", "2012-draw"),
)

STUDY = "zhongshan/2015-school"
"""The what-if study that ships, on the first round."""


@dataclass(frozen=True, eq=False)
class Demonstrated:
    """A round that was run, and where its files are."""

    decided: Round
    folder: Path


def demonstrate(out: Path, *, families: int, pdf: bool, progress: Progress) -> list[Demonstrated]:
    """Run every shipped round into its own folder below `out`.

    Raises:
        Refused: `demo.not_verified` if the independent verifier refuses a bundle.
    """
    return [
        _demonstrate(shipped, out / f"{shipped.place}-{shipped.name}", families, pdf, progress)
        for shipped in ROUNDS
    ]


def demonstrate_study(out: Path, lang: Lang, progress: Progress) -> Simulated:
    """Run the shipped study on its round, as it was published below `out`."""
    published = out / STUDY.replace("/", "-") / "results" / "audit"
    return simulate_study(STUDY, published, out / "what-if", lang, replace=True, progress=progress)


def show_demonstration(
    rounds: list[Demonstrated], study: Simulated | None, out: Path, lang: Lang, *, as_json: bool
) -> None:
    """Say what came of every round and of the study, and what to look at first."""
    documents: list[dict[str, Any]] = [round_document(item.decided, item.folder) for item in rounds]
    if as_json:
        changed = None if study is None else {**study.document, "out": str(study.out)}
        print_json({"format": "demo/1", "rounds": documents, "study": changed, "out": str(out)})
        return
    for item in rounds:
        show_round(item.decided, item.folder, lang, as_json=False)
        show("")
    if study is not None:
        show_simulation(study, lang, as_json=False)
        show("")
    first = rounds[0]
    candidate = first.decided.ground.people[0]
    show(sentence("console.look", {"notice": first.folder / "notice" / f"notice.{lang}.html"}, lang))
    example = {
        "folder": first.folder,
        "policy": first.decided.pack.policy.id,
        "candidate": candidate,
        "lang": lang,
    }
    show(sentence("console.next", example, lang))


def _demonstrate(
    shipped: Shipped, folder: Path, families: int, pdf: bool, progress: Progress
) -> Demonstrated:
    rounds = policies_folder() / shipped.place / "rounds"
    source = rounds / shipped.name
    settings = read_text(source / CONFIG_FILE)
    config = load_config(settings, str(source / CONFIG_FILE))
    pack = read_pack(find_pack(config.policy, base=source, as_of=config.as_of), at=config.as_of)
    quotas = pl.read_csv(rounds / shipped.quotas / "quotas.csv")
    files = demo_tables(pack, config, quotas, families=families)
    write_folder(folder / "input", {**files, CONFIG_FILE: settings.encode("utf-8")}, replace=True)
    given = read_round(folder / "input")
    decided = run_and_publish(given, folder / "results", pdf=pdf, replace=True, progress=progress)
    for form in ("public", "audit"):
        _verify(folder / "results" / form, progress)
    return Demonstrated(decided, folder / "results")


def _verify(bundle: Path, progress: Progress) -> None:
    """Check the published bundle from outside."""
    from verifier.verify_bundle import verify

    progress(f"verify {bundle.name}", 0, 1)
    report = verify(bundle)
    progress(f"verify {bundle.name}", 1, 1)
    if not report.ok:
        say(report.as_text(default_language()))
        raise refused("demo.not_verified", bundle=bundle)
