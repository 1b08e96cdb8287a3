"""On the public key, which nobody has signed: the browser may send what it likes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import cbor2

from authserver.domain.passkey.rule import GateRule
from tests.support.passkey_attacks.attack import Attack, not_alone
from tests.support.passkey_ceremonies import a_passkey, registration

X, Y = (cbor2.loads(a_passkey().key.cose)[label] for label in (-2, -3))
ED_X = cbor2.loads(a_passkey(algorithm=-8).key.cose)[-2]
ES256 = {1: 2, 3: -7, -1: 1, -2: X, -3: Y}
EDDSA = {1: 1, 3: -8, -1: 6, -2: ED_X}
LOW_ORDER_Y = (
    0,
    1,
    2**255 - 20,
    2**255 - 19,
    2**255 - 18,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    2**255 - 19 - 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
)
LOW_ORDER = [(y | sign << 255).to_bytes(32, "little") for y in LOW_ORDER_Y for sign in (0, 1)]


def with_key(members: Any, **encoding: Any) -> Callable[[], Any]:
    """A registration, with nothing signed, of whatever key the browser likes."""
    return partial(registration, public_key_cose=cbor2.dumps(members, **encoding))


def rsa_key(modulus: bytes, exponent: bytes = b"\x01\x00\x01") -> dict[int, Any]:
    return {1: 3, 3: -257, -1: modulus, -2: exponent}


def public_key_attacks() -> list[Attack]:
    """Those on keys of an elliptic curve, from their spelling to their value."""
    return [*_on_their_cbor(), *_on_their_members(), *_on_their_type(), *_on_their_value()]


def _on_their_cbor() -> list[Attack]:
    rule = GateRule
    return [
        *(
            not_alone(name, rule.PUBLIC_KEY_CBOR, partial(registration, public_key_cose=data))
            for name, data in {
                "key is no CBOR": b"\xff",
                "key is a list": b"\x80",
                "key is uncompressed, as in U2F": b"\x04" + X + Y,
                "key label twice": b"\xa6" + cbor2.dumps(ES256)[1:] + b"\x01\x02",
                "key label in a longer spelling": b"\xa5\x18\x01" + cbor2.dumps(ES256)[2:],
                "key label true": b"\xa6" + cbor2.dumps(ES256)[1:] + b"\xf5\x02",
                "key label 1.0": b"\xa6" + cbor2.dumps(ES256)[1:] + b"\xf9\x3c\x00\x02",
                "key of indefinite length": b"\xbf" + cbor2.dumps(ES256)[1:] + b"\xff",
                "key cut short": cbor2.dumps(ES256)[:-1],
            }.items()
        ),
    ]


def _on_their_members() -> list[Attack]:
    members, reordered = GateRule.PUBLIC_KEY_MEMBERS, {3: -7, 1: 2, -1: 1, -2: X, -3: Y}
    return [
        not_alone("no algorithm", members, with_key({1: 2, -1: 1, -2: X, -3: Y})),
        not_alone("algorithm as text", members, with_key({**ES256, 3: "ES256"})),
        Attack("key id", members, with_key({**ES256, 2: b"kid"})),
        Attack("key operations", members, with_key({**reordered, 4: [1]})),
        Attack("text label", members, with_key({**ES256, "1": 2})),
        Attack("private part", members, with_key({**EDDSA, -4: bytes(32)})),
        not_alone("no y", members, with_key({1: 2, 3: -7, -1: 1, -2: X})),
        not_alone("compressed y", members, with_key({**ES256, -3: True})),
        not_alone("x as text", members, with_key({**ES256, -2: "x" * 32})),
    ]


def _on_their_type() -> list[Attack]:
    rule, big = GateRule, (1 << 2047 | 1).to_bytes(256, "big")
    return [
        Attack(
            "RS256 where it is not offered",
            rule.PUBLIC_KEY_ALGORITHM,
            partial(registration, a_passkey(algorithm=-257, seed=None)),
        ),
        not_alone("RS1", rule.PUBLIC_KEY_ALGORITHM, with_key({**rsa_key(big), 3: -65535})),
        not_alone("unknown algorithm", rule.PUBLIC_KEY_ALGORITHM, with_key({**ES256, 3: -9999})),
        not_alone("algorithm zero", rule.PUBLIC_KEY_ALGORITHM, with_key({**ES256, 3: 0})),
        Attack("ES256 as OKP", rule.PUBLIC_KEY_TYPE, with_key({**ES256, 1: 1})),
        Attack("ES256 on P-384", rule.PUBLIC_KEY_TYPE, with_key({**ES256, -1: 2})),
        Attack("ES256 on curve true", rule.PUBLIC_KEY_TYPE, with_key({**ES256, -1: True})),
        Attack("EdDSA as EC2", rule.PUBLIC_KEY_TYPE, with_key({**EDDSA, 1: 2})),
        Attack("EdDSA of type true", rule.PUBLIC_KEY_TYPE, with_key({**EDDSA, 1: True})),
        Attack("EdDSA on X25519", rule.PUBLIC_KEY_TYPE, with_key({**EDDSA, -1: 4})),
    ]


def _on_their_value() -> list[Attack]:
    rule, length = GateRule, GateRule.PUBLIC_KEY_LENGTH
    off_curve = bytes([Y[0] ^ 1]) + Y[1:]
    return [
        Attack("x with a leading zero", length, with_key({**ES256, -2: b"\0" + X})),
        not_alone("x of 31 bytes", length, with_key({**ES256, -2: X[:-1]})),
        not_alone("x of no bytes", length, with_key({**ES256, -2: b""})),
        not_alone("EdDSA of 31 bytes", length, with_key({**EDDSA, -2: ED_X[:-1]})),
        Attack("point off its curve", rule.PUBLIC_KEY_POINT, with_key({**ES256, -3: off_curve})),
        Attack(
            "point zero", rule.PUBLIC_KEY_POINT, with_key({**ES256, -2: bytes(32), -3: bytes(32)})
        ),
        Attack("x above p", rule.PUBLIC_KEY_POINT, with_key({**ES256, -2: b"\xff" * 32})),
        Attack("y above p", rule.PUBLIC_KEY_POINT, with_key({**ES256, -3: b"\xff" * 32})),
        Attack(
            "Edwards point off its curve",
            rule.PUBLIC_KEY_POINT,
            with_key({**EDDSA, -2: b"\x02" + bytes(31)}),
        ),
        Attack(
            "Edwards y above p",
            rule.PUBLIC_KEY_POINT,
            with_key({**EDDSA, -2: (2**255 - 16).to_bytes(32, "little")}),
        ),
        *(
            Attack(
                f"low order {encoded.hex()[:8]}…{encoded.hex()[-4:]}",
                rule.PUBLIC_KEY_LOW_ORDER,
                with_key({**EDDSA, -2: encoded}),
                # The two spellings above p, with either sign, would also fall as non-canonical.
                alone=int.from_bytes(encoded, "little") % 2**255 < 2**255 - 19,
            )
            for encoded in LOW_ORDER
        ),
    ]


def rsa_attacks() -> list[Attack]:
    """For a server that offers RS256."""
    rule, good = GateRule, (1 << 2047 | 1).to_bytes(256, "big")
    return [
        Attack("RSA as EC2", rule.PUBLIC_KEY_TYPE, with_key({**rsa_key(good), 1: 2})),
        Attack(
            "RSA-1024", rule.PUBLIC_KEY_MODULUS, with_key(rsa_key(b"\x80" + bytes(126) + b"\x01"))
        ),
        Attack("RSA-2047", rule.PUBLIC_KEY_MODULUS, with_key(rsa_key(b"\x40" + good[1:]))),
        Attack(
            "RSA-4097", rule.PUBLIC_KEY_MODULUS, with_key(rsa_key(b"\x01" + bytes(511) + b"\x01"))
        ),
        Attack("even modulus", rule.PUBLIC_KEY_MODULUS, with_key(rsa_key(good[:-1] + b"\0"))),
        Attack("leading zero", rule.PUBLIC_KEY_MODULUS, with_key(rsa_key(b"\0" + good))),
        Attack("empty modulus", rule.PUBLIC_KEY_MODULUS, with_key(rsa_key(b""))),
        *(
            Attack(f"exponent {e.hex()}", rule.PUBLIC_KEY_EXPONENT, with_key(rsa_key(good, e)))
            for e in (b"", b"\x01", b"\x03", b"\x00\x01\x00\x01", b"\x01\x00\x00")
        ),
        not_alone(
            "exponent as number", rule.PUBLIC_KEY_MEMBERS, with_key({**rsa_key(good), -2: 65537})
        ),
        Attack("RSA with a curve", rule.PUBLIC_KEY_MEMBERS, with_key({**rsa_key(good), -3: b""})),
    ]
