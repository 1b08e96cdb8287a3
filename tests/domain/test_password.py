from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authserver.domain.password import (
    LENGTH_MOST,
    PasswordFault,
    normal_password,
    password_fault,
)

COMMON = frozenset({"password1", "sakura123"})


def fault(text: str, *, least: int = 8, about: tuple[str, ...] = ()) -> PasswordFault | None:
    return password_fault(text, least=least, common=COMMON, about=about)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "tbz7!kwq",
        "雨の日は家で本を読む",
        "        x",
        "🦔🦔 hedgehog 🦔",
        "x" * 8 + "y" * 200,
    ],
)
def test_length_is_all_that_is_asked_for(password: str):
    assert fault(password) is None


@pytest.mark.parametrize(("length", "least"), [(7, 8), (14, 15), (9, 10)])
def test_one_character_less_than_the_least_is_too_short(length: int, least: int):
    text = "aZ3!q9Lm#x2Rt7v"[:length]
    assert fault(text, least=least) is PasswordFault.TOO_SHORT
    assert fault("aZ3!q9Lm#x2Rt7vB"[: length + 1], least=length + 1) is None


def test_the_longest_password_is_taken_and_one_more_is_refused_before_any_work():
    longest = "correct horse " * 20
    assert fault(longest[:LENGTH_MOST]) is None
    assert fault(longest[: LENGTH_MOST + 1]) is PasswordFault.TOO_LONG
    assert normal_password(longest[: LENGTH_MOST + 1]) is None


def test_length_is_counted_in_the_spelling_that_is_hashed():
    # U+FDFA is one character to type and eighteen to hash.
    assert fault("\ufdfa", least=18) is None
    # A letter and its marks, composed to one.
    assert fault("e\u0301" * 4 + "abc", least=8) is PasswordFault.TOO_SHORT


@pytest.mark.parametrize(
    "password",
    ["PASSWORD1", "Password1", "password1", "ｐａｓｓｗｏｒｄ１", "𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝𝟏", "Sakura123"],
)
def test_a_common_password_is_common_in_every_spelling(password: str):
    assert fault(password) is PasswordFault.COMMON


@pytest.mark.parametrize(
    "password",
    [
        *(
            "aaaaaaaa",
            "AaAaAaAa",
            "abababab",
            "abcabcab",
            "abcdabcd",
            "12341234",
            "１１１１１１１１",
        ),
        *("12345678", "87654321", "abcdefgh", "zyxwvuts", "あいあいあいあい"),
    ],
)
def test_repetition_and_runs_are_common_without_any_list(password: str):
    assert fault(password) is PasswordFault.COMMON


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("account-1", "account-1"),
        ("ACCOUNT-1!", "account-1"),
        ("my account-1 ok", "account-1"),
        ("MihonSecurities1", "Mihon Securities".replace(" ", "")),
        ("１９８００４０１xy", "19800401"),
    ],
)
def test_a_password_that_is_mostly_a_word_of_the_account_is_refused(password: str, word: str):
    assert fault(password, about=("unrelated", word)) is PasswordFault.ABOUT_YOU


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("account-1 with a long tail of words", "account-1"),
        ("tamago kake gohan", "ta"),
        ("x" * 7, ""),
    ],
)
def test_a_word_of_the_account_that_is_little_of_it_is_no_matter(password: str, word: str):
    assert fault(password, least=1, about=(word,)) is not PasswordFault.ABOUT_YOU


@pytest.mark.parametrize("bad", ["\0", "\t", "\n", "\x7f", "\x85", "\ud800", "\u0378"])
def test_what_no_keyboard_types_is_refused(bad: str):
    assert fault(f"correct {bad} horse") is PasswordFault.UNPRINTABLE
    assert normal_password(f"correct {bad} horse") is None


@given(st.text(max_size=LENGTH_MOST + 5))
def test_the_hashed_spelling_is_stable_and_the_same_for_every_composition(text: str):
    spelled = normal_password(text)
    if spelled is None:
        assert fault(text) in (PasswordFault.UNPRINTABLE, PasswordFault.TOO_LONG)
        return
    assert unicodedata.normalize("NFKC", spelled) == spelled
    for form in ("NFC", "NFD"):
        composed = unicodedata.normalize(form, text)
        if len(composed) <= LENGTH_MOST:
            assert normal_password(composed) == spelled


@given(st.text(), st.lists(st.text()))
def test_every_text_has_an_answer_and_never_a_fault_of_the_program(text: str, about: list[str]):
    found = password_fault(text, least=8, common=COMMON, about=about)
    assert found is None or isinstance(found, PasswordFault)
