"""The WSGI application: ``create_app`` joins the web room to a house that ``wiring`` built."""

from __future__ import annotations

from flask import Flask

from authserver import settings as settings_module
from authserver.domain.policy import SecondFactor
from authserver.web import answers, forms, fresh_static, guards, hardening, identity, templating
from authserver.web.api import (
    accounts,
    adoption,
    exceptions,
    factors,
    mail_codes,
    password_sign_in,
    passwords,
    paths,
    recovery,
    service,
    sessions,
    sign_in,
    step_ups,
)
from authserver.web.harness import api as test_mode
from authserver.web.house import EXTENSION, House
from authserver.web.pages import docs, home, open_account, outbox, security
from authserver.web.pages import exceptions as exceptions_page
from authserver.web.pages import password_sign_in as password_sign_in_page
from authserver.web.pages import recovery as recovery_page
from authserver.web.pages import sign_in as sign_in_page
from authserver.web.pages.blueprint import pages
from authserver.wiring import build, folder

API = tuple(
    module.api
    for module in (
        accounts,
        sign_in,
        password_sign_in,
        passwords,
        factors,
        paths,
        exceptions,
        recovery,
        step_ups,
        sessions,
        adoption,
        service,
    )
)
PAGES = (
    home,
    sign_in_page,
    password_sign_in_page,
    open_account,
    security,
    exceptions_page,
    recovery_page,
    outbox,
    docs,
)
"""Modules that put their views on the pages' blueprint when they are imported."""


def create_app(settings: settings_module.Settings | None = None) -> Flask:
    """The application for these settings (read from the environment by default).

    Raises SettingsError or Unguarded with a sentence that says what to change.
    """
    return assemble(build(settings or settings_module.read()))


def assemble(house: House) -> Flask:
    """The application over a given house."""
    app = Flask("authserver", static_folder=None, template_folder=str(folder("templates")))
    app.extensions[EXTENSION] = house
    answers.install(app)
    hardening.install(app)
    identity.install(app)
    forms.install(app)
    templating.install(app)
    for blueprint in API:
        app.register_blueprint(blueprint)
    app.register_blueprint(pages)
    app.register_blueprint(fresh_static.static)
    if SecondFactor.EMAIL_CODE in house.services.policy.sign_in.second_factors:
        app.register_blueprint(mail_codes.api)
    if house.harness is not None:
        app.register_blueprint(test_mode)
    guards.enforce(app)
    guards.check_every_route(app, house.services.policy)
    return app
