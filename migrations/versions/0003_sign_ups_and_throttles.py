"""Accounts that are being opened, and the counters that keep floods out.

Nothing to carry over: the tables are new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    _sign_ups()
    _throttles()


def _sign_ups() -> None:
    op.create_table(
        "sign_ups",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("browser", sa.LargeBinary, nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("login_id", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("locale", sa.String(2), nullable=False),
        sa.Column("user_handle", sa.LargeBinary, nullable=False),
        sa.Column("code_digest", sa.LargeBinary, nullable=False),
        sa.Column("code_tries", sa.Integer, nullable=False),
        sa.Column("code_expires_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("account_id", sa.String(36)),
        *_identity(),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ups"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sign_ups_account_id"),
        sa.CheckConstraint(
            "step IN ('verify_email', 'prove_identity', 'enrol_passkey', 'done')", name="step"
        ),
        sa.CheckConstraint("locale IN ('ja', 'en')", name="locale"),
        sa.CheckConstraint("code_tries >= 0", name="code_tries"),
        sa.CheckConstraint(
            "identity_method IN ('simulated-id-card', 'simulated-ekyc', 'simulated-branch')",
            name="identity_method",
        ),
        sa.UniqueConstraint("browser", name="uq_sign_ups_browser"),
    )
    op.create_index("ix_sign_ups_expires_at", "sign_ups", ["expires_at"])


def _identity() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("identity_method", sa.String(32)),
        sa.Column("identity_level", sa.Text),
        sa.Column("identity_simulated", sa.Boolean),
        sa.Column("identity_evidence_digest", sa.Text),
        sa.Column("identity_at", MOMENT),
    )


def _throttles() -> None:
    op.create_table(
        "throttles",
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("hits", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("bucket", "starts_at", name="pk_throttles"),
        sa.CheckConstraint("hits > 0", name="hits"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_throttles_ends_at", "throttles", ["ends_at"])


def downgrade() -> None:
    raise NotImplementedError("There is no way back; restore the backup taken before the release.")
