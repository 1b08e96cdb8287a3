"""The OpenAPI 3.1 document, printed from the same declarations that validate requests."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from pydantic.json_schema import models_json_schema

from authserver import __version__
from authserver.domain.outcome import Reason
from authserver.domain.policy import SecondFactor
from authserver.web.api.contract import CONTRACT, Empty, Endpoint
from authserver.web.guards import Access
from authserver.web.problems import TABLE, Wire

_REF = "#/components/schemas/{model}"
_EVERY_CHANGE = (Wire.CROSS_SITE, Wire.TOO_LARGE, Wire.TOO_SLOW, Wire.BAD_REQUEST)
_EVERY_BODY = (Wire.MALFORMED_JSON, Wire.UNSUPPORTED_MEDIA_TYPE, Wire.INVALID)
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A refusal (RFC 9457). `code` is stable; `next` says what may be done now.",
    "required": ["type", "title", "status", "detail", "code", "next", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "next": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "step_up": {"type": "object"},
    },
}


def declared(*, test_mode: bool, factors: Collection[SecondFactor] = ()) -> list[Endpoint]:
    """The contract; test mode's doors, and those of a factor, only where they exist."""
    return [
        row
        for row in CONTRACT
        if (test_mode or row.access is not Access.TESTER)
        and (row.only_with is None or row.only_with in factors)
    ]


def document(*, test_mode: bool, factors: Collection[SecondFactor] = ()) -> dict[str, Any]:
    """The whole document, as a value to be printed as JSON."""
    rows = declared(test_mode=test_mode, factors=factors)
    models = {model for row in rows for model in (row.body, row.answer) if model is not None}
    models.add(Empty)
    _, schemas = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda m: m.__name__)],
        ref_template=_REF,
    )
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        paths[_path(row.path)][row.method.lower()] = _operation(row)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "authserver",
            "version": __version__,
            "description": "A login server for online broking that phishing cannot relay. "
            "It demonstrates controls; it is neither certified nor a real broker.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(paths),
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
            },
        },
    }


def _path(path: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)


def _operation(row: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{row.method} {_path(row.path)}").strip("_").lower(),
        "summary": row.summary,
        "tags": [row.tag],
        "parameters": _parameters(row),
        "responses": _responses(row),
    }
    if row.access in (Access.SIGNED_IN, Access.OPERATOR):
        operation["security"] = [{"session": []}]
    if row.action is not None:
        operation["x-action"] = row.action.value
    if row.method != "GET":
        model = row.body or Empty
        operation["requestBody"] = {
            "required": row.body is not None,
            "content": {
                "application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}
            },
        }
    return operation


def _parameters(row: Endpoint) -> list[dict[str, Any]]:
    named: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        }
        for name in re.findall(r"<(?:\w+:)?(\w+)>", row.path)
    ]
    named += [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in row.query
    ]
    if row.steps_up:
        named.append(
            {
                "name": "Step-Up",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "format": "uuid"},
                "description": "The id of a satisfied step-up for exactly this request.",
            }
        )
    return named


def _responses(row: Endpoint) -> dict[str, Any]:
    answers: dict[str, Any] = {str(row.status): {"description": "Done."}}
    if row.answer is not None:
        schema = {"$ref": _REF.format(model=row.answer.__name__)}
        answers[str(row.status)]["content"] = {"application/json": {"schema": schema}}
    codes: dict[int, set[str]] = defaultdict(set)
    for reason in _refusals(row):
        codes[TABLE[reason].status].add(TABLE[reason].code)
    for status, names in sorted(codes.items()):
        answers[str(status)] = {
            "description": "Refused: " + ", ".join(f"`{name}`" for name in sorted(names)),
            "content": {
                "application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}
            },
        }
    return answers


def _refusals(row: Endpoint) -> Iterable[Reason | Wire]:
    yield from row.reasons
    if row.access in (Access.SIGNED_IN, Access.OPERATOR):
        yield Reason.NOT_SIGNED_IN
    if row.access is Access.OPERATOR:
        yield Reason.NOT_FOUND
    if row.steps_up:
        yield from (Reason.STEP_UP_NEEDED, Reason.STEP_UPS_TOO_MANY)
        yield from (Reason.RECOVERY_HOLD, Reason.FACTOR_TOO_WEAK)
        yield from (Reason.STEP_UP_UNKNOWN, Reason.STEP_UP_MISMATCH, Reason.STEP_UP_SPENT)
    if "<" in row.path:
        yield Wire.NO_SUCH_ROUTE
    if row.method != "GET":
        yield from _EVERY_CHANGE
        yield from _EVERY_BODY
