"""What can be guessed at: tries counted before they are judged, and what a right half left behind.

A try is one statement, so that however many come at once, each has a number of its own and none
gets one while its path is locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Executable, bindparam, case, delete, null, or_, select, update

from authserver.adapters.database.rows import Insert, Rows, on_both
from authserver.adapters.database.schema import guesses, unfinished_sign_ins
from authserver.domain.guessing import NIST_MOST, PATHS_OF_OWNERS, Path, PathState
from authserver.domain.ids import AccountId

_consecutive, _locked_until = guesses.c.consecutive, guesses.c.locked_until


def _begin(insert: Insert) -> Executable:
    first = insert(guesses).values(
        owner=bindparam("owner"),
        path=bindparam("path"),
        consecutive=1,
        locked_until=null(),
        last_try_at=bindparam("at"),
    )
    now = first.excluded.last_try_at
    return first.on_conflict_do_update(
        index_elements=["owner", "path"],
        set_={"consecutive": _consecutive + 1, "last_try_at": now},
        where=or_(_locked_until.is_(None), _locked_until <= now) & (_consecutive < NIST_MOST),
    ).returning(_consecutive)


_BEGIN = on_both(_begin)
_THIS = (guesses.c.owner == bindparam("of"), guesses.c.path == bindparam("on"))
_LOCK = (
    update(guesses)
    .where(*_THIS, or_(_locked_until.is_(None), _locked_until < bindparam("until")))
    .values(locked_until=bindparam("until"))
)
# The newest try, and only it, may have caused the lock that stands.
_GIVE_BACK = (
    update(guesses)
    .where(*_THIS, _consecutive > 0)
    .values(
        consecutive=_consecutive - 1,
        locked_until=case((_consecutive == bindparam("number"), null()), else_=_locked_until),
    )
)
_STATES = select(guesses.c.path, _consecutive, _locked_until).where(
    guesses.c.owner == bindparam("of")
)
_SUCCEED = (
    update(guesses)
    .where(
        guesses.c.owner == bindparam("of"),
        guesses.c.path.in_(bindparam("paths", expanding=True)),
        # Nothing to forgive is the usual case, and costs no write.
        or_(_consecutive > 0, _locked_until.is_not(None)),
    )
    .values(consecutive=0, locked_until=null())
)


class GuessRows(Rows):
    """Fulfils ``flows.stores.Guesses``. An owner is an account's id, or "?" and a digest."""

    __slots__ = ()

    def begin(self, owner: str, path: Path, now: datetime) -> int:
        row = {"owner": owner, "path": path.value, "at": now}
        number: int | None = self._connection.execute(self._here(_BEGIN), row).scalar()
        return number or 0

    def lock(self, owner: str, path: Path, until: datetime) -> None:
        """Never shortens a lock, and does nothing where no try was ever counted."""
        self._connection.execute(_LOCK, {"of": owner, "on": path.value, "until": until})

    def give_back(self, owner: str, path: Path, number: int) -> None:
        parameters = {"of": owner, "on": path.value, "number": number}
        self._connection.execute(_GIVE_BACK, parameters)

    def states(self, owner: str) -> Sequence[PathState]:
        found = {row.path: row for row in self._connection.execute(_STATES, {"of": owner})}
        return [
            PathState(
                path=path,
                tries=found[path].consecutive if path in found else 0,
                locked_until=found[path].locked_until if path in found else None,
            )
            for path in PATHS_OF_OWNERS
        ]

    def succeed(self, owner: str, paths: Sequence[Path]) -> None:
        parameters = {"of": owner, "paths": [path.value for path in paths]}
        self._connection.execute(_SUCCEED, parameters)


def _put(insert: Insert) -> Executable:
    shown = insert(unfinished_sign_ins)
    fresh = {key: shown.excluded[key] for key in ("account_id", "shown_at", "expires_at")}
    return shown.on_conflict_do_update(index_elements=["browser"], set_=fresh)


_PUT = on_both(_put)
_OF_BROWSER = select(unfinished_sign_ins.c.account_id, unfinished_sign_ins.c.shown_at).where(
    unfinished_sign_ins.c.browser == bindparam("browser"),
    unfinished_sign_ins.c.expires_at > bindparam("at"),
)
_TAKE = delete(unfinished_sign_ins).where(unfinished_sign_ins.c.browser == bindparam("browser"))

_END = delete(unfinished_sign_ins).where(unfinished_sign_ins.c.account_id == bindparam("owner"))


class UnfinishedSignInRows(Rows):
    """Fulfils ``flows.stores.UnfinishedSignIns``; a browser is known by its cookie's digest."""

    __slots__ = ()

    def put(
        self, browser: bytes, account_id: AccountId, at: datetime, expires_at: datetime
    ) -> None:
        row = {
            "browser": browser,
            "account_id": account_id,
            "shown_at": at,
            "expires_at": expires_at,
        }
        self._connection.execute(self._here(_PUT), row)

    def of_browser(self, browser: bytes, now: datetime) -> tuple[AccountId, datetime] | None:
        row = self._connection.execute(_OF_BROWSER, {"browser": browser, "at": now}).first()
        return None if row is None else (row[0], row[1])

    def take(self, browser: bytes) -> bool:
        return self._changed(_TAKE, {"browser": browser}) == 1

    def end(self, account_id: AccountId) -> None:
        self._connection.execute(_END, {"owner": account_id})
