"""Accounts, sessions, attempts to sign in, who asked for what, and which results applicants see."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEPT = {"account": ("delete",), "access": ("update", "delete"), "release": ("update", "delete")}
ROLES = "'administrator', 'officer', 'auditor', 'department', 'applicant'"


def upgrade() -> None:
    """Go to this revision."""
    _accounts()
    _signed_in()
    _lines()
    for table, changes in KEPT.items():
        for change in changes:
            op.execute(
                f"CREATE TRIGGER {table}_no_{change} BEFORE {change.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("department", sa.String()),
        sa.Column("round_id", sa.String(), sa.ForeignKey("round.id")),
        sa.Column("candidate", sa.String()),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("one_time", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.Integer()),
        sa.CheckConstraint(f"role IN ({ROLES})", "known_role"),
        sa.CheckConstraint("(role = 'department') = (department IS NOT NULL)", "department_is_named"),
        sa.CheckConstraint(
            "(role = 'applicant') = (round_id IS NOT NULL AND candidate IS NOT NULL)", "applicant_is_bound"
        ),
    )


def _signed_in() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("ends_at", sa.Integer(), nullable=False),
    )
    op.create_index("ix_session_account_id", "session", ["account_id"])
    op.create_index("ix_session_ends_at", "session", ["ends_at"])
    op.create_table(
        "attempt",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.Integer(), nullable=False),
    )
    op.create_index("ix_attempt_last_at", "attempt", ["last_at"])


def _lines() -> None:
    op.create_table(
        "access",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id")),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("round_id", sa.String()),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
    )
    op.create_index("ix_access_account_id", "access", ["account_id"])
    op.create_index("ix_access_about", "access", ["about"])
    op.create_table(
        "release",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("round_id", sa.String(), sa.ForeignKey("round.id"), nullable=False),
        sa.Column("job_id", sa.String(), sa.ForeignKey("job.id")),
        sa.Column("at", sa.Integer(), nullable=False),
    )
    op.create_index("ix_release_round_id", "release", ["round_id"])
