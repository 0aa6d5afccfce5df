"""What goes in and out. Input is strict and takes no unknown keys; every amount is decimal text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE_ID = "0123456789abcdef" * 4
EXAMPLE_JOB = "0123456789abcdef" * 2
DIGEST = r"^[0-9a-f]{64}$"
DIGEST_TEXT = "sha256:" + EXAMPLE_ID


POLICY = {
    "id": EXAMPLE_ID,
    "policy": "zhongshan/points",
    "digest": DIGEST_TEXT,
    "status": "historic",
    "registered_at": "2026-01-05T08:30:00Z",
}

ROUND = {
    "id": EXAMPLE_ID,
    "name": "zhongshan-2015-school",
    "policy": EXAMPLE_ID,
    "registered_at": "2026-01-05T08:31:00Z",
}
TABLE = {
    "name": "quotas",
    "file": "quotas.csv",
    "sha256": EXAMPLE_ID,
    "bytes": 812,
    "uploaded_at": "2026-01-05T08:31:30Z",
}
OUTCOME = {
    "candidate": "ZS15-003856",
    "scope": "dongsheng/junior",
    "position": 177,
    "total": "423.8",
    "outcome": "placed",
    "offer": "dongsheng-j01",
    "offer_name": "东升镇模拟初中01",
    "waiting": None,
}
EXPLANATION = {
    "format": "explanation/1",
    "candidate": "ZS15-003856",
    "status": "eligible",
    "lines": [{"indicator": "education", "points": "60", "cite": "…"}],
    "subtotal": "326",
    "factor": "1.3",
    "total": "423.8",
}
RECORD = {"format": "record/1", "result_digest": DIGEST_TEXT}


def moment(seconds: int) -> datetime:
    """A time as the service's answers show it."""
    return datetime.fromtimestamp(seconds, UTC)


def example(**values: Any) -> ConfigDict:
    """The example of a shape that the API description shows."""
    return ConfigDict(json_schema_extra={"examples": [values]})


class PlaceOut(BaseModel):
    """Where a problem is; only what is known of it."""

    file: str = ""
    line: int = 0
    column: int = 0
    sheet: str = ""
    row: int = 0
    field: str = ""
    path: str = ""


class ProblemOut(BaseModel):
    """One thing that is wrong: the code of the command line, its figures, the place, a sentence."""

    code: str
    params: dict[str, str]
    place: PlaceOut
    text: str


class ProblemDocument(BaseModel):
    """RFC 9457 problem details; `problems` lists everything that is wrong."""

    model_config = example(
        type="urn:jifen:problem:bad-input",
        title="The input is wrong",
        status=422,
        detail="candidates.csv:7:town: empty; fill it in",
        instance=f"/v1/rounds/{EXAMPLE_ID}/tables",
        problems=[
            {
                "code": "tables.empty_cell",
                "params": {},
                "place": {"file": "candidates.csv", "row": 7, "field": "town"},
                "text": "candidates.csv:7:town: empty; fill it in",
            }
        ],
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    problems: list[ProblemOut] = Field(min_length=1)


class Health(BaseModel):
    """Whether the service answers, and whether jobs are being done."""

    model_config = example(status="ok", worker=True)

    status: Literal["ok"]
    worker: bool


class Version(BaseModel):
    """The engine's version, as records name it."""

    model_config = example(jifen="0.1.0", api="v1")

    jifen: str
    api: Literal["v1"]


class TitleOut(BaseModel):
    """A name in both languages."""

    zh: str
    en: str


class LayerOut(BaseModel):
    """A pack that another is laid over, by its id and first day in force."""

    id: str
    version: date


class PolicyOut(BaseModel):
    """A registered policy. `id` is the SHA-256 of the pack's text, `digest` that of the policy it says.

    If upper layers of it were registered too, `id` is the SHA-256 of all these texts' digests.
    """

    model_config = example(**POLICY)

    id: str
    policy: str
    digest: str
    status: str
    registered_at: datetime


class PolicyDetail(PolicyOut):
    """A policy with its services and what is odd about it."""

    model_config = example(
        **POLICY,
        title={"zh": "中山市流动人员积分制", "en": "Zhongshan points"},
        services=["school"],
        layers=[],
        notices=[],
    )

    title: TitleOut
    services: list[str]
    layers: list[LayerOut]
    notices: list[ProblemOut]


class TableOut(BaseModel):
    """The newest upload of a table."""

    name: str
    file: str
    sha256: str
    bytes: int
    uploaded_at: datetime


class RoundSummary(BaseModel):
    """A registered round. `id` follows from the pack's and the settings' text, `name` is the settings' id."""

    model_config = example(**ROUND)

    id: str
    name: str
    policy: str
    registered_at: datetime


class RoundOut(RoundSummary):
    """A round with what its settings say and the tables it has."""

    model_config = example(
        **ROUND,
        title={"zh": "中山2015年积分入学", "en": "Zhongshan 2015 school places"},
        service="school",
        as_of="2015-03-31",
        illustrative=None,
        tables=[TABLE],
    )

    title: TitleOut
    service: str
    as_of: date
    illustrative: TitleOut | None
    tables: list[TableOut]


class Request(BaseModel):
    """Base of every JSON body."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ScoreRequest(Request):
    """Status and score lines of everybody."""

    kind: Literal["score"]


class AllocateRequest(Request):
    """The whole round: bundles, tables, notices, the report.

    `pdf` also typesets notices, a file a place, and report; `xlsx` adds the notice as a workbook.
    """

    kind: Literal["allocate"]
    pdf: bool = False
    xlsx: bool = False


class LettersRequest(Request):
    """Everybody's decision letter, in both languages. Applicants read theirs with the result it belongs to.

    `pdf` also typesets each.
    """

    kind: Literal["letters"]
    pdf: bool = False


class SimulateRequest(Request):
    """A what-if study of the round: `study` is the text of a `study.yaml` without `folder` and `people`.

    `lang` is the language of its page. Its result is no decision: it has no record, bundle or notice.
    """

    kind: Literal["simulate"]
    study: str = Field(min_length=1, max_length=1_000_000)
    lang: Literal["zh", "en"] = "zh"


JobRequest = Annotated[
    ScoreRequest | AllocateRequest | LettersRequest | SimulateRequest, Field(discriminator="kind")
]


class ProgressOut(BaseModel):
    """How far the stage at work is; a stage without steps of its own has one."""

    stage: str
    done: int
    total: int


class ResultOut(BaseModel):
    """The digests of a result: of the record (only of an allocation) and of what was decided."""

    digest: str | None
    result_digest: str
    made_at: datetime


class JobOut(BaseModel):
    """A job. `refused` means that the input is wrong or the answer is no: `problems` say why."""

    model_config = example(
        id=EXAMPLE_JOB,
        round=EXAMPLE_ID,
        kind="allocate",
        options={"pdf": False, "xlsx": False},
        status="running",
        attempts=1,
        progress={"stage": "read", "done": 0, "total": 1},
        problems=[],
        inputs={"round.yaml": EXAMPLE_ID, "candidates.csv": EXAMPLE_ID},
        submitted_at="2026-01-05T08:32:00Z",
        started_at="2026-01-05T08:32:01Z",
        finished_at=None,
        result=None,
    )

    id: str
    round: str
    kind: str
    options: dict[str, Any]
    status: Literal["queued", "running", "done", "refused", "failed", "cancelled"]
    attempts: int
    progress: ProgressOut
    problems: list[ProblemOut]
    inputs: dict[str, str]
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: ResultOut | None


class PageQuery(BaseModel):
    """Which rows: results never change, so an offset always means the same row."""

    model_config = ConfigDict(extra="forbid")

    offset: int = Field(0, ge=0, le=10**9)
    limit: int = Field(100, ge=1, le=1000)


class Outcome(BaseModel):
    """What somebody who was ranked got, or their place on the waiting list."""

    candidate: str
    scope: str
    position: int
    total: str | None
    outcome: str
    offer: str | None
    offer_name: str | None
    waiting: int | None


class OutcomePage(BaseModel):
    """Some outcomes, sorted by scope and position, and how many there are."""

    model_config = example(total=15768, rows=[OUTCOME])

    total: int
    rows: list[Outcome]


class FileOut(BaseModel):
    """A file of a result: its path, and its size in bytes."""

    model_config = example(file="notice/notice.zh.html", bytes=48210)

    file: str
    bytes: int


class RowPage(BaseModel):
    """Some rows of a table whose columns depend on the policy, and how many there are. Null is unknown."""

    model_config = example(total=2, rows=[{"candidate": "A-1", "subject": "P-1", "total": "423.8"}])

    total: int
    rows: list[dict[str, str | None]]
