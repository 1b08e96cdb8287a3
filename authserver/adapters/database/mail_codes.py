"""Codes that were mailed for a sign-in: one a browser, three tries, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Executable, bindparam, delete, update

from authserver.adapters.database.rows import Insert, Rows, on_both
from authserver.adapters.database.schema import mail_codes
from authserver.domain.ids import AccountId


def _put(insert: Insert) -> Executable:
    new = insert(mail_codes).values(
        browser=bindparam("browser"),
        account_id=bindparam("account_id"),
        digest=bindparam("digest"),
        tries=0,
        expires_at=bindparam("expires_at"),
    )
    fresh = {key: new.excluded[key] for key in ("account_id", "digest", "tries", "expires_at")}
    return new.on_conflict_do_update(index_elements=["browser"], set_=fresh)


_PUT = on_both(_put)
_TAKE_TRY = (
    update(mail_codes)
    .where(
        mail_codes.c.browser == bindparam("of_browser"),
        mail_codes.c.account_id == bindparam("owner"),
        mail_codes.c.expires_at > bindparam("at"),
        mail_codes.c.tries < bindparam("most"),
    )
    .values(tries=mail_codes.c.tries + 1)
    .returning(mail_codes.c.digest)
)
_SPEND = delete(mail_codes).where(
    mail_codes.c.browser == bindparam("of_browser"), mail_codes.c.digest == bindparam("given")
)


class MailCodeRows(Rows):
    """Fulfils ``flows.stores.MailCodes``."""

    __slots__ = ()

    def put(
        self, browser: bytes, account_id: AccountId, digest: bytes, expires_at: datetime
    ) -> None:
        row = {
            "browser": browser,
            "account_id": account_id,
            "digest": digest,
            "expires_at": expires_at,
        }
        self._connection.execute(self._here(_PUT), row)

    def take_try(
        self, browser: bytes, account_id: AccountId, now: datetime, most: int
    ) -> bytes | None:
        parameters = {"of_browser": browser, "owner": account_id, "at": now, "most": most}
        digest: bytes | None = self._connection.execute(_TAKE_TRY, parameters).scalar()
        return digest

    def spend(self, browser: bytes, digest: bytes) -> bool:
        return self._changed(_SPEND, {"of_browser": browser, "given": digest}) == 1
