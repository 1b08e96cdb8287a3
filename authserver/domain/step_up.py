"""Step-up: what you see is what you confirm, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from authserver.domain.action import Action
from authserver.domain.assurance import Level
from authserver.domain.ids import AccountId, SessionId, StepUpId

Subject = Mapping[str, str | int | bool]
"""What exactly will be done: flat and readable. Its canonical JSON (RFC 8785) is what is signed."""


class StepUpState(StrEnum):
    REQUESTED = "requested"
    SATISFIED = "satisfied"
    SPENT = "spent"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """One approval that was asked for: one session, one action, one subject, five minutes."""

    id: StepUpId
    session_id: SessionId
    account_id: AccountId
    action: Action
    subject: Subject
    subject_digest: bytes
    level: Level
    state: StepUpState
    requested_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StepUpNeeded:
    """A flow's "not yet": the action waits for this approval."""

    step_up: StepUp
