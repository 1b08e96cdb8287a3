from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer

from authserver.adapters.ceremony_tokens import LONGEST_TOKEN, CeremonyTokens
from authserver.domain.ceremony import Ceremony, Purpose

OLD, NEW = b"o" * 32, b"n" * 32
TOKENS = CeremonyTokens([NEW, OLD])
CEREMONY = Ceremony(
    id="01936f3a-0000-7000-8000-000000000001",
    purpose=Purpose.ENROL_FIRST,
    nonce=bytes(range(32)),
    browser=bytes(range(32, 64)),
    about="01936f3a-0000-7000-8000-000000000002",
    subject_digest=bytes(range(64, 96)),
    expires_at=datetime(2026, 11, 24, 12, 5, 0, 123456, tzinfo=UTC),
)
TOKEN = TOKENS.seal(CEREMONY)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize(("about", "digest"), [("", b""), ("証券", b"d" * 32)])
def test_a_ceremony_comes_back_as_it_went(purpose: Purpose, about: str, digest: bytes):
    ceremony = replace(CEREMONY, purpose=purpose, about=about, subject_digest=digest)
    assert TOKENS.open(TOKENS.seal(ceremony)) == ceremony


def test_a_token_is_short_enough_whatever_it_is_about():
    assert len(TOKEN) < 400
    assert len(TOKENS.seal(replace(CEREMONY, about="x" * 255))) <= LONGEST_TOKEN
    for length in (256, 10_000):
        with pytest.raises(ValueError, match="does not fit"):
            TOKENS.seal(replace(CEREMONY, about="x" * length))


def test_every_changed_character_spoils_a_token():
    for position, letter in enumerate(TOKEN):
        for other in "AB.-":
            changed = TOKEN[:position] + other + TOKEN[position + 1 :]
            assert other == letter or TOKENS.open(changed) is None


def test_a_signature_has_one_spelling_only():
    """The last letter carries two bits that a lenient decoder drops."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert [letter for letter in alphabet if TOKENS.open(TOKEN[:-1] + letter)] == [TOKEN[-1]]


def test_every_shortened_or_lengthened_token_is_refused():
    for length in range(len(TOKEN)):
        assert TOKENS.open(TOKEN[:length]) is None
    for extra in ("A", "=", "!", "\n", " ", ".", "\0"):
        assert TOKENS.open(TOKEN + extra) is None
        assert TOKENS.open(extra + TOKEN) is None


def test_an_older_key_still_opens_and_a_removed_one_does_not():
    old = CeremonyTokens([OLD]).seal(CEREMONY)
    assert TOKENS.open(old) == CEREMONY
    assert CeremonyTokens([NEW]).open(old) is None


def test_new_tokens_are_sealed_under_the_newest_key():
    assert CeremonyTokens([NEW]).open(TOKEN) == CEREMONY
    assert CeremonyTokens([OLD]).open(TOKEN) is None


@pytest.mark.parametrize("options", [{}, {"salt": "other", "key_derivation": "hmac"}])
def test_the_same_key_under_another_salt_or_digest_makes_no_token(options: dict[str, str]):
    forged = Signer([NEW], **options).sign(TOKEN.rpartition(".")[0]).decode()
    assert TOKENS.open(forged) is None


@pytest.mark.parametrize("given", [None, 7, True, b"bytes", [TOKEN], {"a": 1}, TOKEN.encode()])
def test_what_is_no_text_is_no_token(given: object):
    assert TOKENS.open(given) is None


def test_a_huge_text_is_no_token():
    assert TOKENS.open("A" * 5_000_000 + "." + "A" * 43) is None


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=2100))
def test_no_text_makes_it_raise(text: str):
    assert TOKENS.open(text) is None
