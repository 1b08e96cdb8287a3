"""The start page, before and after signing in, and the choice of language."""

from __future__ import annotations

import re

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from authserver.domain.account import LOCALES
from authserver.domain.action import Action
from authserver.flows import end_sessions, factors
from authserver.web import identity
from authserver.web.guards import Access, guarded
from authserver.web.house import house
from authserver.web.pages.blueprint import pages
from authserver.web.wording import LOCALE_COOKIE

# One class of characters and no repetition within a repetition: refused in one pass.
_OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/-]*")


@pages.get("/")
@guarded(Access.ANYONE)
def home() -> str:
    signed_in = identity.signed_in()
    if signed_in is None:
        return render_template("home/welcome.html", session_ended=identity.session_ended())
    owned = factors.listed(house().services, signed_in)
    return render_template(
        "home/home.html",
        last_sign_in=end_sessions.last_sign_in(house().services, signed_in),
        passkey_count=len(owned.passkeys),
        recovery_codes_left=owned.recovery_codes.left,
        session=signed_in.session,
    )


@pages.post("/language")
@guarded(Access.ANYONE, Action.CHANGE_LANGUAGE)
def language() -> Response:
    """Remember the language in a cookie and go back to where the person was, never elsewhere."""
    wanted = request.form.get("locale", "")
    back = request.form.get("return_to", "/")
    response = redirect(back if _OWN_PATH.fullmatch(back) else "/", 303)
    if wanted in LOCALES:
        response.set_cookie(
            LOCALE_COOKIE,
            wanted,
            max_age=365 * 86400,
            samesite="Lax",
            httponly=True,
            secure=house().settings.secure,
        )
    return response
