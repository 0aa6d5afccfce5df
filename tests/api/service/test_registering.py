"""Policies, rounds and tables: what is refused is refused with the codes and places of the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.commands import copied, jifen, refused, with_cell, with_rows, with_text
from tests.api.service.office import MAX_UPLOAD, PACK, TYPES, YAML, Office, codes, problems
from tests.api.test_layered_round import CHOSEN, ROUND, TABLES
from tests.api.test_same_results import as_parquet, as_workbooks_of_text


def told(folder: Path) -> set[tuple[str, str, int, str]]:
    """(code, file, row, column) of what `jifen run` says of a folder."""
    return set(refused(folder).problems())


def answered(entries: list[Any]) -> set[tuple[str, str, int, str]]:
    """The same of what the service says."""
    return {
        (code, at.get("file", ""), at.get("row", at.get("line", 0)), at.get("field", ""))
        for code, at in entries
    }


def kept(office: Office, round_id: str) -> list[str]:
    return [table["file"] for table in office.get(f"/rounds/{round_id}").json()["tables"]]


def test_a_policy_is_registered_once(office: Office) -> None:
    """Its id follows from its text; what is sent back is what was sent."""
    first = office.post("/policies", content=PACK.read_bytes(), headers=YAML)
    again = office.post("/policies", content=PACK.read_bytes(), headers=YAML)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    policy = first.json()
    assert first.headers["location"] == f"/v1/policies/{policy['id']}"
    assert office.get(f"/policies/{policy['id']}").json() == policy
    assert office.get(f"/policies/{policy['id']}/text").content == PACK.read_bytes()
    assert [known["id"] for known in office.get("/policies").json()] == [policy["id"]]
    assert (policy["policy"], policy["status"]) == ("zhongshan/points", "historic")


def test_a_wrong_policy_is_refused_with_every_line(office: Office, tmp_path: Path) -> None:
    """As `jifen policy check` does."""
    text = PACK.read_text("utf-8").replace("kind: base", "kidn: base", 2).replace("scale: ", "scale: x", 1)
    (tmp_path / "pack.yaml").write_text(text, "utf-8")

    answer = office.post("/policies", content=text.encode(), headers=YAML)

    command = jifen("policy", "check", tmp_path / "pack.yaml", "--json").document()["problems"]
    assert answer.status_code == 422
    assert len(command) > 2
    assert [(code, at["line"], at["column"]) for code, at in problems(answer)] == [
        (problem["code"], problem["place"]["line"], problem["place"]["column"]) for problem in command
    ]
    assert {at["file"] for _, at in problems(answer)} == {"policy.yaml"}
    assert office.get("/policies").json() == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_problems_are_told_in_the_language_of_the_request(lang: str, office: Office) -> None:
    answer = office.post("/policies", content=b"[", headers=YAML | {"Accept-Language": f"fr, {lang};q=0.7"})

    assert answer.headers["content-language"] == lang
    assert ("输入有误" in answer.text) == (lang == "zh")
    document = answer.json()
    assert document["type"] == "urn:jifen:problem:bad-input"
    assert (document["status"], document["instance"]) == (422, "/v1/policies")
    assert document["detail"] == document["problems"][0]["text"]


def test_a_round_is_registered_once_and_says_what_it_is(office: Office, city: Path) -> None:
    round_id = office.round(city, tables=False)

    assert office.round(city, tables=False) == round_id
    known = office.get(f"/rounds/{round_id}").json()
    assert (known["name"], known["service"], known["as_of"]) == (
        "zhongshan-2015-school",
        "school",
        "2015-05-31",
    )
    assert known["illustrative"]["en"]
    assert known["tables"] == []
    assert [row["id"] for row in office.get("/rounds").json()] == [round_id]


@pytest.mark.parametrize(
    "change",
    [
        with_text("round.yaml", "published_on: ", "published_on: on "),
        with_text("round.yaml", "service: school", "service: hospital"),
        with_text("round.yaml", "title:", "titel:"),
    ],
    ids=["date", "service", "key"],
)
def test_wrong_settings_are_refused_as_by_the_command(
    change: Callable[[Path], None], office: Office, city: Path, tmp_path: Path
) -> None:
    folder = copied(city, tmp_path / "round", change)

    answer = office.post(
        "/rounds",
        content=(folder / "round.yaml").read_bytes(),
        headers=YAML,
        params={"policy": office.policy()},
    )

    assert answer.status_code == 422
    assert answered(problems(answer)) == {found for found in told(folder) if found[1] == "round.yaml"}


def test_settings_for_another_policy_are_refused(office: Office, city: Path) -> None:
    """Nobody should decide a round by a policy that its settings do not name."""
    settings = (city / "round.yaml").read_bytes().replace(b"zhongshan/points", b"elsewhere/points")

    answer = office.post("/rounds", content=settings, headers=YAML, params={"policy": office.policy()})

    assert problems(answer) == [("service.other_policy", {"file": "round.yaml", "field": "policy"})]


def bad_cells(folder: Path) -> None:
    with_cell("candidates.csv", 3, "town", "")(folder)
    with_cell("candidates.csv", 5, "filed_at", "yesterday")(folder)
    with_cell("quotas.csv", 2, "seats", "-1")(folder)


def second_header(folder: Path) -> None:
    with_rows("offers.csv", lambda rows: [["ofer", *rows[0][1:]], *rows[1:]])(folder)


def same_row_twice(folder: Path) -> None:
    with_rows("quotas.csv", lambda rows: [*rows, rows[1]])(folder)


def damaged(folder: Path) -> None:
    (folder / "permits.csv").write_bytes(b"subject,first_month\n\xff\xff\n")


def misspelt(folder: Path) -> None:
    (folder / "refusals.csv").rename(folder / "refusal.csv")


def not_used(folder: Path) -> None:
    (folder / "preferences.csv").write_text("candidate,rank,offer\n", "utf-8")


@pytest.mark.parametrize("change", [bad_cells, second_header, same_row_twice, damaged, misspelt, not_used])
def test_wrong_tables_are_refused_with_the_codes_and_places_of_the_command(
    change: Callable[[Path], None], office: Office, city: Path, tmp_path: Path
) -> None:
    """All that is wrong with any of them at once; then none is kept, not even the good ones."""
    round_id = office.round(city, tables=False)
    folder = copied(city, tmp_path / "round", change)

    answer = office.upload(round_id, folder)

    assert answer.status_code == 422
    assert answered(problems(answer)) == told(folder)
    assert kept(office, round_id) == []


@pytest.mark.parametrize("form", [as_parquet, as_workbooks_of_text], ids=["parquet", "xlsx"])
def test_a_workbook_or_parquet_file_is_refused_at_the_same_places(
    form: Callable[[Path], None], office: Office, city: Path, tmp_path: Path
) -> None:
    round_id = office.round(city, tables=False)
    folder = copied(city, tmp_path / "round", bad_cells, form)

    answer = office.upload(round_id, folder)

    assert answered(problems(answer)) == told(folder)
    sheets = {problem["place"].get("sheet") for problem in refused(folder).document()["problems"]}
    assert {at.get("sheet") for _, at in problems(answer)} == sheets


def test_tables_that_do_not_fit_each_other_are_refused_by_the_job(
    office: Office, city: Path, tmp_path: Path
) -> None:
    """With what `jifen run` says of the folder, in the language of whoever asks."""
    folder = copied(
        city,
        tmp_path / "round",
        with_cell("candidates.csv", 4, "subject", "nobody"),
        lambda at: (at / "offers.csv").unlink(),
    )
    round_id = office.round(folder)

    job_id = office.submit(round_id).json()["id"]
    office.work()

    job = office.get(f"/jobs/{job_id}", "zh").json()
    entries = [(problem["code"], problem["place"]) for problem in job["problems"]]
    wanted = {
        (code, "" if file == folder.name else file, row, field) for code, file, row, field in told(folder)
    }
    assert job["status"] == "refused"
    assert answered(entries) == wanted
    assert {"storage.table_missing", "facts.unknown_subject"} <= {code for code, _ in entries}
    assert "offers" in job["problems"][0]["text"]
    assert codes(office.get(f"/jobs/{job_id}/outcomes")) == ["service.no_result"]


@pytest.mark.parametrize("suffix", list(TYPES))
def test_one_table_is_uploaded_in_any_format(suffix: str, office: Office, city: Path, tmp_path: Path) -> None:
    """The Content-Type tells which; a new version takes the place of the old one."""
    round_id = office.round(city)
    folder = copied(city, tmp_path / "round")
    {".csv": lambda at: None, ".xlsx": as_workbooks_of_text, ".parquet": as_parquet}[suffix](folder)

    answer = office.client.put(
        f"/v1/rounds/{round_id}/tables/quotas",
        content=(folder / f"quotas{suffix}").read_bytes(),
        headers={"Content-Type": f"{TYPES[suffix]}; charset=utf-8"},
    )

    assert answer.status_code == 200
    assert [file for file in kept(office, round_id) if file.startswith("quotas")] == [f"quotas{suffix}"]
    assert len(kept(office, round_id)) == len(TABLES_OF_THE_ROUND)


TABLES_OF_THE_ROUND = "applicants candidates insurance offers permits quotas refusals".split()


def test_a_table_that_is_taken_back_is_read_by_no_later_job(office: Office, city: Path) -> None:
    """And by every earlier one."""
    round_id = office.round(city)
    before = office.submit(round_id, "before").json()

    path = f"/v1/rounds/{round_id}/tables/refusals"
    assert office.client.delete(path).status_code == 204
    again = office.client.delete(path)

    after = office.submit(round_id, "after").json()
    assert (again.status_code, codes(again)) == (404, ["service.unknown_table"])
    assert before["inputs"].keys() - after["inputs"].keys() == {"refusals.csv"}


def test_the_same_table_twice_in_one_form_is_refused(office: Office, city: Path) -> None:
    """Whichever came first would have decided."""
    round_id, quotas = office.round(city, tables=False), (city / "quotas.csv").read_bytes()

    for names in (("quotas.csv", "quotas.csv"), ("quotas.csv", "quotas.xlsx")):
        answer = office.post(
            f"/rounds/{round_id}/tables", files=[("files", (name, quotas)) for name in names]
        )

        assert "storage.several_files" in codes(answer)
    assert kept(office, round_id) == []


@pytest.mark.parametrize(
    "name", ["../../quotas.csv", "/quotas.csv", "quotas", "quo tas.csv", "人.csv", "quotas.csv/x"]
)
def test_a_file_of_a_strange_name_is_written_nowhere(
    name: str, office: Office, city: Path, tmp_path: Path
) -> None:
    round_id = office.round(city, tables=False)
    before = sorted(tmp_path.rglob("*"))

    answer = office.post(f"/rounds/{round_id}/tables", files=[("files", (name, b"town,seats\n"))])

    assert answer.status_code == 422
    assert codes(answer) in (["service.bad_file_name"], ["storage.unknown_format"], ["service.wrong_part"])
    assert [path for path in sorted(tmp_path.rglob("*")) if path.name != "incoming"] == before


@pytest.mark.parametrize("stated", [True, False])
def test_a_body_that_is_too_large_is_refused_while_it_comes(stated: bool, office: Office, city: Path) -> None:
    """Whether its length was stated or not; nothing of it stays."""
    round_id = office.round(city, tables=False)
    parts = (b"x" * (1 << 20) for _ in range((MAX_UPLOAD >> 20) + 1))
    body = b"".join(parts) if stated else parts

    answer = office.client.put(
        f"/v1/rounds/{round_id}/tables/quotas", content=body, headers={"Content-Type": "text/csv"}
    )

    assert (answer.status_code, codes(answer)) == (413, ["service.too_large"])
    assert not list((office.registry.depot.folder / "incoming").iterdir())


def test_a_form_that_is_too_large_is_refused_too(office: Office, city: Path) -> None:
    round_id = office.round(city, tables=False)

    answer = office.post(
        f"/rounds/{round_id}/tables", files=[("files", ("quotas.csv", b"x" * (MAX_UPLOAD + 1)))]
    )

    assert (answer.status_code, codes(answer)) == (413, ["service.too_large"])


def test_a_body_of_another_type_is_refused(office: Office, city: Path) -> None:
    """With the types that are taken."""
    round_id = office.round(city, tables=False)
    json_type = {"Content-Type": "application/json"}

    for answer in (
        office.post("/policies", content=b"{}", headers=json_type),
        office.post("/policies", content=b"{}"),
        office.client.put(f"/v1/rounds/{round_id}/tables/quotas", content=b"x", headers=json_type),
    ):
        assert (answer.status_code, codes(answer)) == (415, ["service.wrong_media_type"])


@pytest.mark.parametrize(
    "body", [b"no form at all", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nx"]
)
def test_a_broken_form_is_told_as_such(body: bytes, office: Office, city: Path) -> None:
    round_id = office.round(city, tables=False)

    answer = office.post(
        f"/rounds/{round_id}/tables",
        content=body,
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )

    assert answer.status_code in (400, 422)
    assert codes(answer) in (["service.malformed_body"], ["service.missing_part"])


def test_what_does_not_exist_is_not_found(office: Office, city: Path) -> None:
    """By id, by address, and by method."""
    nothing, job = "0" * 64, "0" * 32
    settings = (city / "round.yaml").read_bytes()
    expected = [
        (office.get(f"/policies/{nothing}"), 404, "service.unknown_policy"),
        (
            office.post("/rounds", content=settings, headers=YAML, params={"policy": nothing}),
            404,
            "service.unknown_policy",
        ),
        (office.get(f"/rounds/{nothing}"), 404, "service.unknown_round"),
        (office.upload(nothing, city), 404, "service.unknown_round"),
        (office.submit(nothing), 404, "service.unknown_round"),
        (office.get(f"/rounds/{nothing}/jobs"), 404, "service.unknown_round"),
        (office.get(f"/jobs/{job}"), 404, "service.unknown_job"),
        (office.post(f"/jobs/{job}/cancel"), 404, "service.unknown_job"),
        (office.get(f"/jobs/{job}/outcomes"), 404, "service.unknown_job"),
        (office.get("/nowhere"), 404, "service.no_such_address"),
        (office.client.delete("/v1/health"), 405, "service.method_not_allowed"),
    ]

    for answer, status, code in expected:
        assert (answer.status_code, codes(answer)) == (status, [code])


LAYERS = Path(__file__).parents[2] / "scoring" / "layers"
PROVINCE, CITY = ((LAYERS / f"{name}.yaml").read_text("utf-8") for name in ("province", "city"))


def test_a_policy_is_laid_over_the_layers_that_were_registered(office: Office) -> None:
    """The newest text of the upper layer's id and first day, as it was then, whatever is registered later."""
    alone = office.post("/policies", content=CITY.encode(), headers=YAML)
    assert codes(alone) == ["pack.layer_missing"]
    other = PROVINCE.replace("points: 2}", "points: 9}")
    draft, newest = office.policy(other), office.policy(PROVINCE)

    city = office.policy(CITY)

    detail = office.get(f"/policies/{city}").json()
    assert detail["layers"] == [{"id": "province/points", "version": "2016-01-01"}]
    assert office.get(f"/policies/{city}/text").text == CITY
    again = office.policy(other.replace("points: 9}", "points: 8}"))
    assert office.get(f"/policies/{city}").json() == detail
    assert office.policy(CITY) not in {city, draft, newest, again}


def test_a_layered_round_is_decided_by_its_own_layers_and_readings(office: Office, tmp_path: Path) -> None:
    """The job froze the layer's text; the bundle holds it, and replays. By hand as in the layered round."""
    folder = layered_round(tmp_path / "round")
    province = office.policy(PROVINCE)
    round_id = office.round(folder, pack=CITY.encode())
    office.policy(PROVINCE.replace("every: 12", "every: 24"))

    job = office.done(round_id)

    assert office.get(f"/jobs/{job}").json()["inputs"]["province.points.2016-01-01.yaml"] == province
    rows = office.get(f"/jobs/{job}/outcomes").json()["rows"]
    assert {row["candidate"]: row["total"] for row in rows} == {"A": "31", "B": "16", "C": "19"}
    sheet = office.get(f"/jobs/{job}/sheets/B").text
    assert "read as “certificate only”" in sheet


def test_a_reading_that_the_policy_does_not_have_is_refused_at_its_line(
    office: Office, tmp_path: Path
) -> None:
    """As `jifen run` does."""
    office.policy(PROVINCE)
    settings = layered_round(tmp_path / "round").joinpath("round.yaml").read_text("utf-8")
    wrong = settings.replace("one_child: narrow", "one_child: odd")

    policy = office.policy(CITY)
    answer = office.post("/rounds", content=wrong.encode(), headers=YAML, params={"policy": policy})

    assert codes(answer) == ["resolve.unknown_choice"]
    line = 1 + wrong.splitlines().index("readings: {one_child: odd}")
    assert problems(answer)[0][1]["line"] == line


def layered_round(folder: Path) -> Path:
    """The layered round with other readings, for a registered policy."""
    folder.mkdir()
    settings = ROUND.replace("policies/city/points", "city/points") + CHOSEN
    for name, text in {"round.yaml": settings, **TABLES}.items():
        (folder / name).write_text(text, "utf-8")
    return folder
