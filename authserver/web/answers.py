"""How a refusal leaves the house: problem+json for programs, a page that helps for people."""

from __future__ import annotations

import json
import traceback
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from werkzeug.exceptions import HTTPException

from authserver.domain.assurance import Level
from authserver.domain.step_up import StepUp
from authserver.web.problems import Problem, Wire
from authserver.web.wording import say, summary

_HTTP = {
    400: Wire.BAD_REQUEST,
    404: Wire.NO_SUCH_ROUTE,
    405: Wire.METHOD,
    413: Wire.TOO_LARGE,
    415: Wire.UNSUPPORTED_MEDIA_TYPE,
}

_FAULT_RETRY_SECONDS = 5

_NEXT_PAGES = {
    "sign_in": ("/sign-in", "Sign in"),
    "open_account": ("/open-account", "Open an account"),
    "recover": ("/recovery", "Recover access"),
    "go_home": ("/", "Go to the start page"),
}


def install(app: Flask) -> None:
    """Answer every refusal and fault of the application in one shape."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def _http(exception: HTTPException) -> Response:
    wire = _HTTP.get(
        exception.code or 500, Wire.BAD_REQUEST if (exception.code or 500) < 500 else Wire.FAULT
    )
    response = answer(Problem(wire))
    if exception.code == 405 and getattr(exception, "valid_methods", None):
        response.headers["Allow"] = ", ".join(exception.valid_methods)  # type: ignore[attr-defined]
    return response


def _fault(exception: Exception) -> Response:
    # Where it happened goes to the log, under the request's id; what it says does not, for a
    # database's complaint repeats the row it complains about.
    where = "".join(traceback.format_tb(exception.__traceback__))
    name = type(exception).__name__
    g.faulted = True
    current_app.logger.error("fault in request %s: %s\n%s", g.get("request_id", ""), name, where)
    return answer(Problem(Wire.FAULT, retry_after=_FAULT_RETRY_SECONDS))


def answer(problem: Problem) -> Response:
    """The problem as the asker can read it."""
    for_programs = request.path.startswith(("/api/", "/test/"))
    try:
        response = _document(problem) if for_programs else _page(problem)
    except Exception as exception:
        # Saying no asks who is signed in, for the language; the database may be gone for that too.
        if g.get("faulted"):
            raise
        return _fault(exception)
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response


def _document(problem: Problem) -> Response:
    public = problem.public
    body: dict[str, Any] = {
        "type": f"/docs#problem-{public.code}",
        "title": say(public.title),
        "status": public.status,
        "detail": say(public.detail),
        "code": public.code,
        "next": public.next,
        "request_id": g.get("request_id", ""),
        **problem.extra,
    }
    return Response(
        json.dumps(body, ensure_ascii=False), public.status, content_type="application/problem+json"
    )


def _page(problem: Problem) -> Response:
    public = problem.public
    steps = []
    if public.next in _NEXT_PAGES:
        href, text = _NEXT_PAGES[public.next]
        steps.append({"text": say(text), "href": href})
    page = render_template(
        "problem/problem.html",
        status=public.status,
        title=say(public.title),
        detail=say(public.detail),
        what_was_kept=None,
        next_steps=steps,
    )
    return Response(page, public.status)


def step_up_body(step_up: StepUp) -> dict[str, Any]:
    """What a client is told of a step-up: exactly what will be done, and how to confirm it."""
    return {
        "id": step_up.id,
        "action": step_up.action.value,
        "state": step_up.state.value,
        "subject": dict(step_up.subject),
        "summary": summary(step_up.subject),
        "requirement": {"level": step_up.level.name, "methods": _methods(step_up), "bound": True},
        "risk": {"level": "none", "score": None, "reasons": []},
        "expires_at": rfc3339(step_up.expires_at),
    }


def _methods(step_up: StepUp) -> list[str]:
    """What satisfies it: a code of an app never stands in for a passkey."""
    return ["passkey"] if step_up.level is Level.AL3 else ["passkey", "totp"]


def rfc3339(at: Any) -> str:
    """A moment as the API writes it: RFC 3339, UTC, whole milliseconds."""
    text: str = at.isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
