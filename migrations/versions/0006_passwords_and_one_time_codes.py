"""Passwords and authenticator apps, the counters of guesses, and sign-ins that are half done.

Nothing to carry over: the tables are new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
OF_NOBODY = sa.text("substr(owner, 1, 1) = '?'")


def upgrade() -> None:
    _passwords()
    _totps()
    _guesses()
    _unfinished_sign_ins()


def _passwords() -> None:
    op.create_table(
        "passwords",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("hashed", sa.Text, nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_passwords"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_passwords_account_id"),
    )


def _totps() -> None:
    op.create_table(
        "totps",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("last_used_at", MOMENT),
        sa.Column("removed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_totps"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_totps_account_id"),
        sa.CheckConstraint("last_step >= 0", name="last_step"),
    )
    op.create_index("ix_totps_account_id", "totps", ["account_id"])


def _guesses() -> None:
    op.create_table(
        "guesses",
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("path", sa.String(16), nullable=False),
        sa.Column("consecutive", sa.Integer, nullable=False),
        sa.Column("locked_until", MOMENT),
        sa.Column("last_try_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("owner", "path", name="pk_guesses"),
        sa.CheckConstraint("path IN ('password', 'second_factor', 'email_code')", name="path"),
        sa.CheckConstraint("consecutive >= 0", name="consecutive"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_guesses_of_nobody",
        "guesses",
        ["last_try_at"],
        sqlite_where=OF_NOBODY,
        postgresql_where=OF_NOBODY,
    )


def _unfinished_sign_ins() -> None:
    op.create_table(
        "unfinished_sign_ins",
        sa.Column("browser", sa.LargeBinary, nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("shown_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("browser", name="pk_unfinished_sign_ins"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_unfinished_sign_ins_account_id"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_unfinished_sign_ins_expires_at", "unfinished_sign_ins", ["expires_at"])


def downgrade() -> None:
    raise NotImplementedError("There is no way back; restore the backup taken before the release.")
