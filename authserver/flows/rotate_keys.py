"""A new master key while the server runs: everything sealed goes over to it, and nothing is lost.

No single transaction could do it. So each step alone leaves a server that works: the new key comes
first and the old ones still open; secrets go over a batch at a time; keys go only when no secret
needs them. Whoever is interrupted begins again and finds less to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from authserver.domain.sealed_secret import SealedPlace, SealedSecret
from authserver.flows.ports import MasterKeys, Services

PAGE = 500
BATCH = 50
"""Secrets a transaction: on SQLite the server's own writers wait meanwhile."""
GRACE = timedelta(minutes=10)
"""How long a key stays after it was the newest.

Somebody may have sealed under it an instant before and commit yet, or be in the middle of a
ceremony; a ceremony lasts five minutes, and no transaction lasts as long as that.
"""

Seen = Callable[[int, int], None]
"""Told of progress: rows looked at, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a rotation did: secrets gone over, secrets that no key opens, keys dropped and kept."""

    resealed: int
    unreadable: int
    dropped: int
    kept: int


@dataclass(slots=True)
class _Tally:
    seen: int = 0
    resealed: int = 0
    unreadable: int = 0


def rotate(
    services: Services, keys: MasterKeys, now: datetime, *, add: bool, tell: Seen
) -> Rotated:
    """Put a fresh key in front (``add``), bring every secret under the newest, drop what may go.

    While a secret cannot be opened no key is dropped: a line may be missing that somebody still
    has. Raises what the database raises; the first question to it comes before anything changes.
    """
    with services.database.snapshot() as tx:
        total = tx.sealed_secrets.count()
    retired = keys.retired(now - GRACE)
    if add:
        keys.add()
    tally = _Tally()
    for page in _pages(services):
        _bring_over(services, page, tally)
        tally.seen += len(page)
        tell(tally.seen, max(total, tally.seen))
    dropped = 0 if tally.unreadable else retired
    keys.forget(dropped)
    return Rotated(
        resealed=tally.resealed,
        unreadable=tally.unreadable,
        dropped=dropped,
        kept=keys.between(),
    )


def _pages(services: Services) -> Iterator[Sequence[SealedSecret]]:
    for place in SealedPlace:
        row_id = ""
        while True:
            with services.database.snapshot() as tx:
                page = tx.sealed_secrets.after(place, row_id, PAGE)
            if not page:
                break
            yield page
            row_id = page[-1].row_id


def _bring_over(services: Services, page: Sequence[SealedSecret], tally: _Tally) -> None:
    """Seal outside of any transaction, store in short ones."""
    fresh: list[tuple[SealedSecret, bytes]] = []
    for secret in page:
        try:
            resealed = services.sealer.resealed(secret.sealed) if secret.sealed else None
        except ValueError:
            tally.unreadable += 1
        else:
            if resealed is not None:
                fresh.append((secret, resealed))
    for start in range(0, len(fresh), BATCH):
        with services.database.transaction() as tx:
            for secret, resealed in fresh[start : start + BATCH]:
                tally.resealed += tx.sealed_secrets.replace(secret, resealed)
