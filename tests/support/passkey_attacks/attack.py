"""What an attack is, and small tools to write one down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from authserver.domain.passkey.rule import GateRule


@dataclass(frozen=True)
class Attack:
    name: str
    rule: GateRule
    credential: Callable[[], Any]
    alone: bool = True

    def __str__(self) -> str:
        return self.name


def not_alone(name: str, rule: GateRule, credential: Callable[[], Any]) -> Attack:
    return Attack(name, rule, credential, alone=False)


def as_it_is(value: Any) -> Any:
    return value


def without(answer: Callable[[], dict[str, Any]], *path: str) -> dict[str, Any]:
    """The answer, but one member of it left out."""
    credential = inner = answer()
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return credential
