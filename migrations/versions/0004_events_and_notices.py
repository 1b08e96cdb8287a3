"""The log, and the queue of what people are told of it.

Nothing to carry over: the tables are new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNSETTLED = sa.text("state IN ('queued', 'sending', 'failed')")


def upgrade() -> None:
    _events()
    _notices()


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("sequence", NUMBER, sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("account_id", sa.String(36)),
        sa.Column("session_id", sa.String(36)),
        sa.Column("reason", sa.Text),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("ip", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_events"),
        sa.UniqueConstraint("id", name="uq_events_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_account_id_sequence", "events", ["account_id", "sequence"])


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36)),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("locale", sa.String(2), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.Column("cause", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_notices_event_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_notices_account_id"),
        sa.CheckConstraint("channel IN ('mail', 'in_app')", name="channel"),
        sa.CheckConstraint("locale IN ('ja', 'en')", name="locale"),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'dead')", name="state"
        ),
        sa.CheckConstraint("attempts >= 0", name="attempts"),
    )
    op.create_index(
        "ix_notices_due",
        "notices",
        ["priority", "next_try_at"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    op.create_index("ix_notices_recipient_id", "notices", ["recipient", "id"])


def downgrade() -> None:
    raise NotImplementedError("There is no way back; restore the backup taken before the release.")
