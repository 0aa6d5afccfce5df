"""The service's SQL tables. Times are whole seconds since 1970 (UTC); digests are 64 hex digits of SHA-256.

Tables, packs and settings themselves are files of `storage.contents`; rows only name their digest.
There are no points in SQL: results are files too, and their amounts are decimal text.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

Status = Literal["queued", "running", "done", "refused", "failed", "cancelled"]
STATUSES: tuple[Status, ...] = ("queued", "running", "done", "refused", "failed", "cancelled")
OVER: frozenset[Status] = frozenset({"done", "refused", "failed", "cancelled"})
"""A job in one of these states never changes again."""

Role = Literal["administrator", "officer", "auditor", "department", "applicant"]
ROLES: tuple[Role, ...] = ("administrator", "officer", "auditor", "department", "applicant")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class PolicyRow(SQLModel, table=True):
    """A registered pack; its id is the digest of its text, or of its and its layers' digests."""

    __tablename__ = "policy"

    id: str = Field(primary_key=True)
    policy: str = Field(index=True)
    digest: str
    status: str
    registered_at: int


class PolicyFileRow(SQLModel, table=True):
    """A text of a policy that is laid over registered ones: its own or a layer's, by file name.

    A policy without such rows has one text, whose digest is its id.
    """

    __tablename__ = "policy_file"

    policy_id: str = Field(primary_key=True, foreign_key="policy.id")
    name: str = Field(primary_key=True)
    content: str


class RoundRow(SQLModel, table=True):
    """A registered round; its id is the digest of the pack's and the settings' digests."""

    __tablename__ = "round"

    id: str = Field(primary_key=True)
    policy_id: str = Field(foreign_key="policy.id", index=True)
    settings: str
    name: str = Field(index=True)
    registered_at: int


class TableRow(SQLModel, table=True):
    """One upload of a round's table, never changed: of each name the last row counts.

    An empty `content` means that the table was taken back.
    """

    __tablename__ = "round_table"

    number: int | None = Field(default=None, primary_key=True)
    round_id: str = Field(foreign_key="round.id", index=True)
    name: str
    suffix: str
    content: str
    size: int
    uploaded_at: int


class JobRow(SQLModel, table=True):
    """A piece of work. `inputs` froze the digests of everything it reads when it was submitted.

    Who holds the `lease` may write, until somebody else has it. `problems` is a JSON list.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(_one_of("status", STATUSES), "known_status"),
        CheckConstraint("(status = 'running') = (lease IS NOT NULL)", "running_is_leased"),
    )

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    round_id: str = Field(foreign_key="round.id", index=True)
    kind: str
    options: str
    inputs: str
    key: str = Field(unique=True)
    request: str
    status: str = Field(index=True)
    attempts: int = 0
    lease: str | None = None
    leased_until: int | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
    problems: str = "[]"
    submitted_at: int
    started_at: int | None = None
    finished_at: int | None = None


class ResultRow(SQLModel, table=True):
    """What a job came to: a folder of files, and digests. Never changed, never deleted."""

    __tablename__ = "result"

    job_id: str = Field(primary_key=True, foreign_key="job.id")
    folder: str = Field(unique=True)
    digest: str
    result_digest: str
    made_at: int


class AccountRow(SQLModel, table=True):
    """Somebody who may sign in. `password` is an Argon2id hash; with `one_time` it must be replaced first.

    `department` is a name under which packs say who attests a fact; an applicant's account is for one
    application number, `candidate`, of one round. A name is never given to anybody else, nor a row deleted.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(_one_of("role", ROLES), "known_role"),
        CheckConstraint("(role = 'department') = (department IS NOT NULL)", "department_is_named"),
        CheckConstraint(
            "(role = 'applicant') = (round_id IS NOT NULL AND candidate IS NOT NULL)", "applicant_is_bound"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    title: str
    role: str
    department: str | None = None
    round_id: str | None = Field(default=None, foreign_key="round.id")
    candidate: str | None = None
    password: str
    one_time: int
    made_at: int
    closed_at: int | None = None


class SessionRow(SQLModel, table=True):
    """Somebody who is signed in. The id is the SHA-256 of the token, which is kept nowhere."""

    __tablename__ = "session"

    id: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    ends_at: int = Field(index=True)


class AttemptRow(SQLModel, table=True):
    """Attempts to sign in under a name since the last one that succeeded; `name` is its SHA-256."""

    __tablename__ = "attempt"

    name: str = Field(primary_key=True)
    count: int
    last_at: int = Field(index=True)
    blocked_until: int


class AccessRow(SQLModel, table=True):
    """Who asked for what, about whom and for which purpose. Lines are only ever added.

    No account means the console of the machine; no round, that it was about none; an empty `about`, that it
    was about everybody of the round.
    """

    __tablename__ = "access"

    number: int | None = Field(default=None, primary_key=True)
    at: int
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    operation: str
    round_id: str | None = None
    about: str = Field(index=True)
    purpose: str


class ReleaseRow(SQLModel, table=True):
    """Which result the applicants of a round see: that of the last row, and none without a job."""

    __tablename__ = "release"

    number: int | None = Field(default=None, primary_key=True)
    round_id: str = Field(foreign_key="round.id", index=True)
    job_id: str | None = Field(default=None, foreign_key="job.id")
    at: int
