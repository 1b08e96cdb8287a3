"""The tester's clock and named clients; empty and unread in every other mode.

Nothing to carry over: the tables are new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "test_clock",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("offset_seconds", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_test_clock"),
        sa.CheckConstraint("id = 1", name="id"),
        sa.CheckConstraint("offset_seconds >= 0", name="offset_seconds"),
    )
    op.create_table(
        "test_clients",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("ip", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_test_clients"),
    )


def downgrade() -> None:
    raise NotImplementedError("There is no way back; restore the backup taken before the release.")
