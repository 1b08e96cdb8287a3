"""What every template can use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, g, request
from jinja2 import StrictUndefined

from authserver.web import forms, identity
from authserver.web.fresh_static import static_url
from authserver.web.house import house
from authserver.web.wording import locale, say


def install(app: Flask) -> None:
    """Translated sentences, local times, and the few values that all pages show."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        say, _say_number, newstyle=True
    )
    app.jinja_env.filters["datetime"] = _datetime
    app.jinja_env.filters["date"] = _date
    app.jinja_env.globals["static_url"] = static_url
    app.context_processor(_common)


def _say_number(singular: str, plural: str, number: int) -> str:
    return house().translator.ngettext(locale(), singular, plural, number)


def _datetime(at: datetime) -> str:
    return house().translator.format_datetime(at, locale())


def _date(at: datetime) -> str:
    return house().translator.format_date(at, locale())


def _common() -> dict[str, Any]:
    signed_in = identity.signed_in()
    return {
        "locale": locale(),
        "account": signed_in.account if signed_in else None,
        "mode": house().settings.mode.value,
        "request_id": g.get("request_id", ""),
        "csrf_token": forms.csrf_token(),
        "path": request.path,
        "firm_name": say("Mihon Securities"),
        "messages": [],
    }
