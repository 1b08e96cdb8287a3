"""On the JSON around a credential: nothing of it is signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import cbor2

from authserver.domain.passkey.rule import GateRule
from authserver.testing.soft_passkey import SoftPasskey, to_base64url
from tests.support.passkey_attacks.attack import Attack, as_it_is, not_alone, without
from tests.support.passkey_ceremonies import a_passkey, assertion, registration

NO_OBJECTS: list[Any] = [None, True, 7, 1.5, "public-key", [], [{}]]
NO_RESPONSES: list[Any] = [None, [], "response"]
NO_BASE64URL: list[Any] = [None, 7, {}, "e30=", "e3 0", "ｅ３０", "\udfff"]


def of_id(length: int) -> SoftPasskey:
    passkey = a_passkey()
    passkey.raw_credential_id = bytes(length)
    return passkey


def envelope_attacks(answer: Callable[..., dict[str, Any]]) -> list[Attack]:
    """Those that a registration and an assertion have in common."""
    return [*_on_the_object(answer), *_on_its_id(answer), *_on_its_response(answer)]


def _on_the_object(answer: Callable[..., dict[str, Any]]) -> list[Attack]:
    rule = GateRule
    return [
        *(
            not_alone(
                f"credential is {json.dumps(value)}",
                rule.CREDENTIAL_OBJECT,
                partial(as_it_is, value),
            )
            for value in NO_OBJECTS
        ),
        Attack("type", rule.CREDENTIAL_TYPE, partial(answer, members={"type": "password"})),
        Attack("no type", rule.CREDENTIAL_TYPE, partial(without, answer, "type")),
        Attack(
            "type list", rule.CREDENTIAL_TYPE, partial(answer, members={"type": ["public-key"]})
        ),
    ]


def _on_its_id(answer: Callable[..., dict[str, Any]]) -> list[Attack]:
    rule, mine = GateRule, a_passkey().credential_id
    return [
        not_alone("no id", rule.CREDENTIAL_ID, partial(without, answer, "id")),
        not_alone("id padded", rule.CREDENTIAL_ID, partial(answer, id=mine + "=")),
        not_alone(
            "id with a second spelling", rule.CREDENTIAL_ID, partial(answer, id=mine[:-1] + "B")
        ),
        not_alone("id in base64", rule.CREDENTIAL_ID, partial(answer, id="+" * 43)),
        not_alone("id with a space", rule.CREDENTIAL_ID, partial(answer, id=mine + " ")),
        not_alone("id of full width", rule.CREDENTIAL_ID, partial(answer, id="Ａ" * 43)),
        not_alone(
            "id with a lone surrogate", rule.CREDENTIAL_ID, partial(answer, id="\ud800" * 43)
        ),
        not_alone("id number", rule.CREDENTIAL_ID, partial(answer, id=7)),
        Attack("raw id", rule.CREDENTIAL_RAW_ID, partial(answer, raw_id=to_base64url(bytes(32)))),
        Attack("raw id padded", rule.CREDENTIAL_RAW_ID, partial(answer, raw_id=mine + "=")),
        Attack("no raw id", rule.CREDENTIAL_RAW_ID, partial(without, answer, "rawId")),
        not_alone("id of 1 byte", rule.CREDENTIAL_ID_LENGTH, partial(answer, of_id(1))),
        not_alone("id of 15 bytes", rule.CREDENTIAL_ID_LENGTH, partial(answer, of_id(15))),
        not_alone("id of 1024 bytes", rule.CREDENTIAL_ID_LENGTH, partial(answer, of_id(1024))),
    ]


def _on_its_response(answer: Callable[..., dict[str, Any]]) -> list[Attack]:
    rule = GateRule
    return [
        *(
            not_alone(
                f"response is {value}",
                rule.RESPONSE_OBJECT,
                partial(answer, members={"response": value}),
            )
            for value in NO_RESPONSES
        ),
        *(
            not_alone(
                f"clientDataJSON is {value!a}",
                rule.RESPONSE_MEMBERS,
                partial(answer, response_members={"clientDataJSON": value}),
            )
            for value in NO_BASE64URL
        ),
        not_alone(
            "clientDataJSON empty",
            rule.CLIENT_DATA_SIZE,
            partial(answer, response_members={"clientDataJSON": ""}),
        ),
        Attack(
            "clientDataJSON of more than 8 KiB",
            rule.CLIENT_DATA_SIZE,
            partial(answer, client_data_members={"padding": " " * 8192}),
        ),
    ]


def transports_attacks() -> list[Attack]:
    def sent(named: Any) -> Callable[[], Any]:
        return partial(registration, response_members={"transports": named})

    return [
        Attack("eleven transports", GateRule.TRANSPORTS, sent(["usb"] * 11)),
        not_alone("transports text", GateRule.TRANSPORTS, sent("usb")),
        not_alone("transports object", GateRule.TRANSPORTS, sent({"usb": 1})),
        not_alone("transport number", GateRule.TRANSPORTS, sent([1])),
        not_alone("transport list", GateRule.TRANSPORTS, sent([["usb"]])),
    ]


def assertion_attacks() -> list[Attack]:
    """Those on the members that only an assertion has."""
    rule = GateRule
    return [
        *_on_its_sizes(),
        *(
            not_alone(
                f"no {name}",
                rule.RESPONSE_MEMBERS,
                partial(without, assertion, "response", name),
            )
            for name in ("clientDataJSON", "authenticatorData", "signature")
        ),
        not_alone(
            "user handle number",
            rule.RESPONSE_MEMBERS,
            partial(assertion, response_members={"userHandle": 7}),
        ),
        Attack("AT set", rule.ATTESTED_FLAG, partial(assertion, flags=0x45)),
        not_alone(
            "attested data in an assertion", rule.ATTESTED_FLAG, partial(assertion, attested=True)
        ),
    ]


def _on_its_sizes() -> list[Attack]:
    rule = GateRule
    return [
        not_alone(
            "authenticatorData of 36 bytes",
            rule.AUTHENTICATOR_DATA_SIZE,
            partial(assertion, authenticator_data=bytes(36)),
        ),
        Attack(
            "authenticatorData of more than 4096 bytes",
            rule.AUTHENTICATOR_DATA_SIZE,
            partial(assertion, extensions=cbor2.dumps({"x": bytes(4090)})),
        ),
        Attack("no signature", rule.SIGNATURE_SIZE, partial(assertion, signature=b"")),
        Attack(
            "signature of more than 8 KiB",
            rule.SIGNATURE_SIZE,
            partial(assertion, signature=bytes(8193)),
        ),
        Attack("user handle empty", rule.USER_HANDLE_SIZE, partial(assertion, user_handle=b"")),
        Attack(
            "user handle of 65 bytes",
            rule.USER_HANDLE_SIZE,
            partial(assertion, user_handle=bytes(65)),
        ),
    ]
