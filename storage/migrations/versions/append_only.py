"""What was registered, uploaded or decided is never changed or deleted, not even by hand."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

KEPT = ("policy", "round", "round_table", "result")


def upgrade() -> None:
    """Go to this revision."""
    for table in KEPT:
        for change in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change} BEFORE {change.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
