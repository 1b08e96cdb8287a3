"""The demonstration's accounts, one for each way to meet the server."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from authserver.domain.account import Role
from authserver.domain.ids import to_base64url
from authserver.flows import enrolment_codes
from authserver.flows.ports import Services
from authserver.flows.recording import Recorder
from authserver.flows.seeding import HERE, ReadyAccount, add_account

DEMONSTRATION = (
    ReadyAccount(login_id="demo", email="demo@example.test", display_name="demo", locale="ja"),
    ReadyAccount(
        login_id="operator-1",
        email="operator-1@example.test",
        display_name="operator-1",
        locale="ja",
        roles=frozenset({Role.OPERATOR}),
    ),
    ReadyAccount(
        login_id="auditor",
        email="auditor@example.test",
        display_name="auditor",
        locale="en",
        roles=frozenset({Role.AUDITOR}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutPasskey:
    """The demonstration's account that lives by the exception, and what opens it."""

    login_id: str
    password: str
    totp_secret: str


def without_passkey(services: Services) -> WithoutPasskey:
    """``demo-totp``: its secrets follow from this installation's own key, so that they are another
    on every machine, the same at every start, and nowhere written down."""
    seed = services.digests.of_name("demonstration", "demo-totp")
    password = "-".join(to_base64url(seed[at : at + 3]) for at in (0, 3, 6, 9))
    secret = base64.b32encode(seed[12:32]).decode("ascii")
    return WithoutPasskey(login_id="demo-totp", password=password, totp_secret=secret)


def _demonstration(services: Services) -> Sequence[ReadyAccount]:
    other = without_passkey(services)
    totp = ReadyAccount(
        login_id=other.login_id,
        email="demo-totp@example.test",
        display_name=other.login_id,
        locale="ja",
        password=other.password,
        totp_secret=other.totp_secret,
        mfa_exception=True,
    )
    return (*DEMONSTRATION, totp)


def seed_demonstration(services: Services, now: datetime) -> dict[str, str]:
    """Make the demonstration's accounts if they are missing.

    Gives a fresh enrolment code for each that has no passkey yet, but for the one that is to do
    without: seeding twice changes nothing for an account that somebody already enrolled.
    """
    codes: dict[str, str] = {}
    for ready in _demonstration(services):
        with services.database.snapshot() as tx:
            account = tx.accounts.by_login_id(ready.login_id)
        if account is None:
            account = add_account(services, now, ready).account
        with services.database.transaction() as tx:
            if not ready.mfa_exception and not tx.passkeys.of_account(account.id):
                pen = Recorder(services, tx, HERE, now)
                codes[ready.login_id] = enrolment_codes.issue(pen, account.id)
    return codes
