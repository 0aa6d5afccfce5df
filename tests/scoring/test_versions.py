"""Versions of a scheme follow each other without gap and overlap."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scoring.versions import Version, version_problems
from storage.packs import check_file, find_pack, shipped_packs, versions_of
from values.problems import BadInput
from values.yaml_marks import read_yaml


def version(named: str, effective: str, pack: str = "a/b") -> Version:
    text = f"id: {pack}\neffective: {{{effective}}}\n"
    return Version(read_yaml(text, f"{named}.yaml"), date.fromisoformat(named))


def codes(*versions: Version) -> list[str]:
    return [f"{problem.place} {problem.code}" for problem in version_problems(versions, "a/b")]


def test_a_version_without_an_end_ends_when_the_next_begins() -> None:
    assert codes(version("2015-01-01", "from: 2015-01-01"), version("2016-01-01", "from: 2016-01-01")) == []


@pytest.mark.parametrize(
    ("until", "wrong"),
    [
        ("2015-12-30", ["2015-01-01.yaml:2:31 pack.version_gap"]),
        ("2015-12-31", []),
        ("2016-01-01", ["2015-01-01.yaml:2:31 pack.version_overlap"]),
    ],
)
def test_the_next_version_begins_on_the_day_after_the_last(until: str, wrong: list[str]) -> None:
    """A day short is a gap, a day over is an overlap."""
    earlier = version("2015-01-01", f"from: 2015-01-01, until: {until}")

    assert codes(version("2016-01-01", "from: 2016-01-01"), earlier) == wrong


def test_a_version_that_lapses_may_be_followed_by_nothing_but_not_overlap() -> None:
    earlier = version("2015-01-01", "from: 2015-01-01, until: 2015-06-30, lapses: true")
    over = version("2015-01-01", "from: 2015-01-01, until: 2016-06-30, lapses: true")
    later = version("2016-01-01", "from: 2016-01-01")

    assert codes(earlier, later) == []
    assert codes(over, later) == ["2015-01-01.yaml:2:31 pack.version_overlap"]


def test_a_file_is_named_after_its_first_day_and_lies_in_its_schemes_folder() -> None:
    assert codes(version("2015-01-01", "from: 2015-02-01", pack="a/c")) == [
        "2015-01-01.yaml:2:13 pack.version_name",
        "2015-01-01.yaml:1:1 pack.version_id",
    ]


def test_the_version_in_force_is_found_in_a_folder(tmp_path: Path) -> None:
    """The last that began; the day before the first has none."""
    for day in ("2015-01-01", "2016-01-01"):
        (tmp_path / f"{day}.yaml").write_text("", "utf-8")

    assert find_pack(".", base=tmp_path, as_of=date(2015, 12, 31)).stem == "2015-01-01"
    assert find_pack(".", base=tmp_path, as_of=date(2016, 1, 1)).stem == "2016-01-01"
    assert [path.stem for path in versions_of(".", base=tmp_path)] == ["2015-01-01", "2016-01-01"]
    with pytest.raises(BadInput, match=r"storage\.pack_not_in_force"):
        find_pack(".", base=tmp_path, as_of=date(2014, 12, 31))


def test_checking_a_pack_looks_at_the_versions_beside_it(tmp_path: Path) -> None:
    """The gap is told whichever of the two is checked, together with what is wrong with the pack itself."""
    text = (Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8")
    earlier = text.replace("{from: 2014-10-30}", "{from: 2014-10-30, until: 2015-10-30}")
    (tmp_path / "2014-10-30.yaml").write_text(earlier, "utf-8")
    later = text.replace("{from: 2014-10-30}", "{from: 2016-01-01}").replace(
        "kinds: [base]", "kinds: [bonus]"
    )
    (tmp_path / "2016-01-01.yaml").write_text(later, "utf-8")

    for name, found in (("2014-10-30", []), ("2016-01-01", ["pack.service_without_indicators"])):
        with pytest.raises(BadInput) as error:
            check_file(tmp_path / f"{name}.yaml")
        assert [problem.code for problem in error.value.problems] == ["pack.version_gap", *found]


@pytest.mark.parametrize("scheme", shipped_packs())
def test_every_version_of_a_shipped_pack_is_good_on_every_day_and_under_every_reading(scheme: str) -> None:
    for path in versions_of(scheme, base=Path()):
        assert check_file(path).pack.policy.id == scheme
