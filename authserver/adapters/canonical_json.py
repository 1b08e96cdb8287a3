"""The one spelling of a subject, so that what was shown and what is done can be compared."""

from __future__ import annotations

import hashlib

import rfc8785

from authserver.domain.step_up import Subject


class CanonicalJson:
    """JSON Canonicalization Scheme (RFC 8785)."""

    def digest(self, subject: Subject) -> bytes:
        """Raises ValueError for what JSON cannot carry exactly, such as integers beyond 2**53."""
        return hashlib.sha256(rfc8785.dumps(dict(subject))).digest()
