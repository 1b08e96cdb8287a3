"""The figures of adoption, as they are at one moment (FSA-SEC-13)."""

from __future__ import annotations

from datetime import datetime

from authserver.domain.adoption import Adoption
from authserver.flows.ports import Services


def figures(services: Services, now: datetime) -> Adoption:
    with services.database.snapshot() as tx:
        return tx.adoptions.figures(now)
