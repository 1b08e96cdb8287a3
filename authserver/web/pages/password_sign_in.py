"""The way in without a passkey, for accounts with an agreed exception; works without scripts.

The ways that are offered are the same for every account, every browser and every outcome.
"""

from __future__ import annotations

from flask import abort, redirect, render_template
from werkzeug.wrappers import Response

from authserver.domain.action import Action
from authserver.domain.outcome import Reason, Refused
from authserver.domain.policy import SecondFactor
from authserver.flows import mail_codes, password_sign_in
from authserver.flows.start_session import SessionStarted
from authserver.web import forms, identity
from authserver.web.api.password_sign_in import CodeBody, PasswordBody, RecoveryCodeBody
from authserver.web.clients import client
from authserver.web.guards import Access, guarded
from authserver.web.house import house, now
from authserver.web.pages.blueprint import pages
from authserver.web.problems import TABLE, Problem, PublicProblem

Answer = str | Response | tuple[str, int]
Errors = dict[str, str]

# Refusals that the form itself can answer; all others are a page of their own.
_TOLD_IN_PLACE = frozenset({"credentials_invalid", "busy", "sign_in_not_begun"})


def _in_place(refused: Refused) -> PublicProblem:
    """The refusal's sentences for the form. Raises Problem for one that the form cannot answer."""
    public = TABLE[refused.reason]
    if public.code not in _TOLD_IN_PLACE:
        raise Problem.of(refused)
    return public


def _password_page(errors: Errors, refusal: PublicProblem | None = None) -> str:
    # What was typed as a password goes back to nobody's screen.
    return render_template(
        "sign_in/password.html",
        login_id=forms.entries().get("login_id", ""),
        errors=errors,
        refusal=refusal,
    )


@pages.get("/sign-in/password")
@guarded(Access.ANYONE)
def sign_in_with_password() -> Answer:
    if identity.signed_in() is not None:
        return redirect("/")
    return _password_page({})


@pages.post("/sign-in/password")
@guarded(Access.ANYONE, Action.SIGN_IN)
def show_password() -> Answer:
    form = forms.read(PasswordBody)
    if isinstance(form, dict):
        return _password_page(form)
    outcome = password_sign_in.show_password(
        house().services, client(), now(), login_id=form.login_id, password=form.password
    )
    if isinstance(outcome, Refused):
        return _password_page({}, _in_place(outcome))
    return redirect("/sign-in/second-factor", 303)


def _second_page(form: str, errors: Errors, refusal: PublicProblem | None = None) -> str:
    """``form`` is the one that was sent: what went wrong is told there."""
    return render_template(
        "sign_in/second_factor.html",
        form=form,
        errors=errors,
        refusal=refusal,
        by_mail=_by_mail(),
    )


def _by_mail() -> bool:
    return SecondFactor.EMAIL_CODE in house().services.policy.sign_in.second_factors_at(now())


def _entered(form: str, outcome: SessionStarted | Refused) -> Answer:
    """Into the house, or why not; a right code may still meet an account that wants a passkey."""
    if isinstance(outcome, SessionStarted):
        identity.remember(outcome.token)
        return redirect("/", 303)
    public = TABLE[outcome.reason]
    if outcome.reason is Reason.PASSKEY_REQUIRED:
        return render_template("sign_in/passkey_required.html"), public.status
    if outcome.reason is Reason.SIGN_IN_NOT_BEGUN:
        return _password_page({}, public)
    return _second_page(form, {}, _in_place(outcome))


@pages.get("/sign-in/second-factor")
@guarded(Access.ANYONE)
def second_factor() -> Answer:
    if identity.signed_in() is not None:
        return redirect("/")
    return _second_page("app", {})


@pages.post("/sign-in/second-factor")
@guarded(Access.ANYONE, Action.SIGN_IN)
def give_app_code() -> Answer:
    form = forms.read(CodeBody)
    if isinstance(form, dict):
        return _second_page("app", form)
    return _entered(
        "app",
        password_sign_in.show_totp(
            house().services, client(), now(), code=form.code, previous=identity.signed_in()
        ),
    )


@pages.post("/sign-in/recovery-code")
@guarded(Access.ANYONE, Action.SIGN_IN)
def give_recovery_code() -> Answer:
    form = forms.read(RecoveryCodeBody)
    if isinstance(form, dict):
        return _second_page("recovery", form)
    return _entered(
        "recovery",
        password_sign_in.show_recovery_code(
            house().services, client(), now(), code=form.code, previous=identity.signed_in()
        ),
    )


@pages.post("/sign-in/email-code/request")
@guarded(Access.ANYONE, Action.SIGN_IN)
def request_sign_in_code() -> Answer:
    if not _by_mail():
        abort(404)
    refused = mail_codes.request(house().services, client(), now())
    if refused is not None:
        return _password_page({}, _in_place(refused))
    return _second_page("mail", {})


@pages.post("/sign-in/email-code")
@guarded(Access.ANYONE, Action.SIGN_IN)
def give_sign_in_code() -> Answer:
    if not _by_mail():
        abort(404)
    form = forms.read(CodeBody)
    if isinstance(form, dict):
        return _second_page("mail", form)
    return _entered(
        "mail",
        mail_codes.show(
            house().services, client(), now(), code=form.code, previous=identity.signed_in()
        ),
    )
