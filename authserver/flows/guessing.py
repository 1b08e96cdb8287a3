"""Counting tries at what can be guessed before they are judged, for unknown owners too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from authserver.domain.account import Account
from authserver.domain.event import EventKind
from authserver.domain.guessing import Path, Try, wait_after
from authserver.domain.ids import to_base64url
from authserver.domain.outcome import Reason
from authserver.flows.ports import Services
from authserver.flows.recording import Recipient, Recorder


def nobody(services: Services, name: str) -> str:
    """The counter of an id that nobody has: as good as a real one, so that locks tell nothing."""
    return "?" + to_base64url(services.digests.of_name("nobody", name))[:32]


def begin_try(pen: Recorder, owner: str, path: Path) -> Try | None:
    """Count one try, and lock the path with it where the rule says so; None where it is locked."""
    number = pen.tx.guesses.begin(owner, path, pen.now)
    if not number:
        return None
    wait = wait_after(number, pen.services.policy.sign_in.locks[path])
    if wait is not None:
        pen.tx.guesses.lock(owner, path, pen.now + wait)
    return Try(number=number, locks=wait)


def tell_of_lock(pen: Recorder, account: Account | None, path: Path, counted: Try | None) -> None:
    """A wrong try that locked the path is told to the owner, who never had to ask for it."""
    if account is None or counted is None:
        return
    if counted.closes:
        owner = Recipient.owner(account)
        pen.told(EventKind.PATH_CLOSED, owner, reason=Reason.PATH_LOCKED, details={"path": path})
    elif counted.locks is not None:
        _tell_locked(pen, account, path, counted.locks)


def _tell_locked(pen: Recorder, account: Account, path: Path, locks: timedelta) -> None:
    pen.told(
        EventKind.PATH_LOCKED,
        Recipient.owner(account),
        reason=Reason.PATH_LOCKED,
        details={"path": path, "seconds": str(int(locks.total_seconds()))},
    )


def begin_anew(pen: Recorder, owner: str, paths: Sequence[Path]) -> None:
    """Full success, and only that, takes the counters back to nothing."""
    pen.tx.guesses.succeed(owner, paths)
