"""The texts of a policy that is laid over others that were registered too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "policy_file",
        sa.Column("policy_id", sa.String(), sa.ForeignKey("policy.id"), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("content", sa.String(), nullable=False),
    )
    for change in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER policy_file_no_{change} BEFORE {change.upper()} ON policy_file "
            f"BEGIN SELECT RAISE(ABORT, 'policy_file is append-only'); END"
        )
