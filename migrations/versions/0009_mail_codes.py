"""Codes that are mailed for a sign-in, where the policy permits this factor.

Nothing to carry over: the table is new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mail_codes",
        sa.Column("browser", sa.LargeBinary, nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("browser", name="pk_mail_codes"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_mail_codes_account_id"),
        sa.CheckConstraint("tries >= 0", name="tries"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mail_codes_expires_at", "mail_codes", ["expires_at"])


def downgrade() -> None:
    raise NotImplementedError("There is no way back; restore the backup taken before the release.")
