"""The database as the flows see it: one protocol per kind of thing, joined in ``Transaction``.

Methods that decide a race say so in their return value: True means that *this* call did it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from authserver.domain.account import Account
from authserver.domain.adoption import Adoption
from authserver.domain.assurance import Proof
from authserver.domain.event import SecurityEvent
from authserver.domain.factor import Passkey, RecoveryCodes
from authserver.domain.guessing import Path, PathState
from authserver.domain.ids import AccountId, NoticeId, PasskeyId, SessionId, SignUpId, StepUpId
from authserver.domain.mfa_exception import ExceptionState, MfaException
from authserver.domain.notice import Notice, NoticeState
from authserver.domain.recovery import Recovery, RecoveryStep
from authserver.domain.sealed_secret import SealedPlace, SealedSecret
from authserver.domain.session import LastSignIn, Session, SignedIn
from authserver.domain.sign_up import IdentityProof, SignUp, SignUpStep
from authserver.domain.step_up import StepUp, StepUpState
from authserver.domain.totp import Totp


class Accounts(Protocol):
    def add(self, account: Account) -> bool:
        """False when login id, address or user handle belongs to another account already."""

    def get(self, account_id: AccountId) -> Account | None: ...

    def lock(self, account_id: AccountId) -> Account | None:
        """The account as it is now, held against concurrent writers until the transaction ends."""

    def by_login_id(self, login_id: str) -> Account | None: ...

    def by_email(self, email: str) -> Account | None: ...

    def add_identity_proof(self, account_id: AccountId, proof: IdentityProof) -> None: ...

    def proved_as(self, account_id: AccountId, evidence_digest: str) -> bool:
        """Whether the account's owner was proved by the same evidence before."""

    def freeze(self, account_id: AccountId) -> bool:
        """Open to frozen; True exactly once."""


class Passkeys(Protocol):
    def add(self, passkey: Passkey) -> bool:
        """False when the credential id is registered already, to whomever."""

    def of_account(self, account_id: AccountId) -> Sequence[Passkey]: ...

    def named_by(self, login_id: str) -> Sequence[tuple[bytes, tuple[str, ...]]]:
        """Credential ids and transports of a login id's passkeys; none where nobody has it."""

    def by_credential_id(self, credential_id: bytes) -> tuple[Passkey, Account] | None:
        """The passkey and its owner, unless it is unknown or removed."""

    def use(
        self,
        passkey_id: PasskeyId,
        *,
        expected_sign_count: int,
        sign_count: int,
        backed_up: bool,
        at: datetime,
    ) -> bool:
        """Compare-and-set of the counter; False if another use came first or it is removed."""

    def rename(self, account_id: AccountId, passkey_id: PasskeyId, label: str) -> bool: ...

    def remove(self, account_id: AccountId, passkey_id: PasskeyId, at: datetime) -> bool:
        """False when it is not there, or the last one. Needs the account's lock."""


class RecoveryCodeSets(Protocol):
    def replace(self, account_id: AccountId, digests: Sequence[bytes], at: datetime) -> None:
        """Void what there is and store a new set."""

    def count(self, account_id: AccountId) -> RecoveryCodes: ...

    def use(self, account_id: AccountId, digest: bytes, at: datetime) -> bool:
        """Spend one code of the set in force; True exactly once."""


class Passwords(Protocol):
    def set(self, account_id: AccountId, hashed: str, at: datetime) -> None:
        """Store the hash, replacing the one before."""

    def get(self, account_id: AccountId) -> str | None: ...

    def upgrade(self, account_id: AccountId, *, expected: str, hashed: str) -> bool:
        """Replace a hash by a stronger one of the same password, unless it changed meanwhile."""


class Totps(Protocol):
    def add(self, totp: Totp) -> None: ...

    def of_account(self, account_id: AccountId) -> Sequence[Totp]:
        """Those that are not removed, confirmed or not, the oldest first."""

    def confirm(self, account_id: AccountId, totp_id: str, step: int, at: datetime) -> bool:
        """Confirm an unconfirmed one with the step of its first code, which is thereby used."""

    def use(self, totp_id: str, step: int, at: datetime) -> bool:
        """Accept a step if it is later than every step accepted before; True exactly once."""

    def remove(self, account_id: AccountId, totp_id: str, at: datetime) -> bool: ...


class Guesses(Protocol):
    def begin(self, owner: str, path: Path, now: datetime) -> int:
        """Count one try before it is judged and give its number; 0 where the path is locked."""

    def lock(self, owner: str, path: Path, until: datetime) -> None: ...

    def give_back(self, owner: str, path: Path, number: int) -> None:
        """A right half: its own try is taken off again, with the lock that it would have caused."""

    def states(self, owner: str) -> Sequence[PathState]:
        """Every path that is counted per account, also those that were never guessed at."""

    def succeed(self, owner: str, paths: Sequence[Path]) -> None:
        """Full success: the counters begin anew."""


class UnfinishedSignIns(Protocol):
    def put(
        self, browser: bytes, account_id: AccountId, at: datetime, expires_at: datetime
    ) -> None:
        """The browser has shown a password; replaces what it had shown before."""

    def of_browser(self, browser: bytes, now: datetime) -> tuple[AccountId, datetime] | None: ...

    def take(self, browser: bytes) -> bool:
        """Use it up; True exactly once."""

    def end(self, account_id: AccountId) -> None:
        """After a change of the password, what the old one had begun is worth nothing."""


class MailCodes(Protocol):
    def put(
        self, browser: bytes, account_id: AccountId, digest: bytes, expires_at: datetime
    ) -> None:
        """Issue, voiding what this browser was mailed before."""

    def take_try(
        self, browser: bytes, account_id: AccountId, now: datetime, most: int
    ) -> bytes | None:
        """Count one try and give what to compare with; None where there is none, or no try left."""

    def spend(self, browser: bytes, digest: bytes) -> bool:
        """Use it up; True exactly once."""


class MfaExceptions(Protocol):
    def add(self, exception: MfaException) -> bool:
        """False where the account has one that is requested or in force."""

    def newest(self, account_id: AccountId) -> MfaException | None: ...

    def listed(self, state: ExceptionState, limit: int) -> Sequence[MfaException]: ...

    def get(self, exception_id: str) -> MfaException | None: ...

    def decide(self, decided: MfaException) -> bool:
        """Store a decision about one that is still requested; True exactly once."""

    def end(self, exception_id: str) -> bool:
        """Requested or approved to ended; True exactly once."""


class Adoptions(Protocol):
    def figures(self, now: datetime) -> Adoption: ...


class Sessions(Protocol):
    def add(self, session: Session) -> None: ...

    def by_token(self, token_digest: bytes) -> SignedIn | None:
        """The session with its proofs and its account, unless it was ended."""

    def touch(self, session_id: SessionId, at: datetime, idle_expires_at: datetime) -> None: ...

    def add_proof(self, session_id: SessionId, proof: Proof) -> None: ...

    def rotate(self, session_id: SessionId, *, expected: bytes, token_digest: bytes) -> bool: ...

    def of_account(self, account_id: AccountId, now: datetime) -> Sequence[Session]: ...

    def last_sign_in(
        self, account_id: AccountId, before: SessionId | None
    ) -> LastSignIn | None: ...

    def end(self, account_id: AccountId, session_id: SessionId, at: datetime) -> bool: ...

    def end_others(self, account_id: AccountId, keep: SessionId | None, at: datetime) -> int: ...


class SignUps(Protocol):
    def put(self, sign_up: SignUp) -> None:
        """Begin, replacing what the same browser had begun before."""

    def of_browser(self, browser: bytes) -> SignUp | None: ...

    def take_try(self, sign_up_id: SignUpId, most: int) -> bool:
        """Count one try at the code; False when they are used up. Decided before comparing."""

    def advance(self, sign_up_id: SignUpId, *, expected: SignUpStep, to: SignUpStep) -> bool: ...

    def set_identity(self, sign_up_id: SignUpId, proof: IdentityProof) -> None: ...

    def identity(self, sign_up_id: SignUpId) -> IdentityProof | None: ...

    def end(self, account_id: AccountId) -> None:
        """Whatever enrolment codes of this account had opened, in any browser, is over."""


class EnrolmentCodes(Protocol):
    def add(self, account_id: AccountId, digest: bytes, expires_at: datetime) -> None:
        """Issue, voiding what the account had before."""

    def redeem(self, account_id: AccountId, digest: bytes, now: datetime, most: int) -> bool:
        """Count a try and spend the code if it is this one; True exactly once."""


class Recoveries(Protocol):
    def add(self, recovery: Recovery) -> None: ...

    def of_browser(self, browser: bytes) -> Recovery | None:
        """The one that this browser began last, whatever became of it."""

    def take_try(self, recovery_id: str, step: RecoveryStep, most: int) -> bool:
        """Count one try at the step; False when they are used up. Decided before comparing."""

    def advance(
        self,
        recovery_id: str,
        *,
        expected: RecoveryStep,
        to: RecoveryStep,
        code_digest: bytes,
        code_expires_at: datetime,
        expires_at: datetime,
        sign_up_id: SignUpId | None,
    ) -> bool: ...

    def complete(self, sign_up_id: SignUpId, passkey_id: PasskeyId, hold_until: datetime) -> bool:
        """True where this sign-up came from a recovery that nobody has stopped; exactly once."""

    def open_ones(self, account_id: AccountId, now: datetime) -> Sequence[Recovery]:
        """Those under way and those whose hold lasts, the newest first."""

    def stop_under_way(self, account_id: AccountId, at: datetime) -> int:
        """Stop those that have brought nothing yet; gives how many there were."""

    def stop_done(self, account_id: AccountId, at: datetime) -> int:
        """Stop those whose hold lasts; gives how many there were."""

    def stopped_since(self, account_id: AccountId, since: datetime) -> bool: ...


class StepUps(Protocol):
    def add(self, step_up: StepUp) -> None: ...

    def get(self, step_up_id: StepUpId, session_id: SessionId) -> StepUp | None: ...

    def open_count(self, session_id: SessionId, now: datetime) -> int: ...

    def move(
        self, step_up_id: StepUpId, *, expected: StepUpState, to: StepUpState, at: datetime
    ) -> bool: ...


class SpentCeremonies(Protocol):
    def spend(self, ceremony_id: str, expires_at: datetime) -> bool:
        """True for the one call that spends it, False ever after."""


class Throttles(Protocol):
    def hit(self, bucket: str, now: datetime, window_seconds: int) -> int:
        """Count one more in the bucket's present window and give the count."""


class Events(Protocol):
    def add(self, event: SecurityEvent) -> None: ...

    def after(
        self, sequence: int, limit: int, account_id: AccountId | None
    ) -> Sequence[SecurityEvent]:
        """Oldest first, those with a greater sequence."""


class Notices(Protocol):
    def add(self, *notices: Notice) -> None:
        """Queue them; those of one event in one call, which is one statement."""

    def claim(self, now: datetime, lease_until: datetime, limit: int) -> Sequence[Notice]:
        """Take due notices for sending; no two callers get the same one while the lease lasts."""

    def settle(
        self,
        notice_id: NoticeId,
        state: NoticeState,
        *,
        at: datetime,
        next_try_at: datetime,
        cause: str,
        forget_secret: bool,
    ) -> None: ...

    def newest(
        self, limit: int, before: NoticeId | None, recipient: str, kind: str, channel: str
    ) -> Sequence[Notice]:
        """Newest first; an empty string matches everything."""


class SealedSecrets(Protocol):
    """Every secret that is sealed under the master keys, wherever it stands."""

    def count(self) -> int:
        """How many rows ``after`` will give, if none is added meanwhile."""

    def after(self, place: SealedPlace, row_id: str, limit: int) -> Sequence[SealedSecret]:
        """Rows of one place in the order of their ids, those without a secret too."""

    def replace(self, secret: SealedSecret, sealed: bytes) -> bool:
        """Compare-and-set; False if the secret was replaced or forgotten meanwhile."""


class Housekeeping(Protocol):
    def prune(self, now: datetime, limit: int) -> int:
        """Delete what can never matter again, at most ``limit`` rows a table."""


class Transaction(Protocol):
    """One transaction's view of every store."""

    accounts: Accounts
    passkeys: Passkeys
    recovery_codes: RecoveryCodeSets
    passwords: Passwords
    totps: Totps
    guesses: Guesses
    unfinished_sign_ins: UnfinishedSignIns
    mail_codes: MailCodes
    mfa_exceptions: MfaExceptions
    adoptions: Adoptions
    sessions: Sessions
    sign_ups: SignUps
    enrolment_codes: EnrolmentCodes
    recoveries: Recoveries
    step_ups: StepUps
    spent_ceremonies: SpentCeremonies
    throttles: Throttles
    events: Events
    notices: Notices
    sealed_secrets: SealedSecrets
    housekeeping: Housekeeping
