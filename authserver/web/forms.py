"""HTML forms: a token that proves the form is ours, and entries by the API's own declarations."""

from __future__ import annotations

import hmac
from typing import TypeVar

from flask import Flask, request
from pydantic import BaseModel, ValidationError

from authserver.domain.ids import to_base64url
from authserver.web import identity
from authserver.web.house import house
from authserver.web.problems import Problem, Wire
from authserver.web.wording import say_invalid

Model = TypeVar("Model", bound=BaseModel)
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def install(app: Flask) -> None:
    """Demand the token of every form that arrives, whichever route it is for."""
    app.before_request(_refuse_foreign_form)


def csrf_token() -> str:
    """Keyed digest of this browser's cookie: another browser's token is worth nothing here."""
    return to_base64url(house().services.digests.of_name("form", identity.browser_token()))


def _refuse_foreign_form() -> None:
    if request.blueprint != "pages" or request.method != "POST":
        return
    if request.mimetype not in _FORM_TYPES:
        raise Problem(Wire.UNSUPPORTED_MEDIA_TYPE)
    given = request.form.get("csrf_token", "")
    if identity.present_token() is None or not hmac.compare_digest(
        given.encode(errors="replace"), csrf_token().encode()
    ):
        raise Problem(Wire.FORM_EXPIRED)


def entries() -> dict[str, str]:
    """What was typed, to be shown again: a mistake in one field costs no other."""
    return {name: value for name, value in request.form.items() if name != "csrf_token"}


def read(model: type[Model]) -> Model | dict[str, str]:
    """The form as the model, or a sentence per field that needs correcting."""
    typed = {name: value for name, value in entries().items() if name in model.model_fields}
    try:
        return model.model_validate(typed)
    except ValidationError as invalid:
        return {
            str(error["loc"][0]): say_invalid(str(error["type"]))
            for error in invalid.errors(
                include_url=False, include_context=False, include_input=False
            )
            if error["loc"]
        }
