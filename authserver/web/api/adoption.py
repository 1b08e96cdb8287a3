"""How far passkeys have come, for the people who have to bring the exceptions down."""

from __future__ import annotations

from flask import Blueprint
from pydantic import BaseModel

from authserver.flows import adoption
from authserver.web.answers import rfc3339
from authserver.web.api.contract import Outcome, endpoint
from authserver.web.guards import Access
from authserver.web.house import house, now

api = Blueprint("api_adoption", __name__, url_prefix="/api/v1")


class AdoptionBody(BaseModel):
    """Counts of accounts; ``exception_rate`` is the share with an exception in force, 0 to 1."""

    at: str
    accounts: int
    with_passkey: int
    passkey_used_30_days: int
    exceptions_by_reason: dict[str, int]
    exceptions_requested: int
    exception_rate: float


@endpoint(
    api,
    "GET",
    "/operator/adoption",
    summary="Accounts, passkeys, and exceptions by reason (FSA-SEC-13)",
    tag="Operators",
    access=Access.OPERATOR,
    answer=AdoptionBody,
)
def adoption_figures() -> Outcome:
    found = adoption.figures(house().services, now())
    return 200, AdoptionBody(
        at=rfc3339(now()),
        accounts=found.accounts,
        with_passkey=found.with_passkey,
        passkey_used_30_days=found.passkey_used,
        exceptions_by_reason={reason.value: n for reason, n in found.exceptions.items()},
        exceptions_requested=found.requested,
        exception_rate=round(found.exception_rate, 6),
    )
