"""The signed-in party of a route that wears the signed-in guard."""

from __future__ import annotations

import uuid

from flask import request

from authserver.domain.ids import StepUpId
from authserver.domain.outcome import Reason
from authserver.domain.session import SignedIn
from authserver.web import identity
from authserver.web.problems import Problem


def acting() -> SignedIn:
    """Who acts. Raises a 401 Problem where the guard was forgotten, so nothing happens unsigned."""
    signed_in = identity.signed_in()
    if signed_in is None:
        raise Problem(Reason.NOT_SIGNED_IN)
    return signed_in


def step_up_header() -> StepUpId | None:
    """The approval that the client says it has: the ``Step-Up`` header, if it is an id at all."""
    value = request.headers.get("Step-Up")
    if value is None:
        return None
    try:
        return StepUpId(str(uuid.UUID(value)))
    except ValueError:
        raise Problem(Reason.STEP_UP_UNKNOWN) from None
