"""The way to a new passkey for an account that exists: opened by a code or by a recovery."""

from __future__ import annotations

from authserver.domain.account import Account
from authserver.domain.ids import SignUpId
from authserver.domain.sign_up import SignUp, SignUpStep
from authserver.flows.recording import Recorder


def open_way(pen: Recorder, account: Account) -> SignUpId:
    """Let this browser, and no other, enrol a passkey for the account; once, and for a while."""
    sign_up_id = SignUpId(pen.services.entropy.identifier(pen.now))
    pen.tx.sign_ups.put(
        SignUp(
            id=sign_up_id,
            browser=pen.client.browser,
            step=SignUpStep.ENROL_PASSKEY,
            login_id=account.login_id,
            email=account.email,
            display_name=account.display_name,
            locale=account.locale,
            user_handle=account.user_handle,
            code_digest=b"",
            code_tries=0,
            code_expires_at=pen.now,
            expires_at=pen.now + pen.services.policy.limits.sign_up,
            account_id=account.id,
        )
    )
    return sign_up_id
