"""Delivery: claim under a lease, send outside any transaction, settle each by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from authserver.domain.notice import Notice, NoticeState, after_failure
from authserver.flows.ports import DeliveryFailed, Services

LEASE = timedelta(minutes=5)
_LAST_START = timedelta(minutes=4)
"""No sending begins later than this, so that nobody else is given a notice that is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did; ``failed`` are tried again later, ``released`` were not tried."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    released: int = 0

    @property
    def claimed(self) -> int:
        return self.sent + self.failed + self.dead + self.released


def deliver_round(
    services: Services,
    limit: int = 50,
    *,
    forget_secret: bool,
    stopping: Callable[[], bool] = lambda: False,
) -> Round:
    """Send what is due, at most ``limit`` notices, and say what became of them.

    A notice is delivered at least once: whoever dies between sending and settling leaves it to the
    next worker when the lease has passed, and its Message-ID shows the second copy for what it is.
    ``forget_secret`` drops a sealed secret as soon as its notice was sent or has died. When
    ``stopping()`` becomes true, the rest goes back to the queue.
    """
    began = services.clock.now()
    with services.database.transaction() as tx:
        claimed = tx.notices.claim(began, began + LEASE, limit)
    counts = dict.fromkeys(("sent", "failed", "dead", "released"), 0)
    for position, notice in enumerate(claimed):
        if stopping() or services.clock.now() - began >= _LAST_START:
            counts["released"] = _release(services, claimed[position:])
            break
        counts[_deliver(services, notice, forget_secret=forget_secret)] += 1
    return Round(**counts)


def _deliver(services: Services, notice: Notice, *, forget_secret: bool) -> str:
    failure = _attempt(services, notice)
    now = services.clock.now()
    if failure is None:
        state, next_try_at, cause = NoticeState.SENT, now, ""
    else:
        # ``claim`` has counted this attempt already, so that one that kills the worker counts too.
        waiting = None if failure.permanent else after_failure(max(notice.attempts, 1))
        state = NoticeState.DEAD if waiting is None else NoticeState.FAILED
        next_try_at = now + _with_jitter(services, waiting or 0)
        cause = str(failure)
    with services.database.transaction() as tx:
        tx.notices.settle(
            notice.id,
            state,
            at=now,
            next_try_at=next_try_at,
            cause=cause,
            forget_secret=forget_secret and state is not NoticeState.FAILED,
        )
    return state.value


def _attempt(services: Services, notice: Notice) -> DeliveryFailed | None:
    """Hand over one notice. Whatever goes wrong stays with this notice and stops no other."""
    postman = services.postmen.get(notice.channel)
    if postman is None:
        return DeliveryFailed("channel: nobody serves it")
    try:
        postman.send(notice)
    except DeliveryFailed as failure:
        return failure
    except Exception as fault:
        # A postman's own fault is not known to be for ever; only its class is fit for the record.
        return DeliveryFailed(f"fault: {type(fault).__name__}")
    return None


def _release(services: Services, notices: Sequence[Notice]) -> int:
    now = services.clock.now()
    with services.database.transaction() as tx:
        for notice in notices:
            tx.notices.settle(
                notice.id,
                NoticeState.QUEUED,
                at=now,
                next_try_at=now,
                cause="",
                forget_secret=False,
            )
    return len(notices)


def _with_jitter(services: Services, seconds: int) -> timedelta:
    """Up to a quarter more, so that what failed together does not return together."""
    share = int.from_bytes(services.entropy.token(2), "big") / 0xFFFF
    return timedelta(seconds=seconds * (1 + share / 4))
