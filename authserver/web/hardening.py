"""What every request and every answer goes through, whatever the route."""

from __future__ import annotations

import uuid
from urllib.parse import quote, urlsplit

from flask import Flask, g, redirect, request
from werkzeug.wrappers import Response

from authserver.web.house import house
from authserver.web.identity import present_token
from authserver.web.problems import Problem, Wire

BODY_MAX = 64 * 1024

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "publickey-credentials-get=(self), publickey-credentials-create=(self), "
        "camera=(), microphone=(), geolocation=(), payment=()"
    ),
}

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def install(app: Flask) -> None:
    """Put the checks before, and the headers after, every view."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX
    app.config["MAX_FORM_MEMORY_SIZE"] = BODY_MAX
    app.config["MAX_FORM_PARTS"] = 50
    app.before_request(_name_the_request)
    app.before_request(_lead_to_localhost)
    app.before_request(_refuse_foreign_host)
    app.before_request(_refuse_cross_site)
    app.after_request(_add_headers)


def _name_the_request() -> None:
    # Ours, never the client's: a number that somebody else chose proves nothing in a log.
    g.request_id = uuid.UUID(bytes=house().services.entropy.token(16), version=4).hex


def _lead_to_localhost() -> Response | None:
    """Passkeys cannot belong to an address: people who opened 127.0.0.1 are led to localhost."""
    origin = house().settings.origin
    if request.method != "GET" or urlsplit(origin).hostname != "localhost":
        return None
    host = request.host.rpartition(":")[0] if ":" in request.host else request.host
    if host in ("127.0.0.1", "[::1]") and not request.path.startswith(
        ("/api/", "/test/", "/healthz", "/readyz")
    ):
        # The path is the client's: quoted again, and with one leading slash, or it would name
        # another host.
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return redirect(f"{origin}/{quote(request.path.lstrip('/'))}{query}", 307)
    return None


def _refuse_foreign_host() -> None:
    """Messages and tester's doors are for pages of ours: no other name may be resolved to us."""
    if request.path != "/outbox" and not request.path.startswith("/test/"):
        return
    own = {urlsplit(origin).hostname for origin in house().settings.origins}
    host = urlsplit(f"//{request.host}").hostname
    if host not in own | {"localhost", "127.0.0.1", "::1"}:
        raise Problem(Wire.CROSS_SITE)


def _refuse_cross_site() -> None:
    """A changing request that carries our cookie must come from our own pages."""
    if request.method not in _CHANGING:
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    if origin is not None:
        own = origin in house().settings.origins and site in (None, "same-origin")
    else:
        own = site == "same-origin" or (site is None and present_token() is None)
    if not own:
        raise Problem(Wire.CROSS_SITE)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-ID"] = g.get("request_id", "")
    if house().settings.secure:
        response.headers.setdefault(
            "Strict-Transport-Security", "max-age=63072000; includeSubDomains"
        )
    response.headers.setdefault("Cache-Control", "no-store")
    return response
