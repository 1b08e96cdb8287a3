"""The set cost of a hash reaches old passwords when their owners show them, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from authserver.testing.person import Person
from tests.support.application import Application, make_application

PASSWORD = "correct horse battery staple"
DEARER = "m=20480,t=3,p=2"


def kept(application: Application) -> str:
    with application.house.services.database.snapshot() as tx:
        account = tx.accounts.by_login_id("account-1")
        assert account is not None
        hashed = tx.passwords.get(account.id)
    assert hashed is not None
    return hashed


def again(folder: Path, database_url: str, cost: str) -> Application:
    """The same server, started once more with another cost."""
    return make_application(folder, database_url=database_url, PASSWORD_HASH=cost)


@pytest.mark.parametrize("cost", [DEARER, "m=19456,t=2,p=1"])
def test_a_sign_in_brings_an_older_hash_to_the_cost_that_is_set(
    tmp_path: Path, database_url: str, cost: str
) -> None:
    before = again(tmp_path, database_url, "m=19456,t=2,p=2")
    before.api().post("/test/reset")
    person = before.account("account-1", password=PASSWORD, totp=True, mfa_exception=True)
    old = kept(before)
    assert old.startswith("$argon2id$v=19$m=19456,t=2,p=2$")
    before.close()

    after = again(tmp_path, database_url, cost)
    returning = Person(after.api(), "account-1")
    returning.password, returning.totp = PASSWORD, person.totp
    wrong = {"login_id": "account-1", "password": "not the right password"}
    assert returning.api.request("POST", "sign-in/password", wrong).status_code == 401
    assert kept(after) == old
    assert returning.sign_in_with_password()["session"]["assurance"] == "AL2"
    new = kept(after)
    assert new.startswith(f"$argon2id$v=19${cost}$")
    returning.show_password()
    assert kept(after) == new
    after.close()
