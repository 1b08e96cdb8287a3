"""Every door at which a stranger can name a login id, with requests for each kind of id.

All ids, addresses and passwords of one door are equally long, so that only the kind of the id can
make answers differ. What must be alike is asked in like states: a locked path of a known id beside
a locked one of an unknown id, a first to fourth try beside a first to fourth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from authserver.testing.api import Api
from authserver.testing.person import Person
from authserver.testing.soft_passkey import SoftPasskey
from tests.support.stopwatch import Question

PASSWORD = "correct horse battery staple"
WRONG = "incorrect horse battery crew"
TRIES = 4
"""At one id: one fewer than lock its path."""
LOCKING_TRIES = 5
_SERIAL = count(100_000)


class Place(Protocol):
    """A server with the tester's doors: in this process, or on loopback."""

    def api(self) -> Api: ...

    def person(self, login_id: str) -> Person: ...

    def account(self, login_id: str, **fields: Any) -> Person: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """Where the doors are, and what only the firm can do there; without it those kinds are missing.

    ``freeze`` freezes the account of a login id, ``issue`` makes an enrolment code for it.
    """

    place: Place
    freeze: Callable[[str], None] | None = None
    issue: Callable[[str], None] | None = None

    def unknown(self) -> str:
        """A login id that nobody has, of the length of all of them."""
        return f"id-{next(_SERIAL)}"

    def known(self, **fields: Any) -> str:
        return self.place.account(self.unknown(), **fields).login_id

    def frozen(self, **fields: Any) -> list[str]:
        if self.freeze is None:
            return []
        login_id = self.known(**fields)
        self.freeze(login_id)
        return [login_id]

    def opened(self) -> str:
        """An account whose passkey names its ways of transport, as a browser's does."""
        person = self.place.person(self.unknown())
        person.passkey = SoftPasskey(origin=person.api.origin, transports=("internal", "hybrid"))
        person.open_account()
        return person.login_id


def password(street: Street, samples: int) -> list[Question]:
    """A wrong password for ids with and without one, of frozen accounts, locked, impossible."""
    asked = []
    for _ in range(-(-samples // TRIES)):
        kinds = {
            "unknown": [street.unknown()],
            "known": [street.known(password=PASSWORD)],
            "without a password": [street.known()],
            "frozen": street.frozen(password=PASSWORD),
            "impossible": [f"?{street.unknown()[1:]}"],
        }
        asked += [
            _show_password(kind, "unknown", login_id)
            for kind, login_ids in kinds.items()
            for login_id in login_ids * TRIES
        ]
    return asked


def locked_password(street: Street, samples: int) -> list[Question]:
    """The same, once its path is locked; and an unknown id whose path is not."""
    asked = []
    for _ in range(-(-samples // TRIES)):
        nobody, somebody = street.unknown(), street.known(password=PASSWORD)
        for login_id in (nobody, somebody):
            for _ in range(LOCKING_TRIES):
                body = {"login_id": login_id, "password": WRONG}
                street.place.api().request("POST", "sign-in/password", body)
        for kind, login_id in (
            ("unknown, locked", nobody),
            ("known, locked", somebody),
            ("unknown", street.unknown()),
        ):
            asked += [_show_password(kind, "unknown, locked", login_id)] * TRIES
    return asked


def _show_password(kind: str, like: str, login_id: str) -> Question:
    body = {"login_id": login_id, "password": WRONG}
    return Question(kind=kind, like=like, path="/api/v1/sign-in/password", body=body)


def passkey_options(street: Street, samples: int) -> list[Question]:
    """A challenge for the passkeys of a named id."""
    known, frozen = street.opened(), []
    if street.freeze is not None:
        frozen = [street.opened()]
        street.freeze(frozen[0])
    kinds: dict[str, list[str]] = {"known": [known], "frozen": frozen}
    asked = [
        _ask_options(kind, login_id)
        for kind, login_ids in kinds.items()
        for login_id in login_ids * samples
    ]
    asked += [_ask_options("unknown", street.unknown()) for _ in range(samples)]
    return asked + [_ask_options("impossible", f"?{street.unknown()[1:]}") for _ in range(samples)]


def _ask_options(kind: str, login_id: str) -> Question:
    return Question(
        kind=kind,
        like="unknown",
        path="/api/v1/sign-in/passkey/options",
        body={"login_id": login_id},
        # The token of an id that is none holds a digest of what was typed, and grows by it.
        own_length=kind == "impossible",
    )


def refused_assertion(street: Street, samples: int) -> list[Question]:
    """Junk under the credential id that the options offered: a real one or an invented one."""
    known, frozen = street.opened(), []
    if street.freeze is not None:
        frozen = [street.opened()]
        street.freeze(frozen[0])
    asked = []
    for _ in range(samples):
        asked += [_junk(street, "known", known), _junk(street, "unknown", street.unknown())]
        asked += [_junk(street, "frozen", login_id) for login_id in frozen]
    return asked


def _junk(street: Street, kind: str, login_id: str) -> Question:
    api = street.place.api()
    begun = api.post("sign-in/passkey/options", {"login_id": login_id})
    offered = begun["publicKey"]["allowCredentials"][0]["id"]
    junk = SoftPasskey(origin=api.origin).get(begun["publicKey"])
    body = {
        "ceremony_id": begun["ceremony_id"],
        "credential": {**junk, "id": offered, "rawId": offered},
    }
    cookie = api.cookie() or ""
    return Question(
        kind=kind, like="unknown", path="/api/v1/sign-in/passkey", body=body, cookie=cookie
    )


def enrolment_code(street: Street, samples: int) -> list[Question]:
    """A wrong code for ids that have one, have none, are frozen, or are nobody's."""
    kinds = {"known": [street.known()]}
    if street.issue is not None:
        kinds["with a code"] = [street.known()]
        kinds["frozen, with a code"] = street.frozen()
        for login_id in kinds["with a code"] + kinds["frozen, with a code"]:
            street.issue(login_id)
    asked = [
        _redeem(kind, login_id)
        for kind, login_ids in kinds.items()
        for login_id in login_ids * samples
    ]
    return asked + [_redeem("unknown", street.unknown()) for _ in range(samples)]


def _redeem(kind: str, login_id: str) -> Question:
    body = {"login_id": login_id, "code": "000000000000"}
    return Question(kind=kind, like="unknown", path="/api/v1/enrolment-code", body=body)


def opening(street: Street, samples: int) -> list[Question]:
    """An account is opened with names that are free, or of which somebody has one."""
    asked = []
    login_id, address = street.known(), ""
    for number in range(samples):
        if number % 8 == 0:  # an address is sent so many messages and no more
            address = f"{street.known()}@example.test"
        fresh = [f"{street.unknown()}@example.test" for _ in range(2)]
        asked += [
            _open("free", street.unknown(), fresh[0]),
            _open("login id taken", login_id, fresh[1]),
            _open("address taken", street.unknown(), address),
        ]
    return asked


def _open(kind: str, login_id: str, email: str) -> Question:
    body = {"login_id": login_id, "email": email, "display_name": "x", "locale": "ja"}
    return Question(kind=kind, like="free", path="/api/v1/accounts", body=body)


DOORS: Sequence[Callable[[Street, int], list[Question]]] = (
    password,
    locked_password,
    passkey_options,
    refused_assertion,
    enrolment_code,
    opening,
)
