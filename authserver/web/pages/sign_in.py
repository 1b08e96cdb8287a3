"""The sign-in page; the passkey itself goes through the API, for only a script can ask for it."""

from __future__ import annotations

from flask import redirect, render_template
from werkzeug.wrappers import Response

from authserver.domain.action import Action
from authserver.flows import end_sessions
from authserver.web import identity
from authserver.web.clients import client
from authserver.web.guards import Access, guarded
from authserver.web.house import house, now
from authserver.web.pages.blueprint import pages


@pages.get("/sign-in")
@guarded(Access.ANYONE)
def sign_in() -> str | Response:
    if identity.signed_in() is not None:
        return redirect("/")
    return render_template("sign_in/sign_in.html", session_ended=identity.session_ended())


@pages.post("/sign-out")
@guarded(Access.ANYONE, Action.SIGN_OUT)
def sign_out() -> Response:
    signed_in = identity.signed_in()
    if signed_in is not None:
        end_sessions.sign_out(house().services, client(), now(), signed_in)
        identity.forget()
    return redirect("/", 303)
