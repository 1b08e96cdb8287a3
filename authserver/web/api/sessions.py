"""The account's own sessions."""

from __future__ import annotations

from flask import Blueprint
from pydantic import BaseModel

from authserver.domain.action import Action
from authserver.domain.ids import SessionId
from authserver.domain.outcome import Reason, Refused
from authserver.flows import end_sessions
from authserver.web import identity
from authserver.web.acting import acting
from authserver.web.answers import rfc3339
from authserver.web.api.contract import Empty, Outcome, endpoint
from authserver.web.clients import client
from authserver.web.guards import Access
from authserver.web.house import house, now

api = Blueprint("api_sessions", __name__, url_prefix="/api/v1")
TAG = "Sessions"


class ListedSession(BaseModel):
    id: str
    device: str
    place: str
    assurance: str
    created_at: str
    last_seen_at: str
    current: bool


class SessionsBody(BaseModel):
    items: list[ListedSession]
    next_cursor: str | None


class EndedBody(BaseModel):
    ended: int


@endpoint(
    api,
    "GET",
    "/sessions",
    summary="Where the account is signed in",
    tag=TAG,
    access=Access.SIGNED_IN,
    answer=SessionsBody,
)
def list_sessions() -> Outcome:
    own = acting().session.id
    items = [
        ListedSession(
            id=session.id,
            device=session.device,
            place=session.place,
            assurance=session.assurance.level.name,
            created_at=rfc3339(session.created_at),
            last_seen_at=rfc3339(session.last_seen_at),
            current=session.id == own,
        )
        for session in end_sessions.listed(house().services, acting(), now())
    ]
    return 200, SessionsBody(items=items, next_cursor=None)


@endpoint(
    api,
    "DELETE",
    "/sessions/<uuid:id>",
    summary="End one of them",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.END_SESSION,
    status=204,
    reasons=(Reason.NOT_FOUND, Reason.ACCOUNT_FROZEN),
)
def end_session(id: str, body: Empty) -> Outcome:
    own = acting().session.id == id
    refused = end_sessions.end_one(house().services, client(), now(), acting(), SessionId(id))
    if own and refused is None:
        identity.forget()
    return refused or (204, None)


@endpoint(
    api,
    "DELETE",
    "/sessions",
    summary="End all others",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.END_SESSION,
    answer=EndedBody,
    reasons=(Reason.ACCOUNT_FROZEN,),
)
def end_other_sessions(body: Empty) -> Outcome:
    ended = end_sessions.end_others(house().services, client(), now(), acting())
    return ended if isinstance(ended, Refused) else (200, EndedBody(ended=ended))
