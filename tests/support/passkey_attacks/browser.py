"""On clientDataJSON: what the browser says, under a good signature."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from authserver.domain.passkey.rule import GateRule
from authserver.testing.soft_passkey import to_base64url
from tests.support.passkey_attacks.attack import Attack, not_alone
from tests.support.passkey_ceremonies import CHALLENGE, ORIGIN

NOT_FALSE: list[Any] = [True, None, 0, 1, "false", []]
ANY_TOP_ORIGIN: list[Any] = [ORIGIN, "https://evil.example", None, ""]


def client_data(kind: str, **members: Any) -> bytes:
    said = {"type": kind, "challenge": to_base64url(CHALLENGE), "origin": ORIGIN, **members}
    return json.dumps(said).encode()


def client_data_attacks(answer: Callable[..., dict[str, Any]], kind: str) -> list[Attack]:
    """Those on clientDataJSON, under a good signature of whoever was fooled."""
    return [
        *_on_its_json(answer, kind),
        *_on_its_ceremony(answer, kind),
        *_on_its_origin(answer),
    ]


def _on_its_json(answer: Callable[..., dict[str, Any]], kind: str) -> list[Attack]:
    rule, good = GateRule, client_data(kind)
    return [
        *(
            not_alone(name, rule.CLIENT_DATA_JSON, partial(answer, client_data=data))
            for name, data in {
                "UTF-16": good.decode().encode("utf-16"),
                "Latin-1": client_data(kind)[:-1] + b',"x":"\xe9"}',
                "two byte order marks": b"\xef\xbb\xbf" * 2 + good,
                "duplicate origin": b'{"origin":"https://evil.example",' + good[1:],
                "duplicate member deep inside": good[:-1] + b',"x":[{"y":{"a":1,"a":2}}]}',
                "not a number": good[:-1] + b',"x":NaN}',
                "infinity": good[:-1] + b',"x":-Infinity}',
                "overflow": good[:-1] + b',"x":1e999}',
                "lone surrogate": good[:-1] + b',"x":"\\ud800"}',
                "deep nesting": good[:-1] + b',"x":' + b"[" * 3000 + b"]" * 3000 + b"}",
                "trailing text": good + b"{}",
                "cut short": good[:-1],
                "trailing NUL": good + b"\0",
            }.items()
        ),
        *(
            not_alone(
                f"client data is {data!r}",
                rule.CLIENT_DATA_OBJECT,
                partial(answer, client_data=data),
            )
            for data in (b"[]", b"null", b'"x"', b"7")
        ),
    ]


def _on_its_ceremony(answer: Callable[..., dict[str, Any]], kind: str) -> list[Attack]:
    rule = GateRule
    other = "webauthn.create" if kind == "webauthn.get" else "webauthn.get"
    return [
        Attack("other ceremony's type", rule.CLIENT_DATA_TYPE, partial(answer, type=other)),
        Attack("payment", rule.CLIENT_DATA_TYPE, partial(answer, type="payment.get")),
        Attack("type in capitals", rule.CLIENT_DATA_TYPE, partial(answer, type=kind.upper())),
        Attack(
            "another challenge", rule.CLIENT_DATA_CHALLENGE, partial(answer, challenge=bytes(32))
        ),
        Attack(
            "challenge padded",
            rule.CLIENT_DATA_CHALLENGE,
            partial(answer, challenge=to_base64url(CHALLENGE) + "="),
        ),
        Attack(
            "challenge cut", rule.CLIENT_DATA_CHALLENGE, partial(answer, challenge=CHALLENGE[:-1])
        ),
        Attack("no challenge", rule.CLIENT_DATA_CHALLENGE, partial(answer, challenge="")),
    ]


def _on_its_origin(answer: Callable[..., dict[str, Any]]) -> list[Attack]:
    rule = GateRule
    return [
        *(
            Attack(f"origin {origin!a}", rule.CLIENT_DATA_ORIGIN, partial(answer, origin=origin))
            for origin in (
                "https://evil.example",
                "https://login.example.evil.example",
                "https://login.example/",
                "https://login.example:443",
                "https://LOGIN.example",
                "http://login.example",
                "https://login.example\0",
                "null",
                "",
            )
        ),
        not_alone("origin null", rule.CLIENT_DATA_ORIGIN, partial(answer, origin=None)),
        not_alone("origin list", rule.CLIENT_DATA_ORIGIN, partial(answer, origin=[ORIGIN])),
        *(
            Attack(
                f"crossOrigin {value!r}",
                rule.CLIENT_DATA_CROSS_ORIGIN,
                partial(answer, cross_origin=value),
            )
            for value in NOT_FALSE
        ),
        *(
            Attack(
                f"topOrigin {value!r}",
                rule.CLIENT_DATA_TOP_ORIGIN,
                partial(answer, top_origin=value),
            )
            for value in ANY_TOP_ORIGIN
        ),
    ]
