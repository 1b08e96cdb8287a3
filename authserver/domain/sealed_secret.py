"""Secrets under the master keys, seen only as what they are for a rotation: sealed bytes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SealedPlace(StrEnum):
    """Every column that holds sealed secrets. One that is missing here dies with its key."""

    TOTP = "totp"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecret:
    """One row's secret; ``sealed`` is empty where it was forgotten or never was."""

    place: SealedPlace
    row_id: str
    sealed: bytes
