"""Every route wears exactly one guard, and every state-changing route names its action.

A guard is a mark on the view; ``enforce`` is the one place that acts on it, before the view runs.
``check_every_route`` refuses to start a server in which a route wears none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, redirect, request
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from authserver.domain.account import Role
from authserver.domain.action import Action
from authserver.domain.assurance import Level
from authserver.domain.outcome import Reason
from authserver.domain.policy import Policy
from authserver.web import identity
from authserver.web.problems import Problem

View = TypeVar("View", bound=Callable[..., Any])
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Access(StrEnum):
    """Who may pass."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"
    OPERATOR = "operator"
    TESTER = "tester"


@dataclass(frozen=True, slots=True)
class Guard:
    access: Access
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class GuardedRoute:
    """One row of the list of routes, as computed from the running application."""

    path: str
    methods: tuple[str, ...]
    endpoint: str
    guard: Guard


class Unguarded(Exception):
    """A route that must not exist; the server does not start with it."""


def guarded(access: Access, action: Action | None = None) -> Callable[[View], View]:
    """Mark a view. A second mark on the same view is a mistake and is refused at once."""

    def mark(view: View) -> View:
        if hasattr(view, "guard"):
            raise Unguarded(f"{view.__name__} wears two guards")
        view.guard = Guard(access, action)  # type: ignore[attr-defined]
        return view

    return mark


def routes(app: Flask) -> Iterator[GuardedRoute]:
    """All routes with their guards. Raises Unguarded at the first one without."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        yield GuardedRoute(rule.rule, _methods(rule), rule.endpoint, guard_of(app, rule.endpoint))


def _methods(rule: Rule) -> tuple[str, ...]:
    return tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def guard_of(app: Flask, endpoint: str) -> Guard:
    """The guard of a view. Raises Unguarded, so that a bare view is closed and not open."""
    guard = getattr(app.view_functions[endpoint], "guard", None)
    if not isinstance(guard, Guard):
        raise Unguarded(f"{endpoint} wears no guard; mark its view")
    return guard


def check_every_route(app: Flask, policy: Policy) -> None:
    """Refuse to start when a changing route names no action or the policy has no row for it."""
    for route in routes(app):
        if not _CHANGING.intersection(route.methods):
            continue
        if route.guard.action is None:
            raise Unguarded(f"{route.path} changes state and names no action")
        if route.guard.action not in policy.actions:
            raise Unguarded(f"policy {policy.name} says nothing about {route.guard.action}")


def enforce(app: Flask) -> None:
    """Stand in front of every view of the application."""

    @app.before_request
    def stand_guard() -> Response | None:
        if request.endpoint is None:
            return None
        guard = guard_of(app, request.endpoint)
        if guard.access is Access.SIGNED_IN and identity.signed_in() is None:
            if request.blueprint == "pages" and request.method == "GET":
                return redirect("/sign-in")
            raise Problem(Reason.NOT_SIGNED_IN)
        if guard.access is Access.OPERATOR:
            _demand_operator()
        return None


def _demand_operator() -> None:
    """Operators enter with a passkey only; to everybody else their rooms are not there."""
    signed_in = identity.signed_in()
    if signed_in is None:
        raise Problem(Reason.NOT_SIGNED_IN)
    strong = signed_in.session.assurance.level is Level.AL3
    if Role.OPERATOR not in signed_in.account.roles or not strong:
        raise Problem(Reason.NOT_FOUND)
