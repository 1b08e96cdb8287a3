"""Addresses that machines look for: health, the API's description, and the well-known ones."""

from __future__ import annotations

import json

from flask import Blueprint, Response, current_app, redirect
from werkzeug.wrappers import Response as AnyResponse

from authserver.web.guards import Access, guarded
from authserver.web.house import house
from authserver.web.openapi import document

api = Blueprint("service", __name__)


def _json(value: object) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), content_type="application/json")


@api.get("/healthz")
@guarded(Access.ANYONE)
def healthz() -> Response:
    """The process answers."""
    return _json({"status": "ok"})


@api.get("/readyz")
@guarded(Access.ANYONE)
def readyz() -> Response:
    """The process can do its work: its database answers."""
    try:
        house().health.ping()
    except Exception:
        current_app.logger.exception("the database does not answer")
        response = _json({"status": "unavailable"})
        response.status_code = 503
        response.headers["Retry-After"] = "5"
        return response
    return _json({"status": "ready"})


@api.get("/openapi.json")
@guarded(Access.ANYONE)
def openapi() -> Response:
    return _json(
        document(
            test_mode=house().harness is not None,
            factors=house().services.policy.sign_in.second_factors,
        )
    )


@api.get("/.well-known/webauthn")
@guarded(Access.ANYONE)
def related_origins() -> Response:
    """Origins that may use this domain's passkeys (WebAuthn Level 3 CR, 5.11)."""
    return _json({"origins": sorted(house().settings.origins)})


@api.get("/.well-known/passkey-endpoints")
@guarded(Access.ANYONE)
def passkey_endpoints() -> Response:
    """Where credential managers lead people to make and manage passkeys."""
    origin = house().settings.origin
    return _json({"enroll": f"{origin}/security", "manage": f"{origin}/security"})


@api.get("/.well-known/change-password")
@guarded(Access.ANYONE)
def change_password() -> AnyResponse:
    """Credential managers look here; the address opens the form on the security page."""
    return redirect("/security#password", 302)


@api.get("/.well-known/security.txt")
@guarded(Access.ANYONE)
def security_txt() -> Response:
    """RFC 9116. The contact is the page that says how to report; this is a demonstration."""
    origin = house().settings.origin
    expires = house().services.clock.now().replace(microsecond=0)
    expires = expires.replace(year=expires.year + 1, day=min(expires.day, 28))
    text = (
        f"Contact: {origin}/docs#reporting\n"
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}\n"
        "Preferred-Languages: ja, en\n"
        f"Canonical: {origin}/.well-known/security.txt\n"
    )
    return Response(text, content_type="text/plain; charset=utf-8")
