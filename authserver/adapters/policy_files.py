"""Policies from TOML files, each mistake named with the row it is in."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path as FilePath
from typing import Any, get_type_hints

from authserver.domain.action import Action
from authserver.domain.assurance import Level
from authserver.domain.guessing import NIST_MOST, LockRule, Path
from authserver.domain.policy import (
    Limits,
    PasswordPath,
    Policy,
    RecoveryProof,
    RecoveryRules,
    Requirement,
    SecondFactor,
    SignInRules,
)

_PARTS = {"name", "version", "algorithms", "limits", "sign_in", "recovery", "actions"}
_SIGN_IN = {"password", "second_factors", "locks"}
_DEMANDS = {"level", "oldest", "bound", "excepted", "held"}
_JST = timezone(timedelta(hours=9), "JST")
"""A published day ends, and mandatory use begins, at midnight in Japan."""


class PolicyError(Exception):
    """A policy that cannot be used; the text names the row and what is expected there."""


def load(name: str, presets: FilePath) -> Policy:
    """A preset by its name, or a file by its path. Raises PolicyError."""
    path = FilePath(name) if name.endswith(".toml") else presets / f"{name}.toml"
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
    _exactly("the policy", table, _PARTS)
    actions = {name: _requirement(name, row) for name, row in table["actions"].items()}
    _exactly("[actions]", actions, {action.value for action in Action})
    return Policy(
        name=str(table["name"]),
        version=str(table["version"]),
        digest=digest,
        algorithms=frozenset(int(algorithm) for algorithm in table["algorithms"]),
        limits=_limits(table["limits"]),
        sign_in=_sign_in(table["sign_in"]),
        recovery=_recovery(table["recovery"]),
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


def _sign_in(rows: Mapping[str, Any]) -> SignInRules:
    _exactly("[sign_in]", {k: v for k, v in rows.items() if k != "interim_until"}, _SIGN_IN)
    if rows["password"] not in set(PasswordPath):
        raise PolicyError(f"[sign_in] password is {rows['password']!r}; use exception or interim.")
    path, until = PasswordPath(rows["password"]), rows.get("interim_until")
    if (path is PasswordPath.INTERIM) != isinstance(until, date):
        raise PolicyError(
            "[sign_in] interim_until: an interim needs a published day such as 2026-06-30, "
            "and only an interim has one."
        )
    if SecondFactor.EMAIL_CODE.value in rows["second_factors"] and path is not PasswordPath.INTERIM:
        raise PolicyError("[sign_in] second_factors: a mailed code belongs to an interim only.")
    _exactly("[sign_in.locks]", rows["locks"], {path.value for path in Path})
    return SignInRules(
        password=path,
        second_factors=_second_factors(rows["second_factors"]),
        interim_until=datetime.combine(until, time(), _JST) if until else None,
        locks={Path(name): _lock(name, row) for name, row in rows["locks"].items()},
    )


def _second_factors(given: Any) -> tuple[SecondFactor, ...]:
    known = [factor.value for factor in SecondFactor]
    if not isinstance(given, list) or not given or not set(given) <= set(known):
        raise PolicyError(
            f"[sign_in] second_factors is {given!r}; list one or more of {', '.join(known)}."
        )
    return tuple(SecondFactor(factor) for factor in given)


def _recovery(rows: Mapping[str, Any]) -> RecoveryRules:
    _exactly("[recovery]", rows, {"second", "beginnings", "life", "hold", "pause"})
    if rows["second"] not in set(RecoveryProof):
        raise PolicyError(
            f"[recovery] second is {rows['second']!r}; use identity_proof or sms_code."
        )
    for name in ("beginnings", "life", "hold", "pause"):
        value = rows[name]
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise PolicyError(
                f"[recovery] {name} is {value!r}; a whole number above zero is needed."
            )
    return RecoveryRules(
        second=RecoveryProof(rows["second"]),
        beginnings=rows["beginnings"],
        life=timedelta(seconds=rows["life"]),
        hold=timedelta(seconds=rows["hold"]),
        pause=timedelta(seconds=rows["pause"]),
    )


def _lock(name: str, row: Any) -> LockRule:
    where = f"[sign_in.locks] {name}"
    if not isinstance(row, Mapping):
        raise PolicyError(f"{where}: write most, first_wait and longest_wait (seconds).")
    _exactly(where, row, {"most", "first_wait", "longest_wait"})
    for member, value in row.items():
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise PolicyError(
                f"{where} {member} is {value!r}; a whole number above zero is needed."
            )
    if row["most"] > NIST_MOST:
        raise PolicyError(f"{where} most is {row['most']}; {NIST_MOST} is the most there may be.")
    return LockRule(
        most=row["most"],
        first_wait=timedelta(seconds=row["first_wait"]),
        longest_wait=timedelta(seconds=row["longest_wait"]),
    )


def _requirement(name: str, row: Any) -> Requirement:
    if not isinstance(row, Mapping) or not set(row) <= _DEMANDS or "level" not in row:
        raise PolicyError(
            f"[actions] {name}: write level, and where needed oldest (seconds), bound, excepted "
            "(a level) and held."
        )
    level, oldest = row["level"], row.get("oldest")
    for given in (level, row.get("excepted", level)):
        if given not in Level.__members__:
            raise PolicyError(
                f"[actions] {name}: level {given!r} is none of {', '.join(Level.__members__)}."
            )
    if row.get("excepted") in ("AL0", "AL1"):
        raise PolicyError(f"[actions] {name}: an exception never leads to less than AL2.")
    if oldest is not None and (not isinstance(oldest, int) or oldest <= 0):
        raise PolicyError(f"[actions] {name}: oldest {oldest!r} is not a number of seconds.")
    return Requirement(
        level=Level[level],
        oldest=timedelta(seconds=oldest) if oldest is not None else None,
        bound=row.get("bound", False) is True,
        excepted=Level[row["excepted"]] if "excepted" in row else None,
        held=row.get("held", False) is True,
    )
