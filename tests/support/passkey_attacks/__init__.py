"""Credentials that break one rule each: the table behind the gate's tests and their sabotage.

An attack is ``alone`` if nothing else in the gate stands in its way: switch its rule off, and it is
let through. Those are the attacks with a sabotage twin.
"""

from __future__ import annotations

from functools import partial

from authserver.domain.passkey.rule import GateRule
from tests.support.passkey_attacks.attack import Attack, not_alone, without
from tests.support.passkey_attacks.authenticator import (
    attestation_attacks,
    authenticator_data_attacks,
)
from tests.support.passkey_attacks.browser import client_data_attacks
from tests.support.passkey_attacks.envelope import (
    assertion_attacks,
    envelope_attacks,
    transports_attacks,
)
from tests.support.passkey_attacks.keys import LOW_ORDER, public_key_attacks, rsa_attacks
from tests.support.passkey_ceremonies import assertion, registration

__all__ = ["LOW_ORDER", "ON_ASSERTION", "ON_REGISTRATION", "ON_RSA_REGISTRATION", "Attack"]

ON_REGISTRATION = [
    *envelope_attacks(registration),
    not_alone(
        "no attestationObject",
        GateRule.RESPONSE_MEMBERS,
        partial(without, registration, "response", "attestationObject"),
    ),
    *transports_attacks(),
    *client_data_attacks(registration, "webauthn.create"),
    *attestation_attacks(),
    *authenticator_data_attacks(registration),
    *public_key_attacks(),
]
ON_RSA_REGISTRATION = rsa_attacks()
ON_ASSERTION = [
    *envelope_attacks(assertion),
    *assertion_attacks(),
    *client_data_attacks(assertion, "webauthn.get"),
    *authenticator_data_attacks(assertion),
]
