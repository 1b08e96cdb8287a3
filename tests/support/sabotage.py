"""How a guard is shown to be what stops an attack."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.application import Application


def fails_until_sabotaged(
    application: Application, monkeypatch: pytest.MonkeyPatch, attack: Any, sabotage: Any
) -> None:
    """The attack fails, and succeeds on an empty database once its guard is switched off."""
    assert attack(application) is False
    application.api().post("/test/reset")
    sabotage(monkeypatch)
    assert attack(application) is True
