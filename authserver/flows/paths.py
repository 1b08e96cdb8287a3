"""The ways in that can be guessed at, as their owner sees them, and opening a closed one again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from authserver.domain.action import Action
from authserver.domain.client import Client
from authserver.domain.event import EventKind
from authserver.domain.guessing import Path, PathState
from authserver.domain.ids import StepUpId
from authserver.domain.outcome import Refused
from authserver.domain.session import SignedIn
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import step_up
from authserver.flows.acting import hold
from authserver.flows.guessing import begin_anew
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder


def states(services: Services, signed_in: SignedIn) -> Sequence[PathState]:
    """How often each way was guessed at since it was last used rightly, and whether it is shut."""
    with services.database.snapshot() as tx:
        return tx.guesses.states(signed_in.account.id)


def reopen(
    services: Services,
    client: Client,
    now: datetime,
    signed_in: SignedIn,
    path: Path,
    *,
    step_up_id: StepUpId | None,
) -> StepUpNeeded | Refused | None:
    """Begin counting anew on the owner's own word, given with a factor that was not guessed at.

    The way back after 100 wrong tries (NIST SP 800-63B-4 section 3.2.2), and before.
    """
    with services.database.transaction() as tx:
        pen = Recorder(services, tx, client, now)
        account = hold(pen, signed_in)
        if isinstance(account, Refused):
            return account
        answer = step_up.authorise(
            pen,
            signed_in,
            action=Action.REOPEN_PATH,
            subject={"action": Action.REOPEN_PATH.value, "path": path.value},
            step_up_id=step_up_id,
        )
        if answer is not None:
            return answer
        begin_anew(pen, account.id, (path,))
        pen.told(
            EventKind.PATH_REOPENED,
            Recipient.owner(account),
            session_id=signed_in.session.id,
            details={"path": path},
        )
        return None
