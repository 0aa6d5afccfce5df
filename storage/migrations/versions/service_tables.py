"""Policies, rounds, their tables, jobs and results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go to this revision."""
    _registered()
    _jobs()


def _registered() -> None:
    op.create_table(
        "policy",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("registered_at", sa.Integer(), nullable=False),
    )
    op.create_index("ix_policy_policy", "policy", ["policy"])
    op.create_table(
        "round",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("policy_id", sa.String(), sa.ForeignKey("policy.id"), nullable=False),
        sa.Column("settings", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("registered_at", sa.Integer(), nullable=False),
    )
    op.create_index("ix_round_policy_id", "round", ["policy_id"])
    op.create_index("ix_round_name", "round", ["name"])
    op.create_table(
        "round_table",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("round_id", sa.String(), sa.ForeignKey("round.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.Integer(), nullable=False),
    )
    op.create_index("ix_round_table_round_id", "round_table", ["round_id"])


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        sa.Column("round_id", sa.String(), sa.ForeignKey("round.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("options", sa.String(), nullable=False),
        sa.Column("inputs", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False, unique=True),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String()),
        sa.Column("leased_until", sa.Integer()),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("problems", sa.String(), nullable=False),
        sa.Column("submitted_at", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.Integer()),
        sa.Column("finished_at", sa.Integer()),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'done', 'refused', 'failed', 'cancelled')", "known_status"
        ),
        sa.CheckConstraint("(status = 'running') = (lease IS NOT NULL)", "running_is_leased"),
    )
    op.create_index("ix_job_round_id", "job", ["round_id"])
    op.create_index("ix_job_status", "job", ["status"])
    op.create_table(
        "result",
        sa.Column("job_id", sa.String(), sa.ForeignKey("job.id"), primary_key=True),
        sa.Column("folder", sa.String(), nullable=False, unique=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("result_digest", sa.String(), nullable=False),
        sa.Column("made_at", sa.Integer(), nullable=False),
    )
