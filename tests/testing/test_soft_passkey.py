"""The software passkey: right by default, the same for the same seed, wrong only where told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authserver.testing.soft_key import make_key
from authserver.testing.soft_passkey import SoftPasskey, from_base64url

ORIGIN = "http://localhost:5000"
CREATE: dict[str, Any] = {
    "rp": {"id": "localhost", "name": "authserver"},
    "user": {"id": "YWNjb3VudC0x", "name": "demo", "displayName": "demo"},
    "challenge": "Y2hhbGxlbmdlIGNoYWxsZW5nZQ",
}
GET: dict[str, Any] = {"rpId": "localhost", "challenge": "Y2hhbGxlbmdlIGNoYWxsZW5nZQ"}


def client_data(credential: dict[str, Any]) -> Any:
    return json.loads(from_base64url(credential["response"]["clientDataJSON"]))


def counter(credential: dict[str, Any]) -> int:
    return int.from_bytes(from_base64url(credential["response"]["authenticatorData"])[33:37], "big")


@pytest.mark.parametrize("algorithm", [-7, -8, -48])
def test_the_same_seed_makes_the_same_credential(algorithm: int) -> None:
    one, same = (SoftPasskey(origin=ORIGIN, algorithm=algorithm, seed=b"one") for _ in range(2))
    other = SoftPasskey(origin=ORIGIN, algorithm=algorithm, seed=b"other")
    fresh = SoftPasskey(origin=ORIGIN, algorithm=algorithm)
    assert (one.credential_id, one.public_key_cose) == (same.credential_id, same.public_key_cose)
    everybody = [one, other, fresh]
    assert len({passkey.credential_id for passkey in everybody}) == 3
    assert len({passkey.public_key_cose for passkey in everybody}) == 3


def test_a_seed_for_rsa_or_an_unknown_algorithm_is_a_fault_at_once() -> None:
    with pytest.raises(ValueError, match="fresh"):
        make_key(-257, b"seed")
    with pytest.raises(ValueError, match="-9999"):
        SoftPasskey(origin=ORIGIN, algorithm=-9999)


def test_an_answer_is_plain_json_and_says_what_a_browser_says() -> None:
    passkey = SoftPasskey(origin=ORIGIN)
    for credential in (passkey.create(CREATE), passkey.get(GET)):
        assert json.loads(json.dumps(credential)) == credential
        assert credential["id"] == credential["rawId"] == passkey.credential_id
        assert client_data(credential)["origin"] == ORIGIN
        assert client_data(credential)["challenge"] == GET["challenge"]


def test_it_hands_over_the_user_handle_it_was_created_with_or_has_adopted() -> None:
    passkey = SoftPasskey(origin=ORIGIN)
    assert "userHandle" not in passkey.get(GET)["response"]
    passkey.create(CREATE)
    assert passkey.get(GET)["response"]["userHandle"] == CREATE["user"]["id"]
    passkey.adopt_user_handle("YWNjb3VudC0y")
    assert passkey.get(GET)["response"]["userHandle"] == "YWNjb3VudC0y"
    assert "userHandle" not in passkey.get(GET, user_handle=None)["response"]


def test_a_counter_grows_only_if_there_is_one() -> None:
    silent, counting = SoftPasskey(origin=ORIGIN), SoftPasskey(origin=ORIGIN, sign_count=5)
    assert [counter(silent.get(GET)) for _ in range(3)] == [0, 0, 0]
    assert [counter(counting.get(GET)) for _ in range(3)] == [6, 7, 8]
    assert counter(counting.get(GET, sign_count=2)) == 2
    assert counting.sign_count == 8


def test_a_clone_has_the_same_key_and_a_counter_of_its_own() -> None:
    original = SoftPasskey(origin=ORIGIN, sign_count=5)
    clone = original.clone()
    original.get(GET)
    assert clone.public_key_cose == original.public_key_cose
    assert counter(clone.get(GET)) == counter(original.get(GET)) - 1


def test_without_an_rp_id_the_host_of_the_origin_counts() -> None:
    passkey = SoftPasskey(origin=ORIGIN)
    named = passkey.get(GET)["response"]["authenticatorData"]
    assert passkey.get({"challenge": GET["challenge"]})["response"]["authenticatorData"] == named


def test_only_what_was_asked_to_be_wrong_is_wrong() -> None:
    passkey = SoftPasskey(origin=ORIGIN, algorithm=-8)
    good = passkey.get(GET)
    wrong = passkey.get(GET, origin="https://evil.example")
    assert client_data(wrong) == {**client_data(good), "origin": "https://evil.example"}
    assert wrong["response"]["authenticatorData"] == good["response"]["authenticatorData"]
    assert passkey.get(GET) == good
