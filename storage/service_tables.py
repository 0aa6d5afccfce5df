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
        CheckConstraint(f"status IN ({', '.join(repr(status) for status in STATUSES)})", "known_status"),
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
