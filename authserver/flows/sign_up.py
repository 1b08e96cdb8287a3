"""Opening an account: names, a code by mail, identity, and then a passkey (``enrol``)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from authserver.domain.account import masked_email
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.ids import SignUpId
from authserver.domain.outcome import Reason, Refused
from authserver.domain.sign_up import IdentityClaim, SignUp, SignUpStep, not_at
from authserver.flows.floods import count_failure, count_message
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder

CODE_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What a person asks to open an account with; names already in their one spelling."""

    login_id: str
    email: str
    display_name: str
    locale: str


@dataclass(frozen=True, slots=True)
class Advanced:
    """The sign-up went one step further; ``next`` is what has to be done now.

    ``token`` is the browser's new name, where it was given one.
    """

    next: SignUpStep
    token: str = ""


def begin(
    services: Services, client: Client, now: datetime, application: Application
) -> Advanced | Refused:
    """Send a code to the address. The answer is the same where id or address is taken.

    A taken one gets a sign-up that no code matches, and the owner of the address is told instead
    (security.md, invariant 12): whoever does not read that mailbox learns nothing.
    """
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        if waiting := count_message(services, tx, client, application.email, now):
            pen.event(EventKind.SIGN_UP_BEGUN, reason=waiting.reason)
            return waiting
        by_login_id = tx.accounts.by_login_id(application.login_id)
        by_email = tx.accounts.by_email(application.email)
        code = services.entropy.digits(CODE_DIGITS)
        sign_up = _new_sign_up(services, client, now, application, code)
        to = _recipient(application)
        if by_email or by_login_id:
            sign_up = _without_code(sign_up)
            services.sealer.seal(code)  # for nothing: it is what a code that is sent would cost
            taken = "email" if by_email else "login_id"
            pen.told(EventKind.SIGN_UP_COLLIDED, to, details={"taken": taken})
        else:
            pen.told(EventKind.SIGN_UP_BEGUN, to, secret=code)
        tx.sign_ups.put(sign_up)
        return Advanced(SignUpStep.VERIFY_EMAIL)


def renew_code(services: Services, client: Client, now: datetime) -> Advanced | Refused:
    """Begin again with the entries of this browser's sign-up: a fresh code, three fresh tries."""
    sign_up = present(services, client, now)
    if sign_up is None:
        return Refused(Reason.SIGN_UP_UNKNOWN)
    if wrong := not_at(sign_up, SignUpStep.VERIFY_EMAIL, now):
        return wrong
    application = Application(
        login_id=sign_up.login_id,
        email=sign_up.email,
        display_name=sign_up.display_name,
        locale=sign_up.locale,
    )
    return begin(services, client, now, application)


def _recipient(application: Application) -> Recipient:
    return Recipient(
        account_id=None,
        email=application.email,
        locale=application.locale,
        display_name=application.display_name,
    )


def _new_sign_up(
    services: Services, client: Client, now: datetime, application: Application, code: str
) -> SignUp:
    limits = services.policy.limits
    sign_up_id = SignUpId(services.entropy.identifier(now))
    return SignUp(
        id=sign_up_id,
        browser=client.browser,
        step=SignUpStep.VERIFY_EMAIL,
        login_id=application.login_id,
        email=application.email,
        display_name=application.display_name,
        locale=application.locale,
        user_handle=services.entropy.token(32),
        code_digest=services.digests.of_code("sign-up", sign_up_id, code),
        code_tries=0,
        code_expires_at=now + limits.mail_code,
        expires_at=now + limits.sign_up,
        account_id=None,
    )


def _without_code(sign_up: SignUp) -> SignUp:
    return replace(sign_up, code_digest=b"")


def verify_email(
    services: Services, client: Client, now: datetime, code: str
) -> Advanced | Refused:
    """Take one try at the mailed code; the try is counted before it is compared."""
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        sign_up = tx.sign_ups.of_browser(client.browser)
        wrong = _judge_code(pen, sign_up, code)
        if wrong or sign_up is None:
            reason = wrong or Reason.SIGN_UP_UNKNOWN
            waiting = count_failure(services, tx, client, now)
            pen.event(EventKind.EMAIL_REFUSED, reason=reason)
            return waiting or Refused(reason)
        pen.event(EventKind.EMAIL_VERIFIED, details={"email": masked_email(sign_up.email)})
        return Advanced(SignUpStep.PROVE_IDENTITY)


def _judge_code(pen: Recorder, sign_up: SignUp | None, code: str) -> Reason | None:
    if sign_up is None:
        return Reason.SIGN_UP_UNKNOWN
    if early := not_at(sign_up, SignUpStep.VERIFY_EMAIL, pen.now):
        return early.reason
    if not pen.tx.sign_ups.take_try(sign_up.id, pen.services.policy.limits.mail_code_tries):
        return Reason.CODE_TRIES_SPENT
    if pen.now >= sign_up.code_expires_at:
        return Reason.CODE_EXPIRED
    given = pen.services.digests.of_code("sign-up", sign_up.id, code)
    if not hmac.compare_digest(given, sign_up.code_digest):
        return Reason.CODE_WRONG
    advanced = pen.tx.sign_ups.advance(
        sign_up.id, expected=SignUpStep.VERIFY_EMAIL, to=SignUpStep.PROVE_IDENTITY
    )
    return None if advanced else Reason.SIGN_UP_STEP


def prove_identity(
    services: Services, client: Client, now: datetime, claim: IdentityClaim
) -> Advanced | Refused:
    """Ask the proofing service (simulated in this server) and keep what it answered."""
    with services.database.snapshot() as tx:
        sign_up = tx.sign_ups.of_browser(client.browser)
    proof = services.identity_proofing.prove(claim, now=now)
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        wrong = Reason.SIGN_UP_UNKNOWN if sign_up is None else None
        if sign_up is not None and (early := not_at(sign_up, SignUpStep.PROVE_IDENTITY, now)):
            wrong = early.reason
        if wrong is None and proof is None:
            wrong = Reason.IDENTITY_NOT_PROVED
        if wrong or sign_up is None or proof is None:
            waiting = count_failure(services, tx, client, now)
            reason = wrong or Reason.SIGN_UP_UNKNOWN
            pen.event(EventKind.IDENTITY_REFUSED, reason=reason, details={"method": claim.method})
            return waiting or Refused(reason)
        moved = tx.sign_ups.advance(
            sign_up.id, expected=SignUpStep.PROVE_IDENTITY, to=SignUpStep.ENROL_PASSKEY
        )
        if not moved:
            pen.event(EventKind.IDENTITY_REFUSED, reason=Reason.SIGN_UP_STEP)
            return Refused(Reason.SIGN_UP_STEP)
        tx.sign_ups.set_identity(sign_up.id, proof)
        details = {"method": proof.method, "level": proof.level, "evidence": proof.evidence_digest}
        pen.event(EventKind.IDENTITY_PROVED, details=details)
        return Advanced(SignUpStep.ENROL_PASSKEY)


def present(services: Services, client: Client, now: datetime) -> SignUp | None:
    """How far this browser's unfinished sign-up is, if there is one that is still good."""
    with services.database.snapshot() as tx:
        sign_up = tx.sign_ups.of_browser(client.browser)
    return sign_up if sign_up and now < sign_up.expires_at else None
