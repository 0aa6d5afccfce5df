"""What each role may do. Every operation declares one permission; one that does not cannot be registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from storage.service_tables import Role

Permission = Literal[
    "anyone",
    "sign_in",
    "own_account",
    "own_result",
    "accounts",
    "rules",
    "submit",
    "results",
    "attested",
    "accesses",
]
OPEN: frozenset[Permission] = frozenset({"anyone", "sign_in"})
"""What is asked before anybody is signed in."""

WITH_ACCOUNT: frozenset[Permission] = frozenset(
    {"sign_in", "own_account", "own_result", "accounts", "attested", "accesses"}
)
"""What has no meaning where nobody signs in."""

ROLES: Mapping[Role, frozenset[Permission]] = {
    "administrator": frozenset({"own_account", "accounts"}),
    "officer": frozenset({"own_account", "rules", "submit", "results"}),
    "auditor": frozenset({"own_account", "rules", "results", "accesses"}),
    "department": frozenset({"own_account", "rules", "attested"}),
    "applicant": frozenset({"own_account", "own_result"}),
}

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
DECLARED = "__jifen_operation__"
PURPOSE = "Jifen-Purpose"
"""The header in which a request for personal data says why."""


@dataclass(frozen=True)
class Operation:
    """What an operation needs. A `personal` one shows people: it needs a purpose and leaves a line."""

    permission: Permission
    personal: bool = False
    page: bool = False

    @property
    def leaves_line(self) -> bool:
        """Whether it is written down who asked for it."""
        return self.personal or self.permission == "submit"


def requires(
    permission: Permission, *, personal: bool = False, page: bool = False
) -> Callable[[Endpoint], Endpoint]:
    """Declare what a handler needs; `page`: it answers with pages for people, not documents."""

    def declare(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, DECLARED, Operation(permission, personal, page))
        return endpoint

    return declare


def operation_of(endpoint: Callable[..., Any]) -> Operation:
    """What a handler declared.

    Raises:
        TypeError: it declared nothing.
    """
    operation = getattr(endpoint, DECLARED, None)
    if not isinstance(operation, Operation):
        raise TypeError(f"{getattr(endpoint, '__name__', endpoint)} declares no permission")
    return operation
