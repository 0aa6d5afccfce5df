"""What goes in and out about accounts, sessions, releases and who asked for what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from api.service.models import DIGEST, EXAMPLE_ID, EXAMPLE_JOB, PageQuery, Request, TitleOut, example
from storage.service_tables import Role

Password = Annotated[SecretStr, Field(strict=False, min_length=1, max_length=1000)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
ACCOUNT = {
    "name": "ZS15-003856",
    "title": "ZS15-003856",
    "role": "applicant",
    "department": None,
    "round": EXAMPLE_ID,
    "candidate": "ZS15-003856",
    "password_to_change": False,
    "made_at": "2026-01-05T08:30:00Z",
    "closed_at": None,
}
LINE = {
    "number": 1,
    "at": "2026-01-05T08:40:00Z",
    "account": "wang",
    "operation": "get_explanation",
    "round": EXAMPLE_ID,
    "about": "ZS15-003856",
    "purpose": "objection 17",
}


class SignInRequest(Request):
    """Name and password of an account."""

    name: Name
    password: Password


class PasswordRequest(Request):
    """One's own old password and the new one."""

    old: Password
    new: Password


class AccountRequest(Request):
    """An account to be made. `department` only for that role; `round` and `candidate` only for applicants."""

    name: Name
    title: str = Field(min_length=1, max_length=200)
    role: Role
    department: str | None = Field(None, min_length=1, max_length=200)
    round: str | None = Field(None, pattern=DIGEST)
    candidate: str | None = Field(None, min_length=1, max_length=200)


class AccountOut(BaseModel):
    """An account. With `password_to_change` it can do nothing but replace its password."""

    model_config = example(**ACCOUNT)

    name: str
    title: str
    role: Role
    department: str | None
    round: str | None
    candidate: str | None
    password_to_change: bool
    made_at: datetime
    closed_at: datetime | None


class SessionOut(BaseModel):
    """A session: the token to send as `Authorization: Bearer …` until it ends. It is told once."""

    model_config = example(token="…", ends_at="2026-01-05T16:30:00Z", account=ACCOUNT)

    token: str
    ends_at: datetime
    account: AccountOut


class OneTimeOut(BaseModel):
    """An account and the password with which its owner signs in to choose another. It is told once."""

    model_config = example(account=ACCOUNT, password="xcgp-4vgn-y9q3-wnb6")

    account: AccountOut
    password: str


class AccountPage(BaseModel):
    """Some accounts, in the order in which they were made, and how many there are."""

    model_config = example(total=1, rows=[ACCOUNT])

    total: int
    rows: list[AccountOut]


class LineQuery(PageQuery):
    """Which lines: all, or about somebody (an application number, a file, an account), or of an account."""

    about: str | None = Field(None, max_length=200)
    account: str | None = Field(None, max_length=100)


class LineOut(BaseModel):
    """Who asked for what. No account: at the console. An empty `about`: about everybody of the round."""

    number: int
    at: datetime
    account: str | None
    operation: str
    round: str | None
    about: str
    purpose: str


class LinePage(BaseModel):
    """Some lines, the oldest first, and how many there are."""

    model_config = example(total=1, rows=[LINE])

    total: int
    rows: list[LineOut]


class ReleaseRequest(Request):
    """The job whose result the applicants of the round shall see."""

    job: str = Field(pattern=r"^[0-9a-f]{32}$")


class ReleaseOut(BaseModel):
    """Which result the applicants of the round see, since when."""

    model_config = example(job=EXAMPLE_JOB, released_at="2026-01-05T09:00:00Z")

    job: str
    released_at: datetime


class AttestedFact(BaseModel):
    """A fact by its name and titles; `value` is null if it is not known."""

    name: str
    title: TitleOut
    value: TitleOut | None


class AttestedOut(BaseModel):
    """What the department attests of the candidate, or of a subject if one is named."""

    model_config = example(
        of="subject",
        subject="P-1",
        facts=[
            {
                "name": "permit_months",
                "title": {"zh": "居住证月数", "en": "months with a permit"},
                "value": {"zh": "61", "en": "61"},
            }
        ],
    )

    of: Literal["candidate", "subject"]
    subject: str | None
    facts: list[AttestedFact]
