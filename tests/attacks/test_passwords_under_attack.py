"""A stolen session and a stolen password try for more than they are."""

from __future__ import annotations

from authserver.testing.soft_totp import SoftTotp
from tests.attacks.holes import hole
from tests.support.application import Application

OLD = "correct horse battery 9"
NEW = "another good phrase 77"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@hole("the present password is compared in a session without counting the tries")
def test_a_session_cannot_guess_the_present_password_without_end(
    application: Application,
) -> None:
    person = application.account("account-1", password=OLD, totp=True)
    person.sign_in()
    for number in range(105):
        body = {"current": f"wrong guess {number}", "new": NEW}
        assert person.api.request("PUT", "password", body).status_code in (401, 429)
    body = {"current": OLD, "new": NEW}
    # Past the hundredth failure nothing may tell the right guess from the wrong ones.
    assert person.api.request("PUT", "password", body).status_code in (401, 429)


def test_a_changed_password_ends_the_sign_ins_that_the_old_one_had_begun(
    any_application: Application,
) -> None:
    owner = any_application.account("account-1", password=OLD, totp=SECRET, mfa_exception=True)
    thief = any_application.api(ip="203.0.113.9")
    thief.post("sign-in/password", {"login_id": "account-1", "password": OLD})
    owner.sign_in()
    change = {"current": OLD, "new": NEW}
    owner.confirming(lambda step_up: owner.api.call("PUT", "password", change, step_up=step_up))
    code = SoftTotp(SECRET).code(any_application.house.services.clock.now())
    finished = thief.request("POST", "sign-in/totp", {"code": code})
    assert (finished.status_code, thief.request("GET", "session").status_code) == (401, 401)
