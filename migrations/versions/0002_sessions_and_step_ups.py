"""Sessions with their proofs, the approvals asked for in them, and ceremonies that are spent.

Nothing to carry over: the tables are new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    _sessions()
    _step_ups()
    _spent_ceremonies()


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("token_digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("idle_expires_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sessions_account_id"),
        sa.UniqueConstraint("token_digest", name="uq_sessions_token_digest"),
    )
    op.create_index("ix_sessions_account_id_created_at", "sessions", ["account_id", "created_at"])
    op.create_table(
        "session_proofs",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("factor", sa.String(16), nullable=False),
        sa.Column("factor_id", sa.Text, nullable=False),
        sa.Column("user_verified", sa.Boolean, nullable=False),
        sa.Column("phishing_resistant", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint(
            "session_id", "at", "factor", "factor_id", name="pk_session_proofs"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_session_proofs_session_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "factor IN ('passkey', 'password', 'totp', 'recovery_code', 'email_code')",
            name="factor",
        ),
        sqlite_with_rowid=False,
    )


def _step_ups() -> None:
    op.create_table(
        "step_ups",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("subject_digest", sa.LargeBinary, nullable=False),
        sa.Column("level", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("satisfied_at", MOMENT),
        sa.Column("spent_at", MOMENT),
        sa.Column("cancelled_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_step_ups"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_step_ups_session_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_step_ups_account_id"),
        sa.CheckConstraint("level BETWEEN 0 AND 3", name="level"),
        sa.CheckConstraint(
            "state IN ('requested', 'satisfied', 'spent', 'cancelled')", name="state"
        ),
    )
    op.create_index("ix_step_ups_session_id", "step_ups", ["session_id"])
    op.create_index("ix_step_ups_expires_at", "step_ups", ["expires_at"])


def _spent_ceremonies() -> None:
    op.create_table(
        "spent_ceremonies",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_spent_ceremonies"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError("There is no way back; restore the backup taken before the release.")
