"""Sessions with their proofs; whoever ended one first has ended it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, tuple_, update

from authserver.adapters.database.accounts import ACCOUNT_COLUMNS, account_of
from authserver.adapters.database.rows import Rows, on_both
from authserver.adapters.database.schema import accounts, session_proofs, sessions
from authserver.domain.assurance import FactorKind, Proof
from authserver.domain.ids import AccountId, SessionId
from authserver.domain.session import LastSignIn, Session, SignedIn

_SESSION = (
    sessions.c.id,
    sessions.c.account_id,
    sessions.c.token_digest,
    sessions.c.created_at,
    sessions.c.last_seen_at,
    sessions.c.idle_expires_at,
    sessions.c.expires_at,
    sessions.c.device,
    sessions.c.place,
)
_PROOF = (
    session_proofs.c.factor,
    session_proofs.c.factor_id,
    session_proofs.c.at,
    session_proofs.c.user_verified,
    session_proofs.c.phishing_resistant,
)
_IN_ORDER = (session_proofs.c.at, session_proofs.c.factor, session_proofs.c.factor_id)
_PROOF_AT = len(_SESSION)
_ACCOUNT_AT = len(_SESSION) + len(_PROOF)

_ADD = insert(sessions).inline()
_ADD_PROOF = on_both(lambda insert: insert(session_proofs).on_conflict_do_nothing())
# One statement, one row per proof: session, proofs and account are of one moment.
_BY_TOKEN = (
    select(*_SESSION, *_PROOF, *ACCOUNT_COLUMNS)
    .select_from(sessions.join(accounts).outerjoin(session_proofs))
    .where(sessions.c.token_digest == bindparam("token_digest"), sessions.c.ended_at.is_(None))
    .order_by(*_IN_ORDER)
)
_ALIVE = and_(
    sessions.c.ended_at.is_(None),
    sessions.c.idle_expires_at > bindparam("at"),
    sessions.c.expires_at > bindparam("at"),
)
_OF_ACCOUNT = (
    select(*_SESSION, *_PROOF)
    .select_from(sessions.outerjoin(session_proofs))
    .where(sessions.c.account_id == bindparam("owner"), _ALIVE)
    .order_by(sessions.c.created_at.desc(), sessions.c.id.desc(), *_IN_ORDER)
)
# A slower request of the same browser must not set the last use back.
_TOUCH = (
    update(sessions)
    .where(
        sessions.c.id == bindparam("the_id"),
        sessions.c.ended_at.is_(None),
        sessions.c.last_seen_at < bindparam("at"),
    )
    .values(last_seen_at=bindparam("at"), idle_expires_at=bindparam("until"))
)
_ROTATE = (
    update(sessions)
    .where(
        sessions.c.id == bindparam("the_id"),
        sessions.c.token_digest == bindparam("expected"),
        sessions.c.ended_at.is_(None),
    )
    .values(token_digest=bindparam("new"))
)
_NEWEST = (
    select(sessions.c.created_at, sessions.c.place, sessions.c.device)
    .where(sessions.c.account_id == bindparam("owner"))
    .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
    .limit(1)
)
_that = sessions.alias("that")
_NEWEST_BEFORE = _NEWEST.where(
    tuple_(sessions.c.created_at, sessions.c.id)
    < select(_that.c.created_at, _that.c.id)
    .where(_that.c.id == bindparam("that"))
    .scalar_subquery()
)
_END = (
    update(sessions)
    .where(
        sessions.c.id == bindparam("the_id"),
        sessions.c.account_id == bindparam("owner"),
        sessions.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at"))
)
# Expired ones are ended too, lest a late touch revive one, but only the living are counted.
_END_OTHERS = (
    update(sessions)
    .where(
        sessions.c.account_id == bindparam("owner"),
        sessions.c.id != bindparam("keep"),
        sessions.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at"))
    .returning(sessions.c.idle_expires_at, sessions.c.expires_at)
)


def _session_of(rows: Sequence[Sequence[Any]]) -> Session:
    """The session in rows of ``_SESSION`` and ``_PROOF``, one per proof."""
    first = rows[0]
    return Session(
        id=first[0],
        account_id=first[1],
        token_digest=first[2],
        created_at=first[3],
        last_seen_at=first[4],
        idle_expires_at=first[5],
        expires_at=first[6],
        device=first[7],
        place=first[8],
        proofs=tuple(_proofs_of(row[_PROOF_AT:_ACCOUNT_AT] for row in rows)),
    )


def _proofs_of(rows: Iterable[Sequence[Any]]) -> Iterable[Proof]:
    for factor, factor_id, at, user_verified, phishing_resistant in rows:
        if factor is not None:
            yield Proof(
                factor=FactorKind(factor),
                factor_id=factor_id,
                at=at,
                user_verified=user_verified,
                phishing_resistant=phishing_resistant,
            )


class SessionRows(Rows):
    """Fulfils ``flows.stores.Sessions``."""

    __slots__ = ()

    def add(self, session: Session) -> None:
        row = {column.key: getattr(session, column.key) for column in _SESSION}
        self._connection.execute(_ADD, row)
        if session.proofs:
            rows = [_proof_row(session.id, proof) for proof in session.proofs]
            self._connection.execute(self._here(_ADD_PROOF), rows[0] if len(rows) == 1 else rows)

    def by_token(self, token_digest: bytes) -> SignedIn | None:
        rows = self._connection.execute(_BY_TOKEN, {"token_digest": token_digest}).all()
        return SignedIn(_session_of(rows), account_of(rows[0][_ACCOUNT_AT:])) if rows else None

    def touch(self, session_id: SessionId, at: datetime, idle_expires_at: datetime) -> None:
        self._connection.execute(_TOUCH, {"the_id": session_id, "at": at, "until": idle_expires_at})

    def add_proof(self, session_id: SessionId, proof: Proof) -> None:
        self._connection.execute(self._here(_ADD_PROOF), _proof_row(session_id, proof))

    def rotate(self, session_id: SessionId, *, expected: bytes, token_digest: bytes) -> bool:
        parameters = {"the_id": session_id, "expected": expected, "new": token_digest}
        return self._changed(_ROTATE, parameters) == 1

    def of_account(self, account_id: AccountId, now: datetime) -> Sequence[Session]:
        rows = self._connection.execute(_OF_ACCOUNT, {"owner": account_id, "at": now})
        return [_session_of(list(group)) for _, group in groupby(rows, key=lambda row: row[0])]

    def last_sign_in(self, account_id: AccountId, before: SessionId | None) -> LastSignIn | None:
        """The newest session, or the newest one older than ``before``; ended ones count."""
        if before is None:
            row = self._connection.execute(_NEWEST, {"owner": account_id}).first()
        else:
            parameters = {"owner": account_id, "that": before}
            row = self._connection.execute(_NEWEST_BEFORE, parameters).first()
        return None if row is None else LastSignIn(at=row[0], place=row[1], device=row[2])

    def end(self, account_id: AccountId, session_id: SessionId, at: datetime) -> bool:
        parameters = {"the_id": session_id, "owner": account_id, "at": at}
        return self._changed(_END, parameters) == 1

    def end_others(self, account_id: AccountId, keep: SessionId | None, at: datetime) -> int:
        """How many living sessions ended, that is such as neither limit had ended before."""
        parameters = {"owner": account_id, "keep": keep or "", "at": at}
        ended = self._connection.execute(_END_OTHERS, parameters)
        return sum(at < idle and at < absolute for idle, absolute in ended)


def _proof_row(session_id: SessionId, proof: Proof) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "factor": proof.factor.value,
        "factor_id": proof.factor_id,
        "at": proof.at,
        "user_verified": proof.user_verified,
        "phishing_resistant": proof.phishing_resistant,
    }
