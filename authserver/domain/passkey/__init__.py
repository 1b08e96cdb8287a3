"""The strict gate: what a WebAuthn answer must be before a signature in it is worth checking.

Here live the parsers of a credential's parts, one check per rule, the two public doors (``gate``),
and what is judged against the stored record (``judgement``). Never here: signatures, certificates,
storage, the clock, any third-party library. ``flows`` and ``adapters.passkey_verifier`` import it,
and ``web`` takes ``strict_json`` and ``public_key`` from it.

The text verified against is W3C Web Authentication Level 3, Candidate Recommendation. Where this
gate is narrower than the text (RSA sizes, cross-origin use, attestation formats), that is policy.
"""
