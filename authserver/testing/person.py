"""A person with a browser and a passkey, in verbs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from authserver.testing.api import Api, Refusal
from authserver.testing.soft_passkey import SoftPasskey
from authserver.testing.soft_totp import SoftTotp

Answer = TypeVar("Answer")
_CODE = re.compile(r"(?<!\d)\d{8}(?!\d)")
_STOP_CODE = re.compile(r"(?<!\d)\d{4} \d{4} \d{4}(?!\d)")
IDENTITY = {
    "method": "simulated-id-card",
    "full_name_kana": "ミホン ハナコ",
    "birth_date": "1980-01-31",
}
"""Whom accounts of test mode belong to, unless they are made otherwise."""


class Person:
    """Somebody who opens an account, signs in, and confirms what they are asked to confirm."""

    def __init__(self, api: Api, login_id: str, *, passkey: SoftPasskey | None = None) -> None:
        self.api = api
        self.login_id = login_id
        self.email = f"{login_id}@example.test"
        self.passkey = passkey or SoftPasskey(origin=api.origin)
        self.password = ""
        self.totp: SoftTotp | None = None

    def open_account(self, *, locale: str = "ja") -> dict[str, Any]:
        """The whole way from a login id to a signed-in account with its first passkey."""
        self.api.post(
            "accounts",
            {
                "login_id": self.login_id,
                "email": self.email,
                "display_name": self.login_id,
                "locale": locale,
            },
        )
        self.api.post("accounts/email-verification", {"code": self.read_mail_code()})
        self.api.post(
            "accounts/identity-proof",
            IDENTITY,
        )
        return self.enrol(self.passkey)

    def read_mail_code(self) -> str:
        """The newest eight-digit code in this person's mailbox (test mode's outbox)."""
        for item in self.api.get(f"/test/outbox?recipient={self.email}&channel=mail")["items"]:
            found = _CODE.search(item["text"])
            if found:
                return found.group()
        raise LookupError(f"no code was mailed to {self.email}")

    def enrol(
        self, passkey: SoftPasskey, *, label: str = "", step_up: str | None = None
    ) -> dict[str, Any]:
        """Create a passkey: the first one of an account that is being opened, or a further one."""
        begun = self.api.post("passkeys/options", step_up=step_up)
        credential = passkey.create(begun["publicKey"])
        return self.api.post(
            "passkeys",
            {"ceremony_id": begun["ceremony_id"], "credential": credential, "label": label},
        )

    def add_passkey(self, passkey: SoftPasskey, *, label: str = "") -> dict[str, Any]:
        """Enrol a further passkey, confirming it with the present one."""
        return self.confirming(lambda step_up: self.enrol(passkey, label=label, step_up=step_up))

    def sign_in(self, *, with_login_id: bool = False) -> dict[str, Any]:
        """Sign in with the passkey, discoverable or by login id."""
        body = {"login_id": self.login_id} if with_login_id else {}
        begun = self.api.post("sign-in/passkey/options", body)
        return self.finish_sign_in(begun)

    def finish_sign_in(self, begun: dict[str, Any]) -> dict[str, Any]:
        credential = self.passkey.get(begun["publicKey"])
        return self.api.post(
            "sign-in/passkey", {"ceremony_id": begun["ceremony_id"], "credential": credential}
        )

    def server_time(self) -> datetime:
        """What time the server believes it is (test mode)."""
        now = str(self.api.post("/test/clock", {"advance_seconds": 0})["now"])
        return datetime.fromisoformat(now.replace("Z", "+00:00"))

    def app_code(self, *, steps: int = 0) -> str:
        """What this person's authenticator app shows now, or so many steps later or earlier."""
        if self.totp is None:
            raise LookupError(f"{self.login_id} has no authenticator app")
        return self.totp.code(self.server_time(), steps=steps)

    def show_password(self, password: str | None = None) -> dict[str, Any]:
        """The first half of a sign-in without a passkey."""
        body = {"login_id": self.login_id, "password": password or self.password}
        return self.api.post("sign-in/password", body)

    def sign_in_with_password(self) -> dict[str, Any]:
        """Password and the app's present code, in turn."""
        self.show_password()
        return self.api.post("sign-in/totp", {"code": self.app_code()})

    def set_password(self, new: str) -> None:
        """Set or change the password, confirming it with the passkey."""
        body = {"new": new, **({"current": self.password} if self.password else {})}
        self.confirming(lambda s: self.api.call("PUT", "password", body, step_up=s))
        self.password = new

    def add_totp(self) -> str:
        """Set up an authenticator app, confirming it with the passkey; gives its id."""
        made = self.confirming(lambda s: self.api.post("totp", {}, step_up=s))
        self.totp = SoftTotp(str(made["secret"]))
        self.api.post(f"totp/{made['id']}/confirmation", {"code": self.app_code()})
        return str(made["id"])

    def begin_recovery(self) -> dict[str, Any]:
        """Say that everything is lost; codes go to every address of the account."""
        return self.api.post("recoveries", {"login_id": self.login_id})

    def prove_for_recovery(self) -> dict[str, Any]:
        """The code from the mailbox, and the identity that was proved at the opening."""
        self.api.post("recoveries/email-code", {"code": self.read_mail_code()})
        return self.api.post("recoveries/identity-proof", IDENTITY)

    def recover(self, passkey: SoftPasskey) -> dict[str, Any]:
        """The whole way back, with a new passkey; signed in afterwards."""
        self.begin_recovery()
        self.prove_for_recovery()
        self.passkey = passkey
        return self.enrol(passkey)

    def read_stop_code(self) -> str:
        """The newest twelve-digit code in this person's mailbox, without its blanks."""
        for item in self.api.get(f"/test/outbox?recipient={self.email}&channel=mail")["items"]:
            found = _STOP_CODE.search(item["text"])
            if found:
                return found.group().replace(" ", "")
        raise LookupError(f"no stop code was mailed to {self.email}")

    def sign_out(self) -> None:
        self.api.call("DELETE", "session")

    def confirm(self, step_up_id: str) -> None:
        """Satisfy a step-up with this person's passkey."""
        begun = self.api.post(f"step-ups/{step_up_id}/passkey/options")
        self.api.post(
            f"step-ups/{step_up_id}/passkey",
            {
                "ceremony_id": begun["ceremony_id"],
                "credential": self.passkey.get(begun["publicKey"]),
            },
        )

    def confirming(self, request: Callable[[str | None], Answer]) -> Answer:
        """Do something; where the server asks for a confirmation of it, give it and do it again."""
        try:
            return request(None)
        except Refusal as refusal:
            if refusal.code != "step_up_needed":
                raise
            asked = refusal.problem["step_up"]
            step_up_id = str(asked["id"])
        if "totp" in asked["requirement"]["methods"]:
            self.api.post(f"step-ups/{step_up_id}/totp", {"code": self.app_code()})
        else:
            self.confirm(step_up_id)
        return request(step_up_id)
