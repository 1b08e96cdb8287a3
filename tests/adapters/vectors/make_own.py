"""Makes ``own.json``: ceremonies of software passkeys with public seeds, for tests that always run.

Run from the root of the repository: ``python -m tests.adapters.vectors.make_own``. Signatures are
partly random, so the file changes with every run; it is made again only if its shape changes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from authserver.testing.soft_passkey import Overrides, SoftPasskey, to_base64url

OWN = Path(__file__).with_name("own.json")
ORIGIN = "https://login.example"
RP_ID = "login.example"
GOOD: dict[str, dict[str, Any]] = {
    "es256-none": {"algorithm": -7},
    "es256-packed-self": {"algorithm": -7, "attestation": "packed-self"},
    "es256-synced-counting": {"backup_eligible": True, "backed_up": True, "sign_count": 41},
    "eddsa-none": {"algorithm": -8},
    "eddsa-packed-self": {"algorithm": -8, "attestation": "packed-self"},
    "rs256-packed-self": {"algorithm": -257, "attestation": "packed-self"},
    "ml-dsa-44-packed-self": {"algorithm": -48, "attestation": "packed-self"},
}
BAD: dict[str, tuple[str, Overrides]] = {
    "phished": ("client_data_origin", {"origin": "https://login.example.evil.example"}),
    "framed": ("client_data_cross_origin", {"cross_origin": True}),
    "framed-by-us": ("client_data_top_origin", {"top_origin": ORIGIN}),
    "replayed": ("client_data_challenge", {"challenge": bytes(32)}),
    "other-relying-party": ("rp_id_hash", {"rp_id": "example"}),
    "nobody-verified": ("user_verified", {"user_verified": False}),
    "nobody-present": ("user_present", {"user_present": False}),
    "backed-up-but-not-eligible": ("backup_state", {"backed_up": True}),
    "tail": ("trailing_data", {"authenticator_data_tail": b"\0"}),
}


def ceremony(name: str, passkey: SoftPasskey, wrong: Overrides) -> dict[str, Any]:
    created, got = (
        hashlib.sha256(f"{part} {name}".encode()).digest() for part in ("create", "get")
    )
    user = {"id": to_base64url(hashlib.sha256(b"account-1").digest())}
    return {
        "name": name,
        "algorithm": passkey.algorithm,
        "public_key": passkey.public_key_cose,
        "registration_challenge": to_base64url(created),
        "registration": passkey.create(
            {"rp": {"id": RP_ID}, "user": user, "challenge": to_base64url(created)}, **wrong
        ),
        "assertion_challenge": to_base64url(got),
        "assertion": passkey.get({"rpId": RP_ID, "challenge": to_base64url(got)}, **wrong),
    }


def make() -> dict[str, Any]:
    good, bad = [], []
    for name, fields in GOOD.items():
        seed = None if fields.get("algorithm") == -257 else name.encode()
        passkey = SoftPasskey(origin=ORIGIN, seed=seed, **fields)
        good.append(ceremony(name, passkey, {}))
    for name, (rule, wrong) in BAD.items():
        passkey = SoftPasskey(origin=ORIGIN, seed=name.encode())
        bad.append({"rule": rule, **ceremony(name, passkey, wrong)})
    return {"origin": ORIGIN, "rp_id": RP_ID, "accepted": good, "refused": bad}


if __name__ == "__main__":
    OWN.write_text(json.dumps(make(), indent=1) + "\n", encoding="utf-8")
