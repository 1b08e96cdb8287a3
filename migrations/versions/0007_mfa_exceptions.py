"""Exceptions for people who cannot use a passkey; an account has one open request at most.

Nothing to carry over: the table is new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
REQUESTED = sa.text("state = 'requested'")
TABLE = "mfa_exceptions"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("consent_version", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.String(36)),
        sa.Column("effective_at", MOMENT),
        sa.Column("expires_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_mfa_exceptions"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_mfa_exceptions_account_id"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name="fk_mfa_exceptions_decided_by"
        ),
        sa.CheckConstraint(
            "reason IN ('no_device', 'disability', 'assisted', 'other')", name="reason"
        ),
        sa.CheckConstraint("state IN ('requested', 'approved', 'rejected', 'ended')", name="state"),
    )
    op.create_index(
        "ix_mfa_exceptions_account_id_requested_at", TABLE, ["account_id", "requested_at"]
    )
    op.create_index("ix_mfa_exceptions_state_requested_at", TABLE, ["state", "requested_at"])
    op.create_index(
        "ix_mfa_exceptions_requested",
        TABLE,
        ["account_id"],
        unique=True,
        sqlite_where=REQUESTED,
        postgresql_where=REQUESTED,
    )


def downgrade() -> None:
    raise NotImplementedError("There is no way back; restore the backup taken before the release.")
