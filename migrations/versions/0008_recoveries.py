"""Recovery after every factor was lost, and telephones as a further channel.

Accounts get a telephone (none so far). Two closed vocabularies grow by a word; nothing stored
changes by that.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
TABLE = "recoveries"
PATHS = ("password", "second_factor", "email_code")
CHANNELS = ("mail", "in_app")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(map(repr, words))})"


def _widen(table: str, column: str, words: tuple[str, ...], new: str) -> None:
    """Let a CHECK allow one more word.

    SQLite has no statement for that; its manual ("Making Other Kinds Of Table Schema Changes")
    gives this way for changes that leave the rows as they are, which spares copying every notice.
    """
    before, after = _one_of(column, words), _one_of(column, (*words, new))
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(column, table, type_="check")
        op.create_check_constraint(column, table, after)
        return
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = bind.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) "
        "WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
        (before, after, table, before),
    ).rowcount
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
    if changed != 1:
        raise RuntimeError(f"{table} has no CHECK as migration 0007 leaves it")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("phone", sa.Text, nullable=False, server_default=""))
    _widen("guesses", "path", PATHS, "recovery")
    _widen("notices", "channel", CHANNELS, "sms")
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("browser", sa.LargeBinary, nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(36)),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("code_digest", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("code_expires_at", MOMENT, nullable=False),
        sa.Column("stop_digest", sa.LargeBinary, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sign_up_id", sa.String(36)),
        sa.Column("passkey_id", sa.String(36)),
        sa.Column("hold_until", MOMENT),
        sa.Column("stopped_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_recoveries"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_recoveries_account_id"),
        sa.ForeignKeyConstraint(["passkey_id"], ["passkeys.id"], name="fk_recoveries_passkey_id"),
        sa.CheckConstraint(
            "step IN ('give_email_code', 'prove', 'enrol_passkey', 'done', 'stopped')", name="step"
        ),
        sa.CheckConstraint("tries >= 0", name="tries"),
    )
    op.create_index("ix_recoveries_browser_id", TABLE, ["browser", "id"])
    op.create_index("ix_recoveries_account_id_id", TABLE, ["account_id", "id"])
    op.create_index("ix_recoveries_sign_up_id", TABLE, ["sign_up_id"], unique=True)
    op.create_index("ix_recoveries_expires_at", TABLE, ["expires_at"])


def downgrade() -> None:
    raise NotImplementedError("There is no way back; restore the backup taken before the release.")
