"""What people type, in the one spelling the flows take; pages and API share these rules."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from authserver.domain.account import normal_display_name, normal_email, normal_login_id
from authserver.domain.factor import LABEL_MAX, normal_label

_RECOVERY_CODE = re.compile(r"[A-Z2-7]{16}")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc・ ]+")


def _refuse(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, "not acceptable")


def login_id(text: str) -> str:
    """A login id in its one spelling."""
    if (spelled := normal_login_id(text)) is None:
        raise _refuse("login_id")
    return spelled


def email(text: str) -> str:
    """A mail address that our mail can carry."""
    if (spelled := normal_email(text)) is None:
        raise _refuse("email")
    return spelled


def display_name(text: str) -> str:
    """A name for people, free of anything that hides or reorders text."""
    if (spelled := normal_display_name(text)) is None:
        raise _refuse("display_name")
    return spelled


def label(text: str) -> str:
    """A name that somebody gives to a thing of theirs; something of it must be visible."""
    if not normal_label(text):
        raise _refuse("display_name")
    return text


def code(text: str) -> str:
    """Digits of a code: full width, blanks and hyphens are forgiven, nothing else."""
    spelled = unicodedata.normalize("NFKC", text).replace(" ", "").replace("-", "")
    if not (spelled.isascii() and spelled.isdigit()):
        raise _refuse("code")
    return spelled


def recovery_code(text: str) -> str:
    """A recovery code without its hyphens, in capitals, as it was handed out."""
    spelled = text.upper().replace("-", "").replace(" ", "")
    if not _RECOVERY_CODE.fullmatch(spelled):
        raise _refuse("recovery_code")
    return spelled


def kana(text: str) -> str:
    """A full name in kana, half width made full."""
    spelled = " ".join(unicodedata.normalize("NFKC", text).split())
    if not _KANA.fullmatch(spelled):
        raise _refuse("kana")
    return spelled


def birth_date(text: str) -> str:
    """A calendar day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _refuse("birth_date") from None


_SHORT = StringConstraints(min_length=1, max_length=320)
GivenLabel = Annotated[
    str, StringConstraints(min_length=1, max_length=LABEL_MAX), AfterValidator(label)
]
LoginId = Annotated[str, _SHORT, AfterValidator(login_id)]
Email = Annotated[str, _SHORT, AfterValidator(email)]
DisplayName = Annotated[str, _SHORT, AfterValidator(display_name)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(code)]
RecoveryCode = Annotated[
    str, StringConstraints(min_length=1, max_length=60), AfterValidator(recovery_code)
]
Kana = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(kana)]
BirthDate = Annotated[
    str, StringConstraints(min_length=10, max_length=10), AfterValidator(birth_date)
]
