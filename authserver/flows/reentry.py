"""The way to a new passkey for an account that exists: opened by a code or by a recovery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from authserver.domain.account import Account
from authserver.domain.ids import SignUpId
from authserver.domain.sign_up import SignUp, SignUpStep
from authserver.flows.recording import Recorder
from authserver.flows.start_session import BROWSER_PREFIX, digest_of, new_token


@dataclass(frozen=True, slots=True)
class Way:
    """An open way. ``token`` is the browser's new name: whoever knew the old one has no part."""

    sign_up_id: SignUpId
    token: str


def open_way(pen: Recorder, account: Account, *, until: datetime) -> Way:
    """Let this browser, under a fresh name, enrol a passkey for the account; once, and so long."""
    token = BROWSER_PREFIX + new_token(pen.services)
    way = Way(SignUpId(pen.services.entropy.identifier(pen.now)), token)
    pen.tx.sign_ups.put(
        SignUp(
            id=way.sign_up_id,
            browser=digest_of(token),
            step=SignUpStep.ENROL_PASSKEY,
            login_id=account.login_id,
            email=account.email,
            display_name=account.display_name,
            locale=account.locale,
            user_handle=account.user_handle,
            code_digest=b"",
            code_tries=0,
            code_expires_at=pen.now,
            expires_at=until,
            account_id=account.id,
        )
    )
    return way
