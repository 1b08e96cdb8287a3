"""The ways in that can be guessed at: how they stand, and opening one again."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint
from pydantic import BaseModel

from authserver.domain.action import Action
from authserver.domain.guessing import Path
from authserver.domain.outcome import Reason, Refused
from authserver.domain.step_up import StepUpNeeded
from authserver.flows import paths
from authserver.web.acting import acting, step_up_header
from authserver.web.answers import rfc3339
from authserver.web.api.contract import Body, Outcome, endpoint
from authserver.web.clients import client
from authserver.web.guards import Access
from authserver.web.house import house, now

api = Blueprint("api_paths", __name__, url_prefix="/api/v1")
TAG = "Locks against guessing"


class ReopenPath(Body):
    path: Literal["password", "second_factor", "email_code"]


class PathBody(BaseModel):
    """``wrong_tries`` in a row; ``closed`` is for good, until the owner opens it again."""

    path: str
    wrong_tries: int
    locked_until: str | None
    closed: bool


class PathsBody(BaseModel):
    items: list[PathBody]
    next_cursor: str | None


@endpoint(
    api,
    "GET",
    "/sign-in-paths",
    summary="How often each way in was guessed at, and which is locked or closed",
    tag=TAG,
    access=Access.SIGNED_IN,
    answer=PathsBody,
)
def list_paths() -> Outcome:
    items = [
        PathBody(
            path=state.path,
            wrong_tries=state.tries,
            locked_until=rfc3339(state.locked_until)
            if state.locked_until and state.locked_until > now()
            else None,
            closed=state.closed,
        )
        for state in paths.states(house().services, acting())
    ]
    return 200, PathsBody(items=items, next_cursor=None)


@endpoint(
    api,
    "POST",
    "/sign-in-paths/reopening",
    summary="Open a locked or closed way again, confirmed with a factor that was not guessed at",
    tag=TAG,
    access=Access.SIGNED_IN,
    action=Action.REOPEN_PATH,
    body=ReopenPath,
    status=204,
    reasons=(Reason.ACCOUNT_FROZEN, Reason.STEP_UP_EXPIRED),
    steps_up=True,
)
def reopen_path(body: ReopenPath) -> Outcome:
    outcome = paths.reopen(
        house().services, client(), now(), acting(), Path(body.path), step_up_id=step_up_header()
    )
    return outcome if isinstance(outcome, Refused | StepUpNeeded) else (204, None)
