"""The exception for people who cannot use a passkey: its owner's page, and the operators' list."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template

from authserver.domain.mfa_exception import ExceptionReason, ExceptionState, MfaException
from authserver.flows import adoption, exceptions, factors
from authserver.web.acting import acting
from authserver.web.guards import Access, guarded
from authserver.web.house import house, now
from authserver.web.pages.blueprint import pages


@pages.get("/security/exception")
@guarded(Access.SIGNED_IN)
def mfa_exception() -> str:
    present = exceptions.present(house().services, acting())
    owned = factors.listed(house().services, acting())
    limits = house().services.policy.limits
    return render_template(
        "security/exception.html",
        newest=present.newest,
        stage=_stage(present.newest),
        consent_version=present.consent_version,
        reasons=[reason.value for reason in ExceptionReason],
        has_password=owned.password,
        has_totp=bool(owned.totps),
        delay_hours=limits.exception_delay // timedelta(hours=1),
        life_days=limits.exception_life // timedelta(days=1),
    )


def _stage(newest: MfaException | None) -> str:
    """Where the newest request stands, as the page words it; time tells approved ones apart."""
    if newest is None:
        return "none"
    if newest.state is not ExceptionState.APPROVED:
        return newest.state.value
    if newest.in_force(now()):
        return "in_force"
    ahead = newest.effective_at is not None and now() < newest.effective_at
    return "approved" if ahead else "expired"


@pages.get("/operator/exceptions")
@guarded(Access.OPERATOR)
def waiting_exceptions() -> str:
    waiting = exceptions.waiting(house().services)
    return render_template(
        "operator/exceptions.html",
        waiting=waiting,
        approved=exceptions.approved(house().services, now()),
        adoption=adoption.figures(house().services, now()),
    )
