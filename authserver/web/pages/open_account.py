"""Opening an account, page by page; each page leads to the step that comes next."""

from __future__ import annotations

from datetime import date

from flask import redirect, render_template
from werkzeug.wrappers import Response

from authserver.domain.account import masked_email
from authserver.domain.action import Action
from authserver.domain.outcome import Reason, Refused
from authserver.domain.sign_up import IdentityClaim, IdentityMethod, SignUp, SignUpStep
from authserver.flows import enrolment_codes, sign_up
from authserver.flows.sign_up import Advanced, Application
from authserver.web import forms, identity
from authserver.web.api.accounts import EmailCode, EnrolmentCode, OpenAccount, ProveIdentity
from authserver.web.clients import client
from authserver.web.guards import Access, guarded
from authserver.web.house import house, now
from authserver.web.pages.blueprint import pages
from authserver.web.problems import TABLE, Problem
from authserver.web.wording import locale, say, sentences

_PAGE_OF = {
    SignUpStep.VERIFY_EMAIL: "/open-account/verify-email",
    SignUpStep.PROVE_IDENTITY: "/open-account/identity",
    SignUpStep.ENROL_PASSKEY: "/open-account/passkey",
    SignUpStep.DONE: "/open-account",
}


def _onward(advanced: Advanced) -> Response:
    identity.rename(advanced.token)
    return redirect(_PAGE_OF[advanced.next], 303)


def _at(step: SignUpStep) -> SignUp | Response:
    """The sign-up of this browser if this step is its next one, else the way to the one that is."""
    present = sign_up.present(house().services, client(), now())
    if present is None:
        return redirect("/open-account")
    return present if present.step is step else redirect(_PAGE_OF[present.step])


def _said(refused: Refused, field: str) -> dict[str, str]:
    """A refusal as a sentence beside the field it is about; a flood is a page of its own."""
    if refused.reason is Reason.THROTTLED:
        raise Problem.of(refused)
    public = TABLE[refused.reason]
    return {field: sentences(say(public.title), say(public.detail))}


@pages.route("/open-account", methods=["GET"])
@guarded(Access.ANYONE)
def open_account() -> str | Response:
    if identity.signed_in() is not None:
        return redirect("/")
    return render_template("open_account/start.html", values={"locale": locale()}, errors={})


@pages.post("/open-account")
@guarded(Access.ANYONE, Action.OPEN_ACCOUNT)
def begin_account() -> str | Response:
    form = forms.read(OpenAccount)
    if isinstance(form, dict):
        return render_template("open_account/start.html", values=forms.entries(), errors=form)
    application = Application(
        login_id=form.login_id,
        email=form.email,
        display_name=form.display_name,
        locale=form.locale,
    )
    outcome = sign_up.begin(house().services, client(), now(), application)
    if isinstance(outcome, Refused):
        raise Problem.of(outcome)
    return _onward(outcome)


@pages.get("/open-account/verify-email")
@guarded(Access.ANYONE)
def verify_email() -> str | Response:
    present = _at(SignUpStep.VERIFY_EMAIL)
    if not isinstance(present, SignUp):
        return present
    return _verify_page(present, {})


def _verify_page(present: SignUp, errors: dict[str, str]) -> str:
    return render_template(
        "open_account/verify_email.html", masked_email=masked_email(present.email), errors=errors
    )


@pages.post("/open-account/verify-email")
@guarded(Access.ANYONE, Action.OPEN_ACCOUNT)
def give_email_code() -> str | Response:
    present = _at(SignUpStep.VERIFY_EMAIL)
    if not isinstance(present, SignUp):
        return present
    form = forms.read(EmailCode)
    if isinstance(form, dict):
        return _verify_page(present, form)
    outcome = sign_up.verify_email(house().services, client(), now(), form.code)
    if isinstance(outcome, Refused):
        return _verify_page(present, _said(outcome, "code"))
    return _onward(outcome)


@pages.post("/open-account/new-code")
@guarded(Access.ANYONE, Action.OPEN_ACCOUNT)
def renew_email_code() -> Response:
    outcome = sign_up.renew_code(house().services, client(), now())
    if isinstance(outcome, Refused):
        raise Problem.of(outcome)
    return _onward(outcome)


@pages.get("/open-account/identity")
@guarded(Access.ANYONE)
def prove_identity() -> str | Response:
    present = _at(SignUpStep.PROVE_IDENTITY)
    if not isinstance(present, SignUp):
        return present
    return render_template("open_account/identity.html", values={}, errors={})


@pages.post("/open-account/identity")
@guarded(Access.ANYONE, Action.OPEN_ACCOUNT)
def claim_identity() -> str | Response:
    present = _at(SignUpStep.PROVE_IDENTITY)
    if not isinstance(present, SignUp):
        return present
    form = forms.read(ProveIdentity)
    if isinstance(form, dict):
        return render_template("open_account/identity.html", values=forms.entries(), errors=form)
    claim = IdentityClaim(
        method=IdentityMethod(form.method),
        full_name_kana=form.full_name_kana,
        birth_date=date.fromisoformat(form.birth_date),
    )
    outcome = sign_up.prove_identity(house().services, client(), now(), claim)
    if isinstance(outcome, Refused):
        errors = _said(outcome, "full_name_kana")
        return render_template("open_account/identity.html", values=forms.entries(), errors=errors)
    return _onward(outcome)


@pages.get("/open-account/passkey")
@guarded(Access.ANYONE)
def first_passkey() -> str | Response:
    present = _at(SignUpStep.ENROL_PASSKEY)
    if not isinstance(present, SignUp):
        return present
    return render_template(
        "open_account/passkey.html", purpose="enrol" if present.account_id else "open"
    )


@pages.get("/open-account/recovery-codes")
@guarded(Access.SIGNED_IN)
def first_recovery_codes() -> str:
    return render_template("open_account/recovery_codes.html")


@pages.get("/enrol")
@guarded(Access.ANYONE)
def enrol() -> str:
    return render_template("enrol/code.html", values={}, errors={})


@pages.post("/enrol")
@guarded(Access.ANYONE, Action.REDEEM_ENROLMENT_CODE)
def redeem_enrolment_code() -> str | Response:
    form = forms.read(EnrolmentCode)
    if isinstance(form, dict):
        return render_template("enrol/code.html", values=forms.entries(), errors=form)
    outcome = enrolment_codes.redeem(
        house().services,
        client(),
        now(),
        login_id=form.login_id,
        code=form.code,
        previous=identity.signed_in(),
    )
    if isinstance(outcome, Refused):
        errors = _said(outcome, "code")
        return render_template("enrol/code.html", values=forms.entries(), errors=errors)
    return _onward(outcome)
