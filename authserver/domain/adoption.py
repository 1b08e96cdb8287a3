"""How far passkeys have come: the figures that FSA-SEC-13 asks for, by reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from authserver.domain.mfa_exception import ExceptionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """Counts of accounts at one moment. Frozen accounts are accounts; removed passkeys are none.

    ``passkey_used`` counts those that used one in the last 30 days.
    """

    accounts: int
    with_passkey: int
    passkey_used: int
    exceptions: Mapping[ExceptionReason, int]
    requested: int

    @property
    def exception_rate(self) -> float:
        """Accounts with an exception in force among all, from 0 to 1."""
        return sum(self.exceptions.values()) / self.accounts if self.accounts else 0.0
