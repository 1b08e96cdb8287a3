"""In which language we speak to whom, and the names of things for people."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g, request

from authserver.domain.account import LOCALES
from authserver.domain.action import Action
from authserver.domain.step_up import Subject
from authserver.web import identity
from authserver.web.house import house
from authserver.web.problems import N_

LOCALE_COOKIE = "locale"

ACTIONS: Mapping[Action, str] = {
    Action.ADD_PASSKEY: N_("Add a passkey"),
    Action.REMOVE_PASSKEY: N_("Remove a passkey"),
    Action.RENEW_RECOVERY_CODES: N_("Make new recovery codes"),
    Action.SET_PASSWORD: N_("Set the password"),
    Action.ADD_TOTP: N_("Add an authenticator app"),
    Action.REMOVE_TOTP: N_("Remove an authenticator app"),
    Action.DECIDE_EXCEPTION: N_("Decide about an exception"),
    Action.REQUEST_EXCEPTION: N_("Ask to sign in without a passkey"),
    Action.END_EXCEPTION: N_("Give the exception up"),
    Action.REVOKE_EXCEPTION: N_("Take an exception back"),
    Action.UNDO_RECOVERY: N_("Stop the recovery, and take its passkey away"),
    Action.REOPEN_PATH: N_("Open a locked way in again"),
    Action.RENAME_PASSKEY: N_("Rename a passkey"),
}

SUBJECT_FIELDS: Mapping[str, str] = {
    "action": N_("What will be done"),
    "login_id": N_("Account"),
    "label": N_("Its name"),
    "reason": N_("Reason"),
    "path": N_("Way in"),
    "approve": N_("Decision"),
}
"""Members of a step-up's subject that a person is shown, in this order; ids are not for people."""

SUBJECT_VALUES: Mapping[tuple[str, str | int | bool], str] = {
    ("reason", "no_device"): N_("No device that can hold a passkey"),
    ("reason", "disability"): N_("A disability or an illness makes it impossible"),
    ("reason", "assisted"): N_(
        "Somebody helps with the device, or assistive technology does not support it"
    ),
    ("reason", "other"): N_("Another reason"),
    ("path", "password"): N_("Password"),
    ("path", "second_factor"): N_("Codes of the app, and recovery codes"),
    ("path", "email_code"): N_("Codes by mail"),
    ("approve", True): N_("Approve"),
    ("approve", False): N_("Reject"),
}
"""Values that are codes, as people read them; others are shown as they are."""

INVALID: Mapping[str, str] = {
    "missing": N_("This is needed."),
    "extra_forbidden": N_("This is not expected here."),
    "string_too_long": N_("This is too long."),
    "string_too_short": N_("This is needed."),
    "login_id": N_("Use 3 to 40 characters: a to z, 0 to 9, dot, hyphen, underscore."),
    "email": N_("This does not look like a mail address."),
    "display_name": N_("Use 1 to 60 ordinary characters."),
    "code": N_("Use the digits of the code."),
    "recovery_code": N_("Use the 16 letters and digits of one of your recovery codes."),
    "kana": N_("Use kana, family name and given name with a space between."),
    "birth_date": N_("Give a date of birth such as 1980-01-31."),
}
OTHERWISE_INVALID = N_("This cannot be used here.")


def locale() -> str:
    """The language of this answer: the cookie's, else the account's, else the browser's."""
    made: str | None = g.get("locale")
    if made is None:
        made = g.locale = _locale()
    return made


def _locale() -> str:
    chosen = request.cookies.get(LOCALE_COOKIE, "")
    if chosen in LOCALES:
        return chosen
    if request.endpoint is not None and identity.present_token():
        signed_in = identity.signed_in()
        if signed_in is not None:
            return signed_in.account.locale
    return request.accept_languages.best_match(LOCALES) or LOCALES[0]


def say(message: str) -> str:
    """The sentence in the language of this answer."""
    return house().translator.gettext(locale(), message)


def sentences(*said: str) -> str:
    """Sentences one after the other: Japanese sets no blank after a full stop."""
    return ("" if locale() == "ja" else " ").join(said)


def say_invalid(code: str) -> str:
    return say(INVALID.get(code, OTHERWISE_INVALID))


def summary(subject: Subject) -> list[dict[str, str]]:
    """A step-up's subject as label and value pairs, from what is stored and will be signed."""
    pairs = []
    for member, label in SUBJECT_FIELDS.items():
        if member not in subject:
            continue
        said = SUBJECT_VALUES.get((member, subject[member]))
        value = say(said) if said else str(subject[member])
        if member == "action":
            value = say(ACTIONS[Action(value)])
        pairs.append({"label": say(label), "value": value})
    return pairs
