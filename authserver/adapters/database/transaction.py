"""One transaction's view of every store."""

from __future__ import annotations

from sqlalchemy import Connection

from authserver.adapters.database.accounts import AccountRows
from authserver.adapters.database.adoption import AdoptionRows
from authserver.adapters.database.codes import EnrolmentCodeRows, RecoveryCodeRows
from authserver.adapters.database.events import EventRows
from authserver.adapters.database.floods import (
    Counters,
    CountersFirst,
    HousekeepingRows,
    SpentCeremonyRows,
    ThrottleRows,
)
from authserver.adapters.database.guesses import GuessRows, UnfinishedSignInRows
from authserver.adapters.database.mail_codes import MailCodeRows
from authserver.adapters.database.mfa_exceptions import MfaExceptionRows
from authserver.adapters.database.notices import NoticeRows
from authserver.adapters.database.passkeys import PasskeyRows
from authserver.adapters.database.passwords import PasswordRows
from authserver.adapters.database.recoveries import RecoveryRows
from authserver.adapters.database.sealed_secrets import SealedSecretRows
from authserver.adapters.database.sessions import SessionRows
from authserver.adapters.database.sign_ups import SignUpRows
from authserver.adapters.database.step_ups import StepUpRows
from authserver.adapters.database.totps import TotpRows
from authserver.flows import stores


class Transaction:
    """Fulfils ``flows.stores.Transaction``; lives as long as the connection's transaction."""

    def __init__(self, connection: Connection, counters: Counters | None = None) -> None:
        self.accounts: stores.Accounts = AccountRows(connection)
        self.passkeys: stores.Passkeys = PasskeyRows(connection)
        self.recovery_codes: stores.RecoveryCodeSets = RecoveryCodeRows(connection)
        self.passwords: stores.Passwords = PasswordRows(connection)
        self.totps: stores.Totps = TotpRows(connection)
        self.guesses: stores.Guesses = GuessRows(connection)
        self.unfinished_sign_ins: stores.UnfinishedSignIns = UnfinishedSignInRows(connection)
        self.mail_codes: stores.MailCodes = MailCodeRows(connection)
        self.mfa_exceptions: stores.MfaExceptions = MfaExceptionRows(connection)
        self.adoptions: stores.Adoptions = AdoptionRows(connection)
        self.sessions: stores.Sessions = SessionRows(connection)
        self.sign_ups: stores.SignUps = SignUpRows(connection)
        self.enrolment_codes: stores.EnrolmentCodes = EnrolmentCodeRows(connection)
        self.recoveries: stores.Recoveries = RecoveryRows(connection)
        self.step_ups: stores.StepUps = StepUpRows(connection)
        self.spent_ceremonies: stores.SpentCeremonies = SpentCeremonyRows(connection)
        rows = ThrottleRows(connection)
        self.throttles: stores.Throttles = CountersFirst(counters, rows) if counters else rows
        self.events: stores.Events = EventRows(connection)
        self.notices: stores.Notices = NoticeRows(connection)
        self.sealed_secrets: stores.SealedSecrets = SealedSecretRows(connection)
        self.housekeeping: stores.Housekeeping = HousekeepingRows(connection)
