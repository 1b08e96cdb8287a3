from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from authserver.adapters.common_passwords import LIST, load
from authserver.domain.password import PasswordFault, password_fault
from tests.support.notices import ROOT

COMMON = load()


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("maker", ROOT / "tools/make_common_passwords.py")
    assert spec
    assert spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    return maker


def test_the_list_is_what_its_rules_make():
    maker = _maker()
    assert LIST.read_text("ascii") == "\n".join(maker.made()) + "\n"
    assert maker.TARGET == LIST


def test_the_list_is_sorted_in_lower_case_and_of_passwords_that_might_be_set():
    lines = LIST.read_text("ascii").splitlines()
    assert lines == sorted(set(lines))
    assert len(COMMON) == len(lines) > 5000
    assert all(line == line.casefold() for line in lines)
    assert all(8 <= len(line) <= 24 for line in lines)


@pytest.mark.parametrize(
    "password",
    [
        *("password", "Password1", "PASSWORD123", "p@ssw0rd", "passw0rd", "qwertyuiop", "1qaz2wsx"),
        *("letmein1", "trustno1", "iloveyou", "sunshine", "football", "abcd1234", "welcome1"),
        *(
            "sakura123",
            "shouken1",
            "toushi123",
            "kabushiki",
            "doraemon",
            "19800101",
            "1234567890123456",
        ),
        *("himitsu1", "Tokyo2020", "asdfghjkl", "summer2024!", "securities", "ｐａｓｓｗｏｒｄ"),
    ],
)
def test_what_anybody_would_try_first_is_refused(password: str):
    fault = password_fault(password, least=8, common=COMMON, about=())
    assert fault is PasswordFault.COMMON


@pytest.mark.parametrize("password", ["correct horse battery", "tbz7!kwq", "雨の日は家で本を読む"])
def test_what_nobody_would_try_is_not(password: str):
    assert password_fault(password, least=8, common=COMMON, about=()) is None
