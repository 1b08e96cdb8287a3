"""Proofs are stored, assurance is computed: it never exceeds what was shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from authserver.domain.assurance import FactorKind, Level, Proof, assurance
from authserver.domain.policy import Requirement

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def proof(
    factor: FactorKind = FactorKind.PASSKEY,
    *,
    minutes_ago: int = 0,
    user_verified: bool = True,
    phishing_resistant: bool = True,
) -> Proof:
    return Proof(
        factor=factor,
        factor_id="factor-1",
        at=NOW - timedelta(minutes=minutes_ago),
        user_verified=user_verified,
        phishing_resistant=phishing_resistant,
    )


def relayable(factor: FactorKind, minutes_ago: int = 0) -> Proof:
    return proof(factor, minutes_ago=minutes_ago, user_verified=False, phishing_resistant=False)


def test_no_proof_is_no_assurance() -> None:
    assert assurance([]).level is Level.AL0


def test_a_verified_passkey_is_the_strongest_level() -> None:
    assert assurance([proof()]).level is Level.AL3


def test_a_passkey_without_user_verification_is_one_factor_and_no_more() -> None:
    assert assurance([proof(user_verified=False)]).level is Level.AL1


def test_password_and_code_together_are_relayable_and_never_the_strongest() -> None:
    shown = [relayable(FactorKind.PASSWORD), relayable(FactorKind.TOTP)]
    assert assurance(shown).level is Level.AL2


def test_the_same_factor_twice_is_one_factor() -> None:
    assert assurance([relayable(FactorKind.TOTP), relayable(FactorKind.TOTP, 5)]).level is Level.AL1


def test_two_factors_are_as_old_as_the_older_of_their_newest_showings() -> None:
    shown = [relayable(FactorKind.PASSWORD, 50), relayable(FactorKind.TOTP, 1)]
    assert assurance(shown).age(Level.AL2, NOW) == timedelta(minutes=50)


def test_a_level_that_was_never_proved_has_no_age() -> None:
    assert assurance([relayable(FactorKind.PASSWORD)]).age(Level.AL3, NOW) is None


@given(
    st.lists(
        st.builds(
            Proof,
            factor=st.sampled_from(FactorKind),
            factor_id=st.just("factor-1"),
            at=st.integers(0, 10_000).map(lambda m: NOW - timedelta(minutes=m)),
            user_verified=st.booleans(),
            phishing_resistant=st.booleans(),
        ),
        max_size=6,
    )
)
def test_the_strongest_level_rests_on_a_phishing_resistant_verified_proof(
    proofs: list[Proof],
) -> None:
    computed = assurance(proofs)
    strong = [p for p in proofs if p.phishing_resistant and p.user_verified]
    assert (computed.level is Level.AL3) == bool(strong)
    assert computed == assurance(reversed(proofs))
    if strong:
        assert computed.age(Level.AL3, NOW) == NOW - max(p.at for p in strong)


def test_a_requirement_looks_at_the_age_of_the_proof() -> None:
    fresh = Requirement(level=Level.AL3, oldest=timedelta(minutes=5))
    assert fresh.met_by(assurance([proof(minutes_ago=5)]), NOW)
    assert not fresh.met_by(assurance([proof(minutes_ago=6)]), NOW)


def test_a_bound_requirement_is_never_met_by_a_session_alone() -> None:
    bound = Requirement(level=Level.AL3, bound=True)
    assert not bound.met_by(assurance([proof()]), NOW)


def test_a_stronger_proof_satisfies_a_weaker_requirement_and_not_the_other_way_round() -> None:
    assert Requirement(level=Level.AL1).met_by(assurance([proof()]), NOW)
    weak = assurance([relayable(FactorKind.PASSWORD)])
    assert not Requirement(level=Level.AL3).met_by(weak, NOW)
