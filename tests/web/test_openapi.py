"""The document is the declarations: what it promises is what the server does."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from authserver.web.guards import Access, routes
from authserver.web.openapi import declared
from tests.support.application import ORIGIN, Application

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="session")
def contract(shared: Application) -> Any:
    # The tester's own doors are left out: one of them empties the database under the others.
    schema = schemathesis.openapi.from_wsgi("/openapi.json", shared.app)
    return schema.exclude(path_regex="^/test/")


OPERATIONS = [
    (row.method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", row.path))
    for row in declared(test_mode=False)
]


def cookie_of_a_signed_in_person(shared: Application) -> dict[str, str]:
    """A session that still lives; the calls under test may well have ended the one before."""
    _numbers.append(len(_numbers))
    person = shared.account(f"account-{len(_numbers)}")
    person.sign_in()
    return {"session": str(person.api.cookie())}


_numbers: list[int] = []


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part.strip("/"))
@pytest.mark.parametrize("signed_in", [False, True], ids=["anybody", "signed-in"])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_only_documented_answers_are_given(
    shared: Application, contract: Any, data: st.DataObject, method: str, path: str, signed_in: bool
) -> None:
    case = data.draw(contract[path][method].as_strategy())
    cookies = cookie_of_a_signed_in_person(shared) if signed_in else {}
    case.call_and_validate(headers={"Origin": ORIGIN}, cookies=cookies, checks=CHECKS)


def document(application: Application) -> dict[str, Any]:
    return dict(application.api().get("/openapi.json"))


def test_every_api_route_is_in_the_document_and_nothing_else(application: Application) -> None:
    served = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path))
        for route in routes(application.app)
        if route.path.startswith(("/api/", "/test/"))
        for method in route.methods
    }
    documented = {
        (method, path)
        for path, operations in document(application)["paths"].items()
        for method in operations
    }
    assert documented == served


def test_the_testers_doors_are_documented_in_test_mode_only(
    demo_application: Application,
) -> None:
    assert not [path for path in document(demo_application)["paths"] if path.startswith("/test")]


def test_what_needs_a_session_says_so(application: Application) -> None:
    operations = document(application)["paths"]
    for route in routes(application.app):
        if not route.path.startswith("/api/"):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path)
        for method in route.methods:
            operation = operations[path][method.lower()]
            behind = route.guard.access in (Access.SIGNED_IN, Access.OPERATOR)
            assert ("security" in operation) == behind, path
            assert operation.get("x-action") == route.guard.action, path


def test_bodies_refuse_what_they_do_not_know(application: Application) -> None:
    schemas = document(application)["components"]["schemas"]
    for operations in document(application)["paths"].values():
        for operation in operations.values():
            if "requestBody" not in operation:
                continue
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            assert schemas[reference.rpartition("/")[2]]["additionalProperties"] is False
