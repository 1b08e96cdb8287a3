"""Accounts, what proves who stands behind them, and what they sign in with.

Nothing to carry over: this is the first one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _accounts()
    _identity_proofs()
    _passkeys()
    _codes()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("login_id", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("locale", sa.String(2), nullable=False),
        sa.Column("user_handle", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("roles", sa.String(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.CheckConstraint("locale IN ('ja', 'en')", name="locale"),
        sa.CheckConstraint("state IN ('open', 'frozen')", name="state"),
        sa.CheckConstraint(
            "roles IN ('', 'auditor', 'operator', 'auditor operator')", name="roles"
        ),
        sa.UniqueConstraint("login_id", name="uq_accounts_login_id"),
        sa.UniqueConstraint("email_key", name="uq_accounts_email_key"),
        sa.UniqueConstraint("user_handle", name="uq_accounts_user_handle"),
    )


def _identity_proofs() -> None:
    op.create_table(
        "identity_proofs",
        sa.Column("sequence", NUMBER, sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("evidence_digest", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_identity_proofs"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_identity_proofs_account_id"
        ),
        sa.CheckConstraint(
            "method IN ('simulated-id-card', 'simulated-ekyc', 'simulated-branch')", name="method"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_identity_proofs_account_id", "identity_proofs", ["account_id"])


def _passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("credential_id", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("algorithm", sa.Integer, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("backup_eligible", sa.Boolean, nullable=False),
        sa.Column("backed_up", sa.Boolean, nullable=False),
        sa.Column("aaguid", sa.String(36), nullable=False),
        sa.Column("transports", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT),
        sa.Column("removed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_passkeys_account_id"),
        sa.CheckConstraint("sign_count >= 0", name="sign_count"),
        sa.CheckConstraint("backup_eligible OR NOT backed_up", name="backed_up"),
        sa.UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
    )
    op.create_index("ix_passkeys_account_id", "passkeys", ["account_id"])


def _codes() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("account_id", "digest", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_recovery_codes_account_id"
        ),
    )
    op.create_table(
        "enrolment_codes",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("spent_at", MOMENT),
        sa.PrimaryKeyConstraint("account_id", name="pk_enrolment_codes"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_enrolment_codes_account_id"
        ),
        sa.CheckConstraint("tries >= 0", name="tries"),
    )
    op.create_index("ix_enrolment_codes_expires_at", "enrolment_codes", ["expires_at"])


def downgrade() -> None:
    raise NotImplementedError("There is no way back; restore the backup taken before the release.")
