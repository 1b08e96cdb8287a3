"""Policies from TOML files, each mistake named with the row it is in."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_type_hints

from authserver.domain.action import Action
from authserver.domain.assurance import Level
from authserver.domain.policy import Limits, Policy, Requirement


class PolicyError(Exception):
    """A policy that cannot be used; the text names the row and what is expected there."""


def load(name: str, presets: Path) -> Policy:
    """A preset by its name, or a file by its path. Raises PolicyError."""
    path = Path(name) if name.endswith(".toml") else presets / f"{name}.toml"
    try:
        raw = path.read_bytes()
        table = tomllib.loads(raw.decode())
    except OSError:
        known = ", ".join(sorted(preset.stem for preset in presets.glob("*.toml")))
        raise PolicyError(f"There is no policy {name!r}; presets: {known}.") from None
    except ValueError as broken:
        raise PolicyError(f"{path.name} is not TOML: {broken}") from None
    return _policy(table, hashlib.sha256(raw).hexdigest())


def _policy(table: Mapping[str, Any], digest: str) -> Policy:
    _exactly("the policy", table, {"name", "version", "algorithms", "limits", "actions"})
    actions = {name: _requirement(name, row) for name, row in table["actions"].items()}
    _exactly("[actions]", actions, {action.value for action in Action})
    return Policy(
        name=str(table["name"]),
        version=str(table["version"]),
        digest=digest,
        algorithms=frozenset(int(algorithm) for algorithm in table["algorithms"]),
        limits=_limits(table["limits"]),
        actions={Action(name): requirement for name, requirement in actions.items()},
    )


def _exactly(where: str, given: Mapping[str, Any], expected: set[str]) -> None:
    if missing := expected - set(given):
        raise PolicyError(f"{where} lacks {', '.join(sorted(missing))}.")
    if surplus := set(given) - expected:
        raise PolicyError(f"{where} has unknown rows: {', '.join(sorted(surplus))}.")


def _limits(rows: Mapping[str, Any]) -> Limits:
    kinds = get_type_hints(Limits)
    _exactly("[limits]", rows, set(kinds))
    for name, value in rows.items():
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise PolicyError(f"[limits] {name} is {value!r}; a whole number above zero is needed.")
    values: dict[str, Any] = {
        name: timedelta(seconds=value) if kinds[name] is timedelta else value
        for name, value in rows.items()
    }
    return Limits(**values)


def _requirement(name: str, row: Any) -> Requirement:
    if (
        not isinstance(row, Mapping)
        or not set(row) <= {"level", "oldest", "bound"}
        or "level" not in row
    ):
        raise PolicyError(
            f"[actions] {name}: write level, and where needed oldest (seconds) and bound."
        )
    level, oldest = row["level"], row.get("oldest")
    if level not in Level.__members__:
        raise PolicyError(
            f"[actions] {name}: level {level!r} is none of {', '.join(Level.__members__)}."
        )
    if oldest is not None and (not isinstance(oldest, int) or oldest <= 0):
        raise PolicyError(f"[actions] {name}: oldest {oldest!r} is not a number of seconds.")
    return Requirement(
        level=Level[level],
        oldest=timedelta(seconds=oldest) if oldest is not None else None,
        bound=row.get("bound", False) is True,
    )
