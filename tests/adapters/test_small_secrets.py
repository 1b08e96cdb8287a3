"""Digests, sealed secrets and canonical JSON."""

from __future__ import annotations

import hashlib

import pytest

from authserver.adapters.canonical_json import CanonicalJson
from authserver.adapters.digests import Digests
from authserver.adapters.sealer import Sealer

DIGESTS = Digests(b"k" * 32)


def test_a_digest_depends_on_purpose_owner_code_and_key():
    digests = {
        DIGESTS.of_code("sign-up", "account-1", "12345678"),
        DIGESTS.of_code("recovery", "account-1", "12345678"),
        DIGESTS.of_code("sign-up", "account-2", "12345678"),
        DIGESTS.of_code("sign-up", "account-1", "12345679"),
        DIGESTS.of_code("sign-up", "account-11", "2345678"),
        DIGESTS.of_code("sign-u", "paccount-1", "12345678"),
        Digests(b"K" * 32).of_code("sign-up", "account-1", "12345678"),
    }
    assert len(digests) == 7
    assert {len(digest) for digest in digests} == {32}


def test_a_name_has_one_digest_for_ever_and_shares_none_with_a_code():
    assert DIGESTS.of_name("decoy", "demo") == Digests(b"k" * 32).of_name("decoy", "demo")
    assert DIGESTS.of_name("decoy", "demo") != DIGESTS.of_name("decoy", "demo2")
    assert DIGESTS.of_name("a", "b") != DIGESTS.of_code("a", "b", "")


def test_whatever_was_typed_has_a_digest():
    assert len(DIGESTS.of_name("decoy", "\ud800\0" + "x" * 100_000)) == 32


def test_a_sealed_secret_opens_and_does_not_show():
    sealed = Sealer([b"a" * 32]).seal("12345678")
    assert b"12345678" not in sealed
    assert Sealer([b"a" * 32]).open(sealed) == "12345678"


def test_after_a_rotation_old_secrets_open_and_new_ones_need_the_new_key():
    old, both = Sealer([b"o" * 32]), Sealer([b"n" * 32, b"o" * 32])
    assert both.open(old.seal("code")) == "code"
    with pytest.raises(ValueError, match="none of the present keys"):
        old.open(both.seal("code"))


@pytest.mark.parametrize("sealed", [b"", b"garbage", b"\xff" * 100, b"gAAAAA"])
def test_what_was_never_sealed_does_not_open(sealed: bytes):
    with pytest.raises(ValueError, match="none of the present keys"):
        Sealer([b"a" * 32]).open(sealed)


def test_a_changed_seal_does_not_open():
    sealer = Sealer([b"a" * 32])
    sealed = bytearray(sealer.seal("12345678"))
    sealed[20] ^= 1
    with pytest.raises(ValueError, match="none of the present keys"):
        sealer.open(bytes(sealed))


def test_a_subject_has_one_digest_whatever_the_order_of_its_members():
    canonical = CanonicalJson()
    expected = hashlib.sha256('{"amount_jpy":1000,"bound":true,"payee":"見本"}'.encode()).digest()
    assert canonical.digest({"payee": "見本", "amount_jpy": 1000, "bound": True}) == expected
    assert canonical.digest({"bound": True, "amount_jpy": 1000, "payee": "見本"}) == expected


def test_one_and_true_and_the_text_one_are_three_subjects():
    canonical = CanonicalJson()
    assert len({canonical.digest({"a": value}) for value in (1, True, "1")}) == 3


def test_a_number_that_json_cannot_carry_exactly_is_refused():
    with pytest.raises(ValueError, match=r"9007199254740993|range|domain"):
        CanonicalJson().digest({"amount_jpy": 2**53 + 1})
