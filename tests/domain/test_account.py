"""Names have one spelling each, and nothing hides in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authserver.domain.account import (
    masked_email,
    normal_display_name,
    normal_email,
    normal_login_id,
)
from authserver.domain.ids import from_base64url, to_base64url


@pytest.mark.parametrize("typed", ["Demo", " demo ", "ＤＥＭＯ", "demo"])
def test_a_login_id_has_one_spelling(typed: str) -> None:
    assert normal_login_id(typed) == "demo"


@pytest.mark.parametrize("typed", ["", "ab", "a" * 41, "-demo", "demo-", "de mo", "dé-mo", "дemo"])
def test_what_is_no_login_id_is_none(typed: str) -> None:
    assert normal_login_id(typed) is None


@given(st.text())
def test_a_login_id_that_is_accepted_is_stable(typed: str) -> None:
    spelled = normal_login_id(typed)
    if spelled is not None:
        assert normal_login_id(spelled) == spelled
        assert spelled.isascii()


@pytest.mark.parametrize("typed", ["demo@example.test", "Demo@EXAMPLE.test", "a+b@mail.example.jp"])
def test_an_address_keeps_its_local_part_and_lowers_its_domain(typed: str) -> None:
    spelled = normal_email(typed)
    assert spelled is not None
    assert spelled.rpartition("@")[0] == typed.rpartition("@")[0]
    assert spelled.rpartition("@")[2] == typed.rpartition("@")[2].lower()


@pytest.mark.parametrize(
    "typed",
    ["", "demo", "demo@", "@example.test", "demo@example", "a b@example.test", "a@b.c\r\nBcc: x"],
)
def test_what_mail_cannot_carry_is_no_address(typed: str) -> None:
    assert normal_email(typed) is None


@pytest.mark.parametrize(
    "typed", ["", " ", "a" * 61, "a\nb", "a\u202eb", "a\u200bb", "a\u2066b", "\ud800", "a\x00b"]
)
def test_a_display_name_hides_and_reorders_nothing(typed: str) -> None:
    assert normal_display_name(typed) is None


def test_a_masked_address_is_known_to_its_owner_only() -> None:
    assert masked_email("demo@example.test") == "d***@example.test"


@given(st.binary(max_size=80))
def test_base64url_has_one_spelling(data: bytes) -> None:
    text = to_base64url(data)
    assert from_base64url(text) == data
    assert from_base64url(text + "=") is None
    assert from_base64url(text + "\n") is None
