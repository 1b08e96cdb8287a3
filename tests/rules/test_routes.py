"""Every route wears one guard, and the list of routes is written down where everyone sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from authserver.domain.action import Action
from authserver.web.guards import Access, Guard, Unguarded, check_every_route, guarded, routes
from authserver.web.house import EXTENSION
from tests.support.application import Application, make_application

LISTED = Path(__file__).with_name("routes.txt")
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def as_listed(app: Flask) -> list[str]:
    return [
        f"{','.join(route.methods):<8} {route.path:<50} {route.guard.access:<10} "
        f"{route.guard.action or '-'}".rstrip()
        for route in routes(app)
    ]


def test_the_list_of_routes_is_the_one_that_was_reviewed(application: Application) -> None:
    assert as_listed(application.app) == LISTED.read_text().splitlines(), (
        "routes changed: review them and write the new list to tests/rules/routes.txt"
    )


def test_mailed_codes_add_these_routes_and_no_other_where_the_policy_has_them(
    application: Application, tmp_path: Path
) -> None:
    folder = tmp_path / "interim"
    folder.mkdir()
    interim = make_application(folder, POLICY="interim-2026-06")
    added = set(as_listed(interim.app)) - set(as_listed(application.app))
    interim.close()
    assert {" ".join(line.split()) for line in added} == {
        "POST /api/v1/sign-in/email-code anyone sign_in",
        "POST /api/v1/sign-in/email-code/request anyone sign_in",
    }


def test_every_changing_route_names_an_action_that_the_policy_knows(
    application: Application,
) -> None:
    actions = application.app.extensions[EXTENSION].services.policy.actions
    for route in routes(application.app):
        if CHANGING.intersection(route.methods):
            assert route.guard.action in actions, route


def test_every_action_is_asked_for_by_some_route_or_flow(application: Application) -> None:
    named = {route.guard.action for route in routes(application.app)}
    # The first passkey shares its route with further ones; the ceremony's purpose tells them apart.
    assert set(Action) - named == {Action.ENROL_FIRST_PASSKEY}


def test_a_route_without_a_guard_keeps_the_server_from_starting(application: Application) -> None:
    app = Flask("bare")
    app.add_url_rule("/bare", view_func=lambda: "open to all", endpoint="bare", methods=["POST"])
    with pytest.raises(Unguarded, match="bare"):
        check_every_route(app, application.app.extensions[EXTENSION].services.policy)


def test_a_changing_route_without_an_action_keeps_the_server_from_starting(
    application: Application,
) -> None:
    app = Flask("nameless", static_folder=None)
    view = guarded(Access.ANYONE)(lambda: "changes something")
    app.add_url_rule("/nameless", view_func=view, methods=["POST"], endpoint="nameless")
    with pytest.raises(Unguarded, match="names no action"):
        check_every_route(app, application.app.extensions[EXTENSION].services.policy)


def test_a_view_cannot_wear_two_guards() -> None:
    def view() -> str:
        return ""

    once = guarded(Access.ANYONE)(view)
    with pytest.raises(Unguarded, match="two guards"):
        guarded(Access.SIGNED_IN)(once)


def test_the_doors_of_test_mode_exist_in_test_mode_only(
    application: Application, demo_application: Application
) -> None:
    tester = {route.path for route in routes(application.app) if route.path.startswith("/test/")}
    assert tester
    assert all(
        route.guard == Guard(Access.TESTER, route.guard.action)
        for route in routes(application.app)
        if route.path in tester
    )
    assert not [route for route in routes(demo_application.app) if route.path.startswith("/test")]
