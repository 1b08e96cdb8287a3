"""Recovery after every factor is lost, page by page; each leads to the step that comes next."""

from __future__ import annotations

from datetime import date

from flask import redirect, render_template
from werkzeug.wrappers import Response

from authserver.domain.action import Action
from authserver.domain.outcome import Reason, Refused
from authserver.domain.policy import RecoveryProof
from authserver.domain.sign_up import IdentityClaim, IdentityMethod, SignUpStep
from authserver.flows import begin_recovery, recovery, sign_up, stop_recovery
from authserver.flows.begin_recovery import Onward
from authserver.web import forms, identity
from authserver.web.api.accounts import EmailCode, EnrolmentCode, ProveIdentity
from authserver.web.api.recovery import BeginRecovery
from authserver.web.clients import client
from authserver.web.guards import Access, guarded
from authserver.web.house import house, now
from authserver.web.pages.blueprint import pages
from authserver.web.problems import TABLE, Problem

Answer = str | Response
Errors = dict[str, str]
_PAGE_OF = {
    "give_email_code": "/recovery/email-code",
    "prove_identity": "/recovery/identity",
    "give_sms_code": "/recovery/sms-code",
    "enrol_passkey": "/recovery/passkey",
}
# What the page itself can answer; everything else is a page of its own that says where to go.
_TOLD_IN_PLACE = frozenset({Reason.CODE_WRONG, Reason.PATH_LOCKED, Reason.IDENTITY_NOT_PROVED})


def _page(name: str, errors: Errors, refused: Refused | None = None, **more: object) -> str:
    if refused is not None and refused.reason not in _TOLD_IN_PLACE:
        raise Problem.of(refused)
    return render_template(
        f"recovery/{name}.html",
        values=forms.entries(),
        errors=errors,
        refusal=TABLE[refused.reason] if refused else None,
        hold_hours=int(house().services.policy.recovery.hold.total_seconds()) // 3600,
        by_sms=house().services.policy.recovery.second is RecoveryProof.SMS_CODE,
        **more,
    )


def _onward(name: str, outcome: Onward | Refused) -> Answer:
    if isinstance(outcome, Refused):
        return _page(name, {}, outcome)
    identity.rename(outcome.token)
    return redirect(_PAGE_OF[outcome.next], 303)


@pages.get("/recovery")
@guarded(Access.ANYONE)
def recover() -> Answer:
    return _page("start", {})


@pages.post("/recovery")
@guarded(Access.ANYONE, Action.RECOVER_ACCOUNT)
def start_recovery() -> Answer:
    form = forms.read(BeginRecovery)
    if isinstance(form, dict):
        return _page("start", form)
    begun = begin_recovery.begin(house().services, client(), now(), login_id=form.login_id)
    return _onward("start", begun)


@pages.get("/recovery/email-code")
@guarded(Access.ANYONE)
def recovery_email_code() -> Answer:
    return _page("email_code", {})


@pages.post("/recovery/email-code")
@guarded(Access.ANYONE, Action.RECOVER_ACCOUNT)
def give_recovery_email_code() -> Answer:
    form = forms.read(EmailCode)
    if isinstance(form, dict):
        return _page("email_code", form)
    return _onward("email_code", recovery.give_code(house().services, client(), now(), form.code))


@pages.get("/recovery/sms-code")
@guarded(Access.ANYONE)
def recovery_sms_code() -> Answer:
    return _page("sms_code", {})


@pages.post("/recovery/sms-code")
@guarded(Access.ANYONE, Action.RECOVER_ACCOUNT)
def give_recovery_sms_code() -> Answer:
    form = forms.read(EmailCode)
    if isinstance(form, dict):
        return _page("sms_code", form)
    return _onward(
        "sms_code",
        recovery.give_sms_code(
            house().services, client(), now(), form.code, previous=identity.signed_in()
        ),
    )


@pages.get("/recovery/identity")
@guarded(Access.ANYONE)
def recovery_identity() -> Answer:
    return _page("identity", {})


@pages.post("/recovery/identity")
@guarded(Access.ANYONE, Action.RECOVER_ACCOUNT)
def prove_identity_again() -> Answer:
    form = forms.read(ProveIdentity)
    if isinstance(form, dict):
        return _page("identity", form)
    claim = IdentityClaim(
        method=IdentityMethod(form.method),
        full_name_kana=form.full_name_kana,
        birth_date=date.fromisoformat(form.birth_date),
    )
    proved = recovery.prove_identity(
        house().services, client(), now(), claim, previous=identity.signed_in()
    )
    return _onward("identity", proved)


@pages.get("/recovery/passkey")
@guarded(Access.ANYONE)
def recovery_passkey() -> Answer:
    present = sign_up.present(house().services, client(), now())
    if present is None or present.step is not SignUpStep.ENROL_PASSKEY:
        return redirect("/recovery")
    return render_template("open_account/passkey.html", purpose="recover")


@pages.get("/recovery/stop")
@guarded(Access.ANYONE)
def stop_recovery_page() -> Answer:
    return _page("stop", {})


@pages.post("/recovery/stop")
@guarded(Access.ANYONE, Action.STOP_RECOVERY)
def stop_recovery_by_code() -> Answer:
    form = forms.read(EnrolmentCode)
    if isinstance(form, dict):
        return _page("stop", form)
    refused = stop_recovery.stop_by_code(
        house().services, client(), now(), login_id=form.login_id, code=form.code
    )
    return _page("stop", {}, refused) if refused else render_template("recovery/stopped.html")
