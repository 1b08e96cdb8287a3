"""Every table, as the newest migration leaves it (a test compares the two on both databases).

Vocabularies that are complete by nature (states, steps, channels) are held by CHECKs. Kinds of
events and actions are not: they grow with every feature, and a growing CHECK would mean rewriting
the log. Nothing here refers to ``events`` as a parent but notices, and the log refers to nothing,
so that it outlives what it tells of.

Longer than our modules are, for it is one map: who reads a foreign key wants to see both ends.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from authserver.adapters.database.types import Id, Json, Moment
from authserver.domain.account import LOCALES, AccountState
from authserver.domain.assurance import FactorKind
from authserver.domain.guessing import Path
from authserver.domain.mfa_exception import ExceptionReason, ExceptionState
from authserver.domain.notice import Channel, NoticeState
from authserver.domain.recovery import RecoveryStep
from authserver.domain.sign_up import IdentityMethod, SignUpStep
from authserver.domain.step_up import StepUpState

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _one_of(column: str, words: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(str(w)) for w in words)})", name=column)


def _not_negative(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} >= 0", name=column)


def _counted() -> Column[int]:
    """A number that the database gives, ascending; never given twice on SQLite either."""
    number = BigInteger().with_variant(Integer(), "sqlite")
    return Column("sequence", number, Identity(always=True), primary_key=True)


def _account(*, nullable: bool = False) -> Column[str]:
    return Column("account_id", Id, ForeignKey("accounts.id"), nullable=nullable)


accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("login_id", Text, nullable=False, unique=True),
    Column("email", Text, nullable=False),
    # The casefolded address: two accounts cannot differ by capitals only, whatever a host thinks.
    Column("email_key", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("locale", String(2), nullable=False),
    Column("user_handle", LargeBinary, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    # At most two words, read with every session: a column costs no join.
    Column("roles", String(32), nullable=False),
    Column("created_at", Moment, nullable=False),
    # E.164, or empty where none is known.
    Column("phone", Text, nullable=False, server_default=""),
    _one_of("locale", LOCALES),
    _one_of("state", AccountState),
    _one_of("roles", ("", "auditor", "operator", "auditor operator")),
)

identity_proofs = Table(
    "identity_proofs",
    metadata,
    _counted(),
    _account(),
    Column("method", String(32), nullable=False),
    Column("level", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("evidence_digest", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "account_id"),
    _one_of("method", IdentityMethod),
    sqlite_autoincrement=True,
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Id, primary_key=True),
    _account(),
    # Unique over removed ones too: a credential id never changes hands.
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("algorithm", Integer, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("backup_eligible", Boolean, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("aaguid", Id, nullable=False),
    Column("transports", Json, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("removed_at", Moment),
    Index(None, "account_id"),
    _not_negative("sign_count"),
    CheckConstraint("backup_eligible OR NOT backed_up", name="backed_up"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("used_at", Moment),
)

enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("spent_at", Moment),
    Index(None, "expires_at"),
    _not_negative("tries"),
)

passwords = Table(
    "passwords",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("hashed", Text, nullable=False),
    # Of the password, not of its hash: a stronger hash of the same password leaves it.
    Column("set_at", Moment, nullable=False),
)

totps = Table(
    "totps",
    metadata,
    Column("id", Id, primary_key=True),
    _account(),
    Column("label", Text, nullable=False),
    # Empty once it is removed: nobody needs the secret of an app that counts for nothing.
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("last_used_at", Moment),
    Column("removed_at", Moment),
    Index(None, "account_id"),
    _not_negative("last_step"),
)

OF_NOBODY = text("substr(owner, 1, 1) = '?'")
"""Counters of login ids that no account has; in the words of the index, or it is not used."""

guesses = Table(
    "guesses",
    metadata,
    # An account's id or "?" and a digest; hence no foreign key.
    Column("owner", String(64), primary_key=True),
    Column("path", String(16), primary_key=True),
    Column("consecutive", Integer, nullable=False),
    Column("locked_until", Moment),
    Column("last_try_at", Moment, nullable=False),
    # Only what may be thrown away: an account's tries never touch this index.
    Index(
        "ix_guesses_of_nobody", "last_try_at", sqlite_where=OF_NOBODY, postgresql_where=OF_NOBODY
    ),
    _one_of("path", Path),
    _not_negative("consecutive"),
    sqlite_with_rowid=False,
)

unfinished_sign_ins = Table(
    "unfinished_sign_ins",
    metadata,
    Column("browser", LargeBinary, primary_key=True),
    _account(),
    Column("shown_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
    sqlite_with_rowid=False,
)

mail_codes = Table(
    "mail_codes",
    metadata,
    Column("browser", LargeBinary, primary_key=True),
    _account(),
    Column("digest", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
    _not_negative("tries"),
    sqlite_with_rowid=False,
)

REQUESTED = text("state = 'requested'")
"""Of exceptions; in the words of the index, which a conflict has to name."""

mfa_exceptions = Table(
    "mfa_exceptions",
    metadata,
    Column("id", Id, primary_key=True),
    _account(),
    Column("reason", String(16), nullable=False),
    Column("consent_version", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", Id, ForeignKey("accounts.id")),
    Column("effective_at", Moment),
    Column("expires_at", Moment),
    Index(None, "account_id", "requested_at"),
    Index(None, "state", "requested_at"),
    Index(
        "ix_mfa_exceptions_requested",
        "account_id",
        unique=True,
        sqlite_where=REQUESTED,
        postgresql_where=REQUESTED,
    ),
    _one_of("reason", ExceptionReason),
    _one_of("state", ExceptionState),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Id, primary_key=True),
    _account(),
    Column("token_digest", LargeBinary, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("idle_expires_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("device", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("ended_at", Moment),
    Index(None, "account_id", "created_at"),
)

# A proof is its own key: the same one stored twice is one. The key keeps a session's proofs
# together and in their order.
session_proofs = Table(
    "session_proofs",
    metadata,
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("factor", String(16), primary_key=True),
    Column("factor_id", Text, primary_key=True),
    Column("user_verified", Boolean, nullable=False),
    Column("phishing_resistant", Boolean, nullable=False),
    _one_of("factor", FactorKind),
    sqlite_with_rowid=False,
)

sign_ups = Table(
    "sign_ups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("browser", LargeBinary, nullable=False, unique=True),
    Column("step", String(16), nullable=False),
    Column("login_id", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("locale", String(2), nullable=False),
    Column("user_handle", LargeBinary, nullable=False),
    Column("code_digest", LargeBinary, nullable=False),
    Column("code_tries", Integer, nullable=False),
    Column("code_expires_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    _account(nullable=True),
    # What the proofing service answered, until the account exists and takes it over.
    Column("identity_method", String(32)),
    Column("identity_level", Text),
    Column("identity_simulated", Boolean),
    Column("identity_evidence_digest", Text),
    Column("identity_at", Moment),
    Index(None, "expires_at"),
    _one_of("step", SignUpStep),
    _one_of("locale", LOCALES),
    _not_negative("code_tries"),
    _one_of("identity_method", IdentityMethod),
)

recoveries = Table(
    "recoveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("browser", LargeBinary, nullable=False),
    # Whose tries are counted: an account's id or "?" and a digest; hence no foreign key.
    Column("owner", String(64), nullable=False),
    _account(nullable=True),
    Column("step", String(16), nullable=False),
    Column("code_digest", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("code_expires_at", Moment, nullable=False),
    Column("stop_digest", LargeBinary, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    # The sign-up through which the new passkey comes; it is gone when this row is still needed.
    Column("sign_up_id", Id),
    Column("passkey_id", Id, ForeignKey("passkeys.id")),
    Column("hold_until", Moment),
    Column("stopped_at", Moment),
    Index(None, "browser", "id"),
    Index(None, "account_id", "id"),
    Index(None, "sign_up_id", unique=True),
    Index(None, "expires_at"),
    _one_of("step", RecoveryStep),
    _not_negative("tries"),
)

step_ups = Table(
    "step_ups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("session_id", Id, ForeignKey("sessions.id"), nullable=False),
    _account(),
    Column("action", String(40), nullable=False),
    Column("subject", Json, nullable=False),
    Column("subject_digest", LargeBinary, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("satisfied_at", Moment),
    Column("spent_at", Moment),
    Column("cancelled_at", Moment),
    Index(None, "session_id"),
    Index(None, "expires_at"),
    CheckConstraint("level BETWEEN 0 AND 3", name="level"),
    _one_of("state", StepUpState),
)

spent_ceremonies = Table(
    "spent_ceremonies",
    metadata,
    Column("id", Id, primary_key=True),
    Column("expires_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

throttles = Table(
    "throttles",
    metadata,
    Column("bucket", Text, primary_key=True),
    Column("starts_at", Moment, primary_key=True),
    Column("ends_at", Moment, nullable=False),
    Column("hits", Integer, nullable=False),
    Index(None, "ends_at"),
    CheckConstraint("hits > 0", name="hits"),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    _counted(),
    Column("id", Id, nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("account_id", Id),
    Column("session_id", Id),
    Column("reason", Text),
    Column("details", Json, nullable=False),
    Column("ip", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Index(None, "account_id", "sequence"),
    sqlite_autoincrement=True,
)

notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("event_id", Id, ForeignKey("events.id"), nullable=False),
    _account(nullable=True),
    Column("kind", Text, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("locale", String(2), nullable=False),
    Column("at", Moment, nullable=False),
    Column("facts", Json, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("cause", Text, nullable=False),
    # Only what still has to go out: settled notices leave this index and never slow the queue.
    Index(
        "ix_notices_due",
        "priority",
        "next_try_at",
        sqlite_where=text("state IN ('queued', 'sending', 'failed')"),
        postgresql_where=text("state IN ('queued', 'sending', 'failed')"),
    ),
    Index(None, "recipient", "id"),
    _one_of("channel", Channel),
    _one_of("locale", LOCALES),
    _one_of("state", NoticeState),
    _not_negative("attempts"),
)

test_clock = Table(
    "test_clock",
    metadata,
    # One row; nothing reads it outside test mode.
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("offset_seconds", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="id"),
    _not_negative("offset_seconds"),
)

test_clients = Table(
    "test_clients",
    metadata,
    Column("name", Text, primary_key=True),
    Column("ip", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
)
