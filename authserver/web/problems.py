"""The one table between inside reasons and outside answers (RFC 9457 problems).

Reasons that an outsider must not tell apart share a row: whoever attacks a login learns from the
answer neither which check stopped them nor whether the account exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from authserver.domain.outcome import Reason, Refused


class Wire(StrEnum):
    """Refusals of the door itself, before any flow is asked."""

    MALFORMED_JSON = "malformed_json"
    INVALID = "invalid"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    NO_SUCH_ROUTE = "no_such_route"
    METHOD = "method"
    CROSS_SITE = "cross_site"
    FORM_EXPIRED = "form_expired"
    BAD_REQUEST = "bad_request"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class PublicProblem:
    """What an outsider hears: status, stable code, sentences (message ids) and what to do now."""

    status: int
    code: str
    title: str
    detail: str
    next: str


def N_(message: str) -> str:  # noqa: N802 - gettext's customary marker
    """Mark a sentence for the catalogue; it is translated when it is said."""
    return message


_REFUSED_PASSKEY = PublicProblem(
    401,
    "passkey_refused",
    N_("This passkey was not accepted."),
    N_("Nothing was changed. Try again; if it keeps failing, use another passkey of yours."),
    "retry",
)
_INVALID_CEREMONY = PublicProblem(
    410,
    "ceremony_invalid",
    N_("This request does not belong to this browser any more."),
    N_("Nothing was changed. Begin again from the page you were on."),
    "begin_again",
)
_WRONG_CREDENTIALS = PublicProblem(
    401,
    "credentials_invalid",
    N_("Your entries were not accepted."),
    N_(
        "Nothing was changed. Check them and try again; after several wrong tries this way in "
        "stays closed for a while. If you have a passkey, it works all the same."
    ),
    "retry",
)
_FROZEN = PublicProblem(
    423,
    "account_frozen",
    N_("This account is frozen."),
    N_("Nothing can be done with it until you have proved your identity to us. Please call us."),
    "contact_us",
)
_NO_SIGN_UP = PublicProblem(
    409,
    "no_sign_up",
    N_("There is no account opening under way in this browser."),
    N_("Begin by giving your login ID and mail address."),
    "open_account",
)
_UNAVAILABLE_NAME = PublicProblem(
    409,
    "login_id_unavailable",
    N_("This login ID or mail address cannot be used."),
    N_("Nothing was opened. Begin again with another login ID."),
    "open_account",
)

TABLE: Mapping[Reason | Wire, PublicProblem] = {
    Reason.SIGN_UP_UNKNOWN: _NO_SIGN_UP,
    Reason.SIGN_UP_EXPIRED: PublicProblem(
        410,
        "sign_up_expired",
        N_("This account opening took too long."),
        N_("Nothing was opened. Please begin again; it takes about three minutes."),
        "open_account",
    ),
    Reason.SIGN_UP_STEP: PublicProblem(
        409,
        "wrong_step",
        N_("This step is not the next one."),
        N_("Go back to the account opening page; it shows the step that comes next."),
        "open_account",
    ),
    Reason.LOGIN_ID_TAKEN: _UNAVAILABLE_NAME,
    Reason.CODE_WRONG: PublicProblem(
        401,
        "code_invalid",
        N_("This code is not right."),
        N_("Look at the newest message and type its code again."),
        "retry",
    ),
    Reason.CODE_EXPIRED: PublicProblem(
        410,
        "code_expired",
        N_("This code is too old."),
        N_("Ask for a new one; your entries are kept."),
        "begin_again",
    ),
    Reason.CODE_TRIES_SPENT: PublicProblem(
        410,
        "code_tries_spent",
        N_("This code was tried too often."),
        N_("Ask for a new one; your entries are kept."),
        "begin_again",
    ),
    Reason.IDENTITY_NOT_PROVED: PublicProblem(
        422,
        "identity_not_proved",
        N_("Your identity could not be confirmed."),
        N_("Check your name in kana and your date of birth, or choose another way."),
        "retry",
    ),
    Reason.CEREMONY_FORGED: _INVALID_CEREMONY,
    Reason.CEREMONY_OTHER_BROWSER: _INVALID_CEREMONY,
    Reason.CEREMONY_OTHER_PURPOSE: _INVALID_CEREMONY,
    Reason.CEREMONY_EXPIRED: PublicProblem(
        410,
        "ceremony_expired",
        N_("This took too long."),
        N_("Nothing was changed. Please try again."),
        "begin_again",
    ),
    Reason.CEREMONY_SPENT: PublicProblem(
        410,
        "ceremony_spent",
        N_("This request was already used."),
        N_("Each request works once. Please try again."),
        "begin_again",
    ),
    Reason.PASSKEY_GATE: _REFUSED_PASSKEY,
    Reason.PASSKEY_SIGNATURE: _REFUSED_PASSKEY,
    Reason.PASSKEY_OTHER_OWNER: _REFUSED_PASSKEY,
    Reason.PASSKEY_COUNTER: _REFUSED_PASSKEY,
    Reason.PASSKEY_BACKUP_FLAGS: _REFUSED_PASSKEY,
    Reason.PASSKEY_UNKNOWN: PublicProblem(
        401,
        "passkey_unknown",
        N_("We do not know this passkey."),
        N_("It may have been removed here. Use another passkey of yours."),
        "retry",
    ),
    Reason.PASSKEY_REMOVED: _REFUSED_PASSKEY,
    Reason.PASSKEY_TAKEN: PublicProblem(
        409,
        "passkey_already_registered",
        N_("This passkey is registered already."),
        N_("Nothing was changed. Create a new passkey, or use another device."),
        "retry",
    ),
    Reason.PASSKEY_LIMIT: PublicProblem(
        409,
        "passkey_limit",
        N_("This account has as many passkeys as it may have."),
        N_("Remove one that you no longer use, then add the new one."),
        "remove_one",
    ),
    Reason.PASSKEY_LAST: PublicProblem(
        409,
        "last_passkey",
        N_("The last passkey cannot be removed."),
        N_("Nothing was changed. Add another passkey first, then remove this one."),
        "add_passkey",
    ),
    Reason.CREDENTIALS_WRONG: _WRONG_CREDENTIALS,
    # Locked, unknown and frozen look like wrong: whoever does not know the password learns nothing.
    Reason.PATH_LOCKED: _WRONG_CREDENTIALS,
    Reason.HASHER_BUSY: PublicProblem(
        503,
        "busy",
        N_("Many people are signing in with a password just now."),
        N_("Nothing was judged or counted. Try again in a moment, or use your passkey."),
        "wait",
    ),
    Reason.SIGN_IN_NOT_BEGUN: PublicProblem(
        401,
        "sign_in_not_begun",
        N_("Please begin with your password."),
        N_("This sign-in took too long or was used already. Nothing was changed."),
        "sign_in",
    ),
    Reason.SECOND_FACTOR_WRONG: _WRONG_CREDENTIALS,
    Reason.TOTP_REPLAYED: _WRONG_CREDENTIALS,
    Reason.TOTP_SKEWED: _WRONG_CREDENTIALS,
    Reason.TOTP_LIMIT: PublicProblem(
        409,
        "totp_limit",
        N_("This account has as many authenticator apps as it may have."),
        N_("Remove one that you no longer use, then add the new one."),
        "remove_one",
    ),
    Reason.PASSKEY_REQUIRED: PublicProblem(
        403,
        "passkey_required",
        N_("Please sign in with your passkey."),
        N_("Password and code were right, but this account opens with a passkey only."),
        "sign_in",
    ),
    Reason.PASSWORD_TOO_SHORT: PublicProblem(
        422,
        "password_too_short",
        N_("This password is too short."),
        N_("Use at least 15 characters, or 8 where an authenticator app is set up."),
        "correct_request",
    ),
    Reason.PASSWORD_TOO_LONG: PublicProblem(
        422,
        "password_too_long",
        N_("This password is too long."),
        N_("Use at most 256 characters."),
        "correct_request",
    ),
    Reason.PASSWORD_COMMON: PublicProblem(
        422,
        "password_common",
        N_("Too many people use this password."),
        N_("Choose one that nobody would think of; several words make a good one."),
        "correct_request",
    ),
    Reason.PASSWORD_ABOUT_YOU: PublicProblem(
        422,
        "password_about_you",
        N_("This password is made of your own names or ours."),
        N_("Choose one that has nothing to do with your login ID, address, name or our firm."),
        "correct_request",
    ),
    Reason.PASSWORD_UNPRINTABLE: PublicProblem(
        422,
        "password_unprintable",
        N_("This password has characters that cannot be typed."),
        N_("Use letters, digits, blanks and signs of any script."),
        "correct_request",
    ),
    Reason.CONSENT_OUTDATED: PublicProblem(
        409,
        "consent_outdated",
        N_("The text that you agreed to has changed."),
        N_("Read the present text and ask again."),
        "begin_again",
    ),
    Reason.EXCEPTION_OPEN: PublicProblem(
        409,
        "exception_open",
        N_("There is a request or an exception already."),
        N_("We tell you as soon as it is decided."),
        "wait",
    ),
    Reason.EXCEPTION_NEEDS_FACTORS: PublicProblem(
        409,
        "exception_needs_factors",
        N_("Set up a password and an authenticator app first."),
        N_("The exception changes how you sign in, and never to less than two factors."),
        "add_factors",
    ),
    Reason.EXCEPTION_LAST_WAY: PublicProblem(
        409,
        "exception_last_way",
        N_("Without this exception nothing would open your account."),
        N_("Nothing was changed. Add a passkey first, then give the exception up."),
        "add_passkey",
    ),
    Reason.RECOVERY_UNKNOWN: PublicProblem(
        409,
        "no_recovery",
        N_("No recovery is under way in this browser."),
        N_("Begin by giving your login ID."),
        "recover",
    ),
    Reason.RECOVERY_EXPIRED: PublicProblem(
        410,
        "recovery_expired",
        N_("This recovery took too long."),
        N_("Nothing was changed. Please begin again."),
        "recover",
    ),
    Reason.RECOVERY_STEP: PublicProblem(
        409,
        "wrong_step",
        N_("This step is not the next one."),
        N_("Go back to the recovery page; it shows the step that comes next."),
        "recover",
    ),
    Reason.RECOVERY_PAUSED: PublicProblem(
        409,
        "recovery_paused",
        N_("A recovery was stopped a short while ago."),
        N_("No other can begin for now. Please call us."),
        "contact_us",
    ),
    Reason.RECOVERY_ROLE: PublicProblem(
        409,
        "recovery_paused",
        N_("A recovery was stopped a short while ago."),
        N_("No other can begin for now. Please call us."),
        "contact_us",
    ),
    Reason.RECOVERY_OWN_PASSKEY: PublicProblem(
        409,
        "recovery_own_passkey",
        N_("This recovery is your own: it has brought the passkey you signed in with."),
        N_("Nothing was changed. If it was not you, stop it with the code from our message."),
        "go_home",
    ),
    Reason.RECOVERY_HOLD: PublicProblem(
        403,
        "recovery_hold",
        N_("This has to wait, because access to this account was recovered a short while ago."),
        N_("Nothing was changed. It is possible again when the waiting time is over."),
        "wait",
    ),
    Reason.NOT_SIGNED_IN: PublicProblem(
        401,
        "not_signed_in",
        N_("Please sign in."),
        N_("You are not signed in, or your session has ended."),
        "sign_in",
    ),
    Reason.NOT_FOUND: PublicProblem(
        404,
        "not_found",
        N_("This is not here."),
        N_("It may have been removed, or the address is wrong."),
        "go_home",
    ),
    Reason.ACCOUNT_FROZEN: _FROZEN,
    Reason.STEP_UP_NEEDED: PublicProblem(
        403,
        "step_up_needed",
        N_("Please confirm this with your passkey."),
        N_("Your passkey confirms exactly what is shown, once."),
        "step_up",
    ),
    Reason.STEP_UP_UNKNOWN: PublicProblem(
        404,
        "step_up_unknown",
        N_("This confirmation is not known here."),
        N_("Nothing was changed. Begin again from the page you were on."),
        "begin_again",
    ),
    Reason.STEP_UP_EXPIRED: PublicProblem(
        410,
        "step_up_expired",
        N_("This confirmation took too long."),
        N_("Nothing was changed. Please begin again."),
        "begin_again",
    ),
    Reason.STEP_UP_SPENT: PublicProblem(
        410,
        "step_up_spent",
        N_("This confirmation was already used or cancelled."),
        N_("Each confirmation works once. Please begin again."),
        "begin_again",
    ),
    Reason.STEP_UP_MISMATCH: PublicProblem(
        409,
        "step_up_mismatch",
        N_("This is not what was confirmed."),
        N_("Nothing was changed. What you confirm and what is done must be the same."),
        "begin_again",
    ),
    Reason.STEP_UP_UNSATISFIED: PublicProblem(
        403,
        "step_up_needed",
        N_("Please confirm this with your passkey."),
        N_("Your passkey confirms exactly what is shown, once."),
        "step_up",
    ),
    Reason.FACTOR_TOO_WEAK: PublicProblem(
        403,
        "factor_too_weak",
        N_("A code is not enough for this."),
        N_("Nothing was changed. Confirm it with your passkey."),
        "step_up",
    ),
    Reason.STEP_UPS_TOO_MANY: PublicProblem(
        429,
        "step_ups_too_many",
        N_("Too many confirmations are open."),
        N_("Cancel one of them, or wait a few minutes."),
        "wait",
    ),
    Reason.THROTTLED: PublicProblem(
        429,
        "too_many_attempts",
        N_("Too many attempts."),
        N_("Nothing was changed. Please wait a little and try again."),
        "wait",
    ),
    Wire.MALFORMED_JSON: PublicProblem(
        400,
        "malformed_json",
        N_("The request is not well-formed JSON."),
        N_("Send one JSON object in UTF-8, without duplicate members."),
        "correct_request",
    ),
    Wire.INVALID: PublicProblem(
        422,
        "invalid",
        N_("Some entries cannot be used."),
        N_("Nothing was changed. See the entries that are marked."),
        "correct_request",
    ),
    Wire.UNSUPPORTED_MEDIA_TYPE: PublicProblem(
        415,
        "unsupported_media_type",
        N_("This kind of content is not accepted."),
        N_("Send application/json."),
        "correct_request",
    ),
    Wire.TOO_LARGE: PublicProblem(
        413,
        "too_large",
        N_("The request is too large."),
        N_("Nothing was changed. Send at most 64 kilobytes."),
        "correct_request",
    ),
    Wire.TOO_SLOW: PublicProblem(
        408,
        "too_slow",
        N_("The request did not arrive in time."),
        N_("Nothing was changed. Please try again, on a better connection if you can."),
        "retry",
    ),
    Wire.NO_SUCH_ROUTE: PublicProblem(
        404,
        "not_found",
        N_("This is not here."),
        N_("It may have been removed, or the address is wrong."),
        "go_home",
    ),
    Wire.METHOD: PublicProblem(
        405,
        "method_not_allowed",
        N_("This address does not do that."),
        N_("See the API reference for what it does."),
        "correct_request",
    ),
    Wire.CROSS_SITE: PublicProblem(
        403,
        "cross_site",
        N_("This request came from another site."),
        N_("Nothing was changed. Open our own address and try again there."),
        "go_home",
    ),
    Wire.FORM_EXPIRED: PublicProblem(
        403,
        "form_expired",
        N_("This form is too old."),
        N_("Nothing was changed. Open the page again and repeat your entries."),
        "begin_again",
    ),
    Wire.BAD_REQUEST: PublicProblem(
        400,
        "bad_request",
        N_("The request could not be understood."),
        N_("Nothing was changed."),
        "correct_request",
    ),
    Wire.FAULT: PublicProblem(
        503,
        "fault",
        N_("Something went wrong on our side."),
        N_("What you asked for was not done. Try again, or tell us the number below."),
        "retry",
    ),
}


class Problem(Exception):
    """A refusal of the door, raised before or outside a flow. Flows return theirs."""

    def __init__(
        self, reason: Reason | Wire, *, retry_after: int = 0, extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.extra = extra or {}

    @classmethod
    def of(cls, refused: Refused) -> Problem:
        return cls(refused.reason, retry_after=refused.retry_after_seconds)

    @property
    def public(self) -> PublicProblem:
        return TABLE[self.reason]
