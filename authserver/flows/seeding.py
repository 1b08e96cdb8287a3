"""Accounts that stand ready: for the demonstration (``demonstration``) and a tester's world.

Only ``authserver seed`` and test mode call this; production mode refuses both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from authserver.domain.account import Account, AccountState, Role
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.factor import Passkey
from authserver.domain.ids import AccountId, PasskeyId
from authserver.domain.mfa_exception import (
    CONSENT_VERSION,
    ExceptionReason,
    ExceptionState,
    MfaException,
)
from authserver.domain.password import normal_password
from authserver.domain.sign_up import IdentityClaim, IdentityMethod
from authserver.domain.totp import Totp
from authserver.flows.ports import Services
from authserver.flows.recording import Recorder
from authserver.flows.stores import Transaction

HOLDER, BIRTH_DATE = "ミホン ハナコ", date(1980, 1, 31)
"""Who a ready account belongs to, if nothing else is said; recovery asks for the same person."""
HERE = Client(ip="127.0.0.1", user_agent="", device="", place="", request_id="seed", browser=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyPasskey:
    """A passkey whose private key the tester holds."""

    credential_id: bytes
    public_key: bytes
    algorithm: int
    sign_count: int = 0
    backup_eligible: bool = False
    backed_up: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyAccount:
    """A mail-verified, identity-proved account, ``age`` old so that nothing counts as new."""

    login_id: str
    email: str
    display_name: str
    locale: str
    roles: frozenset[Role] = frozenset()
    passkeys: Sequence[ReadyPasskey] = field(default_factory=tuple)
    password: str = ""
    totp_secret: str = ""
    mfa_exception: bool = False
    phone: str = ""
    holder_name_kana: str = HOLDER
    birth_date: date = BIRTH_DATE
    age: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Seeded:
    account: Account
    passkeys: Sequence[Passkey]
    totp_secret: str = ""


class NoSuchPerson(Exception):
    """The simulated proofing service does not vouch for this name and date of birth."""


class Collision(Exception):
    """Login id, address or credential id is taken: nothing was written."""


def add_account(services: Services, now: datetime, ready: ReadyAccount) -> Seeded:
    """Write one ready account with its passkeys.

    Raises Collision or NoSuchPerson, and then nothing is written.
    """
    created = now - ready.age
    account = Account(
        id=AccountId(services.entropy.identifier(now)),
        login_id=ready.login_id,
        email=ready.email,
        display_name=ready.display_name,
        locale=ready.locale,
        user_handle=services.entropy.token(32),
        state=AccountState.OPEN,
        roles=ready.roles,
        created_at=created,
        phone=ready.phone,
    )
    claim = IdentityClaim(
        method=IdentityMethod.ID_CARD,
        full_name_kana=ready.holder_name_kana,
        birth_date=ready.birth_date,
    )
    identity = services.identity_proofing.prove(claim, now=created)
    if identity is None:
        raise NoSuchPerson
    spelled = normal_password(ready.password) or ""
    hashed = services.password_hasher.hash(spelled) if spelled else ""
    with services.database.transaction() as tx:
        if not tx.accounts.add(account):
            raise Collision(ready.login_id)
        tx.accounts.add_identity_proof(account.id, identity)
        passkeys = [_passkey(services, account, passkey, now) for passkey in ready.passkeys]
        for passkey in passkeys:
            if not tx.passkeys.add(passkey):
                raise Collision("credential_id")
        _add_alternative(services, tx, account, ready, hashed, now)
        pen = Recorder(services, tx, HERE, now)
        pen.event(EventKind.ACCOUNT_OPENED, account_id=account.id, details={"seeded": "yes"})
    return Seeded(account, passkeys, ready.totp_secret)


def _add_alternative(
    services: Services,
    tx: Transaction,
    account: Account,
    ready: ReadyAccount,
    hashed: str,
    now: datetime,
) -> None:
    """The factors of somebody who signs in without a passkey, as old as the account."""
    if hashed:
        tx.passwords.set(account.id, hashed, account.created_at)
    if ready.totp_secret:
        totp = Totp(
            id=services.entropy.identifier(now),
            account_id=account.id,
            label="",
            sealed_secret=services.sealer.seal(ready.totp_secret),
            last_step=0,
            created_at=account.created_at,
            confirmed_at=None,
            last_used_at=None,
        )
        tx.totps.add(totp)
        # No code was shown: the step before any that counts stands for it.
        tx.totps.confirm(account.id, totp.id, 1, account.created_at)
    if ready.mfa_exception:
        tx.mfa_exceptions.add(_granted(services, account, now))


def _granted(services: Services, account: Account, now: datetime) -> MfaException:
    return MfaException(
        id=services.entropy.identifier(now),
        account_id=account.id,
        reason=ExceptionReason.OTHER,
        consent_version=CONSENT_VERSION,
        state=ExceptionState.APPROVED,
        requested_at=account.created_at,
        decided_at=account.created_at,
        decided_by=None,
        effective_at=account.created_at,
        expires_at=now + services.policy.limits.exception_life,
    )


def _passkey(services: Services, account: Account, ready: ReadyPasskey, now: datetime) -> Passkey:
    return Passkey(
        id=PasskeyId(services.entropy.identifier(now)),
        account_id=account.id,
        credential_id=ready.credential_id,
        public_key=ready.public_key,
        algorithm=ready.algorithm,
        sign_count=ready.sign_count,
        backup_eligible=ready.backup_eligible,
        backed_up=ready.backed_up,
        aaguid="00000000-0000-0000-0000-000000000000",
        transports=("internal",),
        label=ready.label,
        created_at=account.created_at,
        last_used_at=None,
    )
