"""How often somebody may guess, and what a wrong guess costs: rules over counters that SQL keeps.

A try is counted *before* it is judged, so that many at once are each counted and none beyond the
limit is judged. Only full success takes the counter back to nothing; a right first half gives back
its own try and no other (NIST SP 800-63B-4 section 3.2.2, FSA-SEC-18, X-09).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NIST_MOST = 100
"""Consecutive failures after which a path is closed until its owner proves who they are."""


class Path(StrEnum):
    """A way in that can be guessed at. A passkey cannot, so a lock never stands in its way."""

    PASSWORD = "password"  # noqa: S105 - the name of a path, not a secret
    SECOND_FACTOR = "second_factor"
    EMAIL_CODE = "email_code"
    RECOVERY = "recovery"


PATHS_OF_OWNERS = (Path.PASSWORD, Path.SECOND_FACTOR, Path.EMAIL_CODE)
"""Counted per account. Recovery is counted per account and network: see ``flows.recovery``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRule:
    """``most`` wrong tries lock the path for ``first_wait``; each further round waits longer."""

    most: int
    first_wait: timedelta
    longest_wait: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class PathState:
    """A path as its owner sees it. ``tries`` counts wrong ones since the last full success."""

    path: Path
    tries: int
    locked_until: datetime | None

    @property
    def closed(self) -> bool:
        """Closed until its owner opens it again: no wait is long enough any more."""
        return self.tries >= NIST_MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A try that was counted and may be judged. ``number`` is its place among the consecutive."""

    number: int
    locks: timedelta | None

    @property
    def closes(self) -> bool:
        """Whether this was the last try that the path allows: wrong, it is closed for good."""
        return self.number >= NIST_MOST


def wait_after(number: int, rule: LockRule) -> timedelta | None:
    """How long the path is locked once this many consecutive tries were counted, if it is.

    Five wrong, then a wait; five more, then twice that wait; and so on up to the longest.
    """
    if number < rule.most or number % rule.most:
        return None
    doublings = min(number // rule.most - 1, 20)
    return min(rule.first_wait * (1 << doublings), rule.longest_wait)
