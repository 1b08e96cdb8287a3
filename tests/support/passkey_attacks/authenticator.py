"""On authenticatorData and attestationObject: what the authenticator says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import cbor2

from authserver.domain.passkey.rule import GateRule
from tests.support.passkey_attacks.attack import Attack, not_alone
from tests.support.passkey_ceremonies import a_passkey, registration

MISTYPED: list[dict[str, Any]] = [
    {"fmt": b"none"},
    {"fmt": None},
    {"attStmt": []},
    {"authData": "text"},
]
NO_CHAINS: list[Any] = [[], None, [b""], "text"]


def authenticator_data_attacks(answer: Callable[..., dict[str, Any]]) -> list[Attack]:
    """Those on the part that the authenticator signs."""
    rule = GateRule
    return [
        Attack("another RP ID", rule.RP_ID_HASH, partial(answer, rp_id="evil.example")),
        Attack("parent RP ID", rule.RP_ID_HASH, partial(answer, rp_id="example")),
        Attack("nobody present", rule.USER_PRESENT, partial(answer, user_present=False)),
        Attack("nobody verified", rule.USER_VERIFIED, partial(answer, user_verified=False)),
        Attack("backed up, not eligible", rule.BACKUP_STATE, partial(answer, backed_up=True)),
        *(
            not_alone(name, rule.EXTENSION_DATA, partial(answer, extensions=data))
            for name, data in {
                "extensions announced, absent": b"",
                "extensions cut short": b"\xa1",
                "extensions with a key twice": b"\xa2\x61a\x01\x61a\x02",
                "extensions of indefinite length": b"\xbf\xff",
                "extensions tagged": b"\xc0\xa0",
            }.items()
        ),
        *(
            Attack(
                f"extensions are {data!r}", rule.EXTENSION_DATA, partial(answer, extensions=data)
            )
            for data in (b"\x80", b"\xf6", b"\x01")
        ),
        Attack("tail", rule.TRAILING_DATA, partial(answer, authenticator_data_tail=b"\0")),
        Attack(
            "map, unannounced", rule.TRAILING_DATA, partial(answer, authenticator_data_tail=b"\xa0")
        ),
        Attack(
            "tail after extensions",
            rule.TRAILING_DATA,
            partial(answer, extensions=b"\xa0", authenticator_data_tail=b"\xa0"),
        ),
    ]


def attestation_attacks() -> list[Attack]:
    """Those on the attestation object of a registration, from its outside to its inside."""
    return [
        *_on_its_cbor(),
        *_on_its_members(),
        *_on_its_sizes(),
        *_on_its_format(),
        *_on_its_statement(),
        *_on_the_attested_data(),
    ]


def _on_its_cbor() -> list[Attack]:
    rule = GateRule
    return [
        *(
            not_alone(name, rule.ATTESTATION_CBOR, partial(registration, attestation_object=data))
            for name, data in {
                "no CBOR": b"\xff\xff",
                "indefinite map": b"\xbf" + cbor2.dumps({"fmt": "none"})[1:] + b"\xff",
                "duplicate fmt": b"\xa4"
                + cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": b""})[1:]
                + b"\x63fmt\x64none",
                "tagged": b"\xd9\xd9\xf7"
                + cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": b""}),
                "deep": b"\x81" * 5000,
                "length that lies": b"\xbb" + b"\xff" * 8,
            }.items()
        ),
        Attack(
            "attestation tail", rule.ATTESTATION_CBOR, partial(registration, attestation_tail=b"\0")
        ),
    ]


def _on_its_members() -> list[Attack]:
    rule = GateRule
    return [
        not_alone(
            "attestation is a list",
            rule.ATTESTATION_MEMBERS,
            partial(registration, attestation_object=b"\x80"),
        ),
        Attack(
            "attestation member too many",
            rule.ATTESTATION_MEMBERS,
            partial(registration, attestation_members={"epAtt": False}),
        ),
        *(
            not_alone(
                f"attestation {members!r}",
                rule.ATTESTATION_MEMBERS,
                partial(registration, attestation_members=members),
            )
            for members in MISTYPED
        ),
    ]


def _on_its_sizes() -> list[Attack]:
    rule = GateRule
    return [
        not_alone(
            "authData of 36 bytes",
            rule.AUTHENTICATOR_DATA_SIZE,
            partial(registration, attestation_members={"authData": bytes(36)}),
        ),
        Attack(
            "authData of more than 4096 bytes",
            rule.AUTHENTICATOR_DATA_SIZE,
            partial(registration, extensions=cbor2.dumps({"x": bytes(4090)})),
        ),
        not_alone(
            "attestation object of more than 32 KiB",
            rule.ATTESTATION_OBJECT_SIZE,
            partial(
                registration,
                attestation_format="packed",
                attestation_statement={"alg": -7, "sig": b"x", "x5c": [bytes(33000)]},
            ),
        ),
    ]


def _on_its_format() -> list[Attack]:
    rule, packed = GateRule, a_passkey(attestation="packed-self")
    return [
        *(
            Attack(
                f"format {name!r}",
                rule.ATTESTATION_FORMAT,
                partial(
                    registration,
                    attestation_format=name,
                    attestation_statement={"x5c": [b"certificate"]},
                ),
            )
            for name in ("packed", "tpm", "apple", "fido-u2f", "android-key", "None", "")
        ),
        *(
            not_alone(
                f"packed with x5c {chain!r}",
                rule.ATTESTATION_FORMAT,
                partial(
                    registration,
                    packed,
                    attestation_statement={"alg": -7, "sig": bytes(70), "x5c": chain},
                ),
            )
            for chain in NO_CHAINS
        ),
    ]


def _on_its_statement() -> list[Attack]:
    rule, packed = GateRule, a_passkey(attestation="packed-self")
    return [
        Attack(
            "none with a statement",
            rule.ATTESTATION_STATEMENT,
            partial(registration, attestation_statement={"alg": -7}),
        ),
        *(
            Attack(
                f"packed with {statement!r}",
                rule.ATTESTATION_STATEMENT,
                partial(registration, packed, attestation_statement=statement),
                alone,
            )
            for alone, statement in (
                (False, {}),
                (False, {"alg": -7}),
                (False, {"alg": -7, "sig": "text"}),
                (False, {"alg": -7, "sig": b""}),
                (False, {"alg": "-7", "sig": b"x"}),
                (False, {"alg": True, "sig": b"x"}),
                (True, {"alg": -8, "sig": b"x"}),
                (True, {"alg": -7, "sig": b"x", "ecdaaKeyId": b"x"}),
            )
        ),
    ]


def _on_the_attested_data() -> list[Attack]:
    rule = GateRule
    return [
        Attack(
            "attested id of somebody else",
            rule.ATTESTED_ID,
            partial(registration, attested_credential_id=bytes(32)),
        ),
        not_alone("no attested data", rule.ATTESTED_FLAG, partial(registration, attested=False)),
        Attack("AT clear", rule.ATTESTED_FLAG, partial(registration, flags=0x05)),
        not_alone(
            "attested data cut short",
            rule.ATTESTED_DATA,
            partial(registration, attested=False, flags=0x45),
        ),
        not_alone(
            "attested id of 15 bytes",
            rule.ATTESTED_DATA,
            partial(registration, attested_credential_id=bytes(15)),
        ),
        not_alone(
            "attested id cut short",
            rule.ATTESTED_DATA,
            partial(
                registration,
                attested=False,
                flags=0x45,
                authenticator_data_tail=bytes(16) + b"\x00\x20" + bytes(32),
            ),
        ),
    ]
