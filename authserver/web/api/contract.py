"""One declaration per endpoint: it guards, validates, answers, and is the OpenAPI document.

Why not a library: the ones looked at parse bodies leniently, answer validation errors in their own
shape, and add unguarded routes. What is left to do beside pydantic is this page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, ValidationError

from authserver.domain.action import Action
from authserver.domain.outcome import Reason, Refused
from authserver.domain.passkey.strict_json import loads
from authserver.domain.policy import SecondFactor
from authserver.domain.step_up import StepUpNeeded
from authserver.web.answers import step_up_body
from authserver.web.guards import Access, guarded
from authserver.web.problems import Problem, Wire
from authserver.web.wording import say_invalid

Outcome = tuple[int, BaseModel | None] | Refused | StepUpNeeded


class Body(BaseModel):
    """A JSON object of ours: every member known and of exactly its type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Empty(Body):
    """A body that says nothing: absent, or ``{}``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One row of the contract. ``reasons`` are the refusals its flow can return.

    ``only_with`` names the factor without which, in the policy, the route does not exist.
    """

    method: str
    path: str
    summary: str
    tag: str
    access: Access
    action: Action | None
    body: type[Body] | None
    answer: type[BaseModel] | None
    status: int
    reasons: Sequence[Reason]
    steps_up: bool
    query: Sequence[str] = field(default_factory=tuple)
    only_with: SecondFactor | None = None


CONTRACT: list[Endpoint] = []
"""Every declared endpoint, in the order of the files; ``web.openapi`` prints it."""


def endpoint(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    summary: str,
    tag: str,
    access: Access = Access.ANYONE,
    action: Action | None = None,
    body: type[Body] | None = None,
    answer: type[BaseModel] | None = None,
    status: int = 200,
    reasons: Sequence[Reason] = (),
    steps_up: bool = False,
    query: Sequence[str] = (),
    only_with: SecondFactor | None = None,
) -> Callable[[Callable[..., Outcome]], Callable[..., Response]]:
    """Declare and register one endpoint; the view gets ``body=`` and the path's variables."""
    declared = Endpoint(
        method=method,
        path=(blueprint.url_prefix or "") + path,
        summary=summary,
        tag=tag,
        access=access,
        action=action,
        body=body,
        answer=answer,
        status=status,
        reasons=reasons,
        steps_up=steps_up,
        query=query,
        only_with=only_with,
    )
    CONTRACT.append(declared)

    def register(view: Callable[..., Outcome]) -> Callable[..., Response]:
        @wraps(view)
        def serve(**variables: Any) -> Response:
            if method != "GET":
                variables["body"] = _parsed_body(body or Empty)
            if "id" in variables:
                variables["id"] = str(variables["id"])
            return _response(view(**variables))

        serve = guarded(access, action)(serve)
        blueprint.add_url_rule(path, endpoint=view.__name__, view_func=serve, methods=[method])
        return serve

    return register


def _parsed_body(model: type[Body]) -> Body:
    data = request.get_data(cache=False)
    if not data and model is Empty:
        return Empty()
    if request.mimetype != "application/json":
        raise Problem(Wire.UNSUPPORTED_MEDIA_TYPE)
    try:
        value = loads(data)
    except ValueError:
        raise Problem(Wire.MALFORMED_JSON) from None
    try:
        return model.model_validate(value)
    except ValidationError as invalid:
        raise Problem(Wire.INVALID, extra={"errors": _errors(invalid)}) from None


def _errors(invalid: ValidationError) -> list[dict[str, str]]:
    errors = []
    for error in invalid.errors(include_url=False, include_context=False, include_input=False)[:20]:
        # The client's own member names come back escaped as RFC 6901 demands, and bounded.
        steps = (str(step)[:80].replace("~", "~0").replace("/", "~1") for step in error["loc"])
        code = str(error["type"])
        errors.append({"pointer": "/" + "/".join(steps), "code": code, "detail": say_invalid(code)})
    return errors


def _response(outcome: Outcome) -> Response:
    if isinstance(outcome, StepUpNeeded):
        raise Problem(Reason.STEP_UP_NEEDED, extra={"step_up": step_up_body(outcome.step_up)})
    if isinstance(outcome, Refused):
        raise Problem.of(outcome)
    status, model = outcome
    if model is None:
        return Response(status=status)
    return Response(model.model_dump_json(), status, content_type="application/json")
