"""The security page: what opens this account, and where it is open."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, render_template

from authserver.domain.factor import Passkey
from authserver.domain.session import SignedIn
from authserver.flows import end_sessions, factors, paths, stop_recovery
from authserver.web.acting import acting
from authserver.web.guards import Access, guarded
from authserver.web.house import house, now
from authserver.web.pages.blueprint import pages


@pages.get("/security")
@guarded(Access.SIGNED_IN)
def security() -> str:
    owned = factors.listed(house().services, acting())
    limits = house().services.policy.limits
    return render_template(
        "security/security.html",
        passkeys=[_passkey(passkey, acting()) for passkey in owned.passkeys],
        passkey_limit=limits.passkeys,
        totps=owned.totps,
        totp_limit=limits.totps,
        has_password=owned.password,
        password_least=limits.password_with_second if owned.totps else limits.password_alone,
        recovery_codes_left=owned.recovery_codes.left,
        recovery_codes_created_at=owned.recovery_codes.created_at,
        sessions=_sessions(acting()),
        recoveries=_recoveries(acting()),
        paths=[state for state in paths.states(house().services, acting()) if state.tries],
        present=now(),
    )


def _recoveries(signed_in: SignedIn) -> list[dict[str, Any]]:
    """What there is to stop; a recovery cannot be stopped by the passkey that it has brought."""
    shown = {proof.factor_id for proof in signed_in.session.proofs}
    return [
        {
            "begun_at": one.begun_at,
            "hold_until": one.holds_until(now()),
            "own": one.passkey_id in shown,
        }
        for one in stop_recovery.open_ones(house().services, signed_in, now())
    ]


def _passkey(passkey: Passkey, signed_in: SignedIn) -> dict[str, Any]:
    used = {proof.factor_id for proof in signed_in.session.proofs}
    return {
        "id": passkey.id,
        "label": passkey.label,
        "provider_name": house().services.passkey_names.provider(passkey.aaguid),
        "icon_light": _icon(passkey.aaguid, "light"),
        "icon_dark": _icon(passkey.aaguid, "dark"),
        "created_at": passkey.created_at,
        "last_used_at": passkey.last_used_at,
        "synced": passkey.backup_eligible,
        "current": passkey.id in used,
    }


def _icon(aaguid: str, theme: str) -> str | None:
    return f"/passkey-icons/{aaguid}/{theme}" if house().icons.icon(aaguid, theme) else None


def _sessions(signed_in: SignedIn) -> list[dict[str, Any]]:
    return [
        {
            "id": session.id,
            "device": session.device,
            "place": session.place,
            "created_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "current": session.id == signed_in.session.id,
            "assurance": session.assurance.level.name,
        }
        for session in end_sessions.listed(house().services, signed_in, now())
    ]


@pages.get("/passkey-icons/<uuid:aaguid>/<any(light, dark):theme>")
@guarded(Access.ANYONE)
def passkey_icon(aaguid: object, theme: str) -> Response:
    """An authenticator's picture, served from here so that no third party sees who looks."""
    icon = house().icons.icon(str(aaguid), theme)
    if icon is None:
        abort(404)
    response = Response(icon.content, content_type=icon.media_type)
    # An SVG is a document of its own when opened by its address: it may do nothing there.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    )
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
