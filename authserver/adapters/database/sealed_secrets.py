"""Sealed secrets in the order of their rows, each replaced only if it is still what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import (
    Column,
    ScalarSelect,
    Select,
    Table,
    Update,
    bindparam,
    func,
    select,
    update,
)

from authserver.adapters.database.rows import Rows
from authserver.adapters.database.schema import notices, totps
from authserver.domain.sealed_secret import SealedPlace, SealedSecret


def _count(table: Table) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).scalar_subquery()


def _after(key: Column[str], sealed: Column[bytes]) -> Select[str, bytes]:
    """A page by key, whether its rows have a secret or not: so each statement reads that many."""
    page = select(key, sealed).where(key > bindparam("row_id"))
    return page.order_by(key).limit(bindparam("most"))


def _replace(key: Column[str], sealed: Column[bytes]) -> Update:
    """A secret that changed or was forgotten meanwhile is left as it is by then."""
    still_there = (key == bindparam("row_id"), sealed == bindparam("old"))
    return update(key.table).where(*still_there).values({sealed: bindparam("new")})


_COLUMNS = {
    SealedPlace.TOTP: (totps.c.id, totps.c.sealed_secret),
    SealedPlace.NOTICE: (notices.c.id, notices.c.secret),
}
_COUNT = select(_count(totps) + _count(notices))
_AFTER: Mapping[SealedPlace, Select[str, bytes]] = {
    place: _after(*columns) for place, columns in _COLUMNS.items()
}
_REPLACE: Mapping[SealedPlace, Update] = {
    place: _replace(*columns) for place, columns in _COLUMNS.items()
}


class SealedSecretRows(Rows):
    """Fulfils ``flows.stores.SealedSecrets``."""

    __slots__ = ()

    def count(self) -> int:
        counted: int = self._connection.execute(_COUNT).scalar_one()
        return counted

    def after(self, place: SealedPlace, row_id: str, limit: int) -> Sequence[SealedSecret]:
        rows = self._connection.execute(_AFTER[place], {"row_id": row_id, "most": limit})
        return [SealedSecret(place=place, row_id=row[0], sealed=bytes(row[1])) for row in rows]

    def replace(self, secret: SealedSecret, sealed: bytes) -> bool:
        row = {"row_id": secret.row_id, "old": secret.sealed, "new": sealed}
        return self._changed(_REPLACE[secret.place], row) == 1
