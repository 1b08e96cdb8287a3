"""Which browser is this, and whose session does it hold? The only importer of flask-login.

One cookie names both. Before a sign-in it is a random name for the browser (``a.…``), which no row
knows; after it, the name of a session row (``s.…``). The prefix spares anonymous visitors a look-up
and decides nothing: a session exists only if its row does. Flask's own client-side session is off.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.sessions import NullSession, SessionInterface
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user

from authserver.domain.session import SignedIn
from authserver.flows.end_sessions import resolve
from authserver.flows.start_session import BROWSER_PREFIX, SESSION_PREFIX, digest_of, new_token
from authserver.web.house import house, now

_TOKEN = re.compile(r"[as]\.[A-Za-z0-9_-]{43}")


class NoClientSession(SessionInterface):
    """Nothing lives in the client: whoever tries to store something there gets an error."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return NullSession()

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        return


class Visitor(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """A signed-in browser as flask-login sees it; its id is the session's opaque token."""

    def __init__(self, signed_in: SignedIn, token: str) -> None:
        self.signed_in = signed_in
        self.token = token

    def get_id(self) -> str:
        return self.token


def install(app: Flask) -> None:
    """Let flask-login ask us, and only us, who a request belongs to."""
    app.session_interface = NoClientSession()
    # Its "remember me" cookie is read before we are asked; no cookie can have a name like this.
    app.config["REMEMBER_COOKIE_NAME"] = "none="
    # Without its context processor, which would look the visitor up for a page about a fault.
    manager = LoginManager(app, add_context_processor=False)
    manager.session_protection = None  # it would believe X-Forwarded-For
    manager.anonymous_user = AnonymousUserMixin
    manager.request_loader(_load)
    app.after_request(_write_cookie)


def cookie_name() -> str:
    return "__Host-session" if house().settings.secure else "session"


def present_token() -> str | None:
    """The cookie's value if it is spelled like one of ours."""
    value = request.cookies.get(cookie_name(), "")
    return value if _TOKEN.fullmatch(value) else None


def _load(request: Request) -> Visitor | None:
    token = present_token()
    if token is None or not token.startswith(SESSION_PREFIX):
        return None
    signed_in = resolve(house().services, token, now())
    return Visitor(signed_in, token) if signed_in else None


def signed_in() -> SignedIn | None:
    """Who is signed in, or None; after a fault nobody is asked, for the database may be gone."""
    if g.get("faulted"):
        return None
    return current_user.signed_in if current_user.is_authenticated else None


def session_ended() -> bool:
    """Whether this browser still carries the name of a session that is there no longer."""
    token = present_token()
    return token is not None and token.startswith(SESSION_PREFIX) and signed_in() is None


def browser_token() -> str:
    """The name of this browser, made and handed out on first need."""
    token: str | None = g.get("new_token") or present_token()
    if token is None:
        token = BROWSER_PREFIX + new_token(house().services)
        g.new_token = token
    return token


def browser_digest() -> bytes:
    """What ceremonies and sign-ups are bound to."""
    return digest_of(browser_token())


def remember(token: str) -> None:
    """Hand the browser the token of its new or re-issued session."""
    g.new_token = token


def rename(token: str) -> None:
    """Hand the browser the new name that a flow has given it, where one has."""
    if token:
        remember(token)


def forget() -> None:
    """Hand the browser a fresh anonymous name: the old one is worth nothing any more."""
    g.new_token = BROWSER_PREFIX + new_token(house().services)


def _write_cookie(response: Response) -> Response:
    token = g.get("new_token")
    if token is not None:
        response.set_cookie(
            cookie_name(),
            token,
            secure=house().settings.secure,
            httponly=True,
            samesite="Lax",
            path="/",
        )
        response.headers["Cache-Control"] = "no-store"
    return response
