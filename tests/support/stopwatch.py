"""Requests prepared beforehand, and what answering each of them costs this process.

Time is the processor's, of this process, not the clock's: whatever else a machine is busy with
takes none of it. What is measured is the application alone, from the request's bytes to the
answer's; no client, no network, no parsing of answers.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.support.application import ORIGIN, Application
from tests.support.statistics import Comparison, Margins

UNSPOKEN = {"x-request-id", "date"}
"""Headers whose values are of the single request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request of one kind, which must not be told from the kind that it is ``like``.

    ``own_length`` marks requests whose answer's length follows from their own, which tells an asker
    nothing new; their shape is not compared.
    """

    kind: str
    like: str
    path: str
    body: Mapping[str, Any]
    cookie: str = ""
    own_length: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one kind of request cost, in seconds, and every shape that its answers had."""

    like: str
    costs: list[float] = field(default_factory=list)
    shapes: set[str] = field(default_factory=set)


def ask_all(
    application: Application, questions: Sequence[Question], *, seed: int, warm_up: int
) -> dict[str, Answers]:
    """Ask everything once, in an order drawn by lot; of each kind, the first few are not counted.

    The lot keeps a slow spell of the machine, a growing table or a filling cache from falling on
    one kind only. Each request comes from a network of its own, so that none is told to wait.
    """
    order = list(questions)
    random.Random(seed).shuffle(order)
    told = {question.kind: Answers(like=question.like) for question in order}
    asked = dict.fromkeys(told, 0)
    for number, question in enumerate(order):
        cost, shape = _ask(application, question, number)
        asked[question.kind] += 1
        if asked[question.kind] > warm_up:
            told[question.kind].costs.append(cost)
            told[question.kind].shapes.add("" if question.own_length else shape)
    return told


def told_apart(told: Mapping[str, Answers], margins: Margins) -> list[str]:
    """What an outsider can tell from what, by shape or by time; empty where all is well."""
    found = []
    for kind, answers in told.items():
        other = told[answers.like]
        if "" not in answers.shapes and answers.shapes != other.shapes:
            found.append(f"shape: {kind} {answers.shapes} and {answers.like} {other.shapes}")
        comparison = Comparison.of(answers.costs, other.costs)
        if comparison.tells_apart(margins):
            found.append(f"time: {kind} and {answers.like}: {comparison}")
    return found


def _ask(application: Application, question: Question, number: int) -> tuple[float, str]:
    headers = {"Origin": ORIGIN}
    if question.cookie:
        headers["Cookie"] = f"session={question.cookie}"
    builder = EnvironBuilder(
        question.path,
        base_url=ORIGIN,
        method="POST",
        json=question.body,
        headers=headers,
        environ_base={"REMOTE_ADDR": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"},
    )
    environ = builder.get_environ()
    builder.close()
    began = time.process_time()
    pieces, status, told = run_wsgi_app(application.app, environ, buffered=True)
    body = b"".join(pieces)
    cost = time.process_time() - began
    return cost, shape_of(status, list(told.items()), body)


def shape_of(status: str, headers: Sequence[tuple[str, str]], body: bytes) -> str:
    """All that an answer tells beside the values that are new each time: those show their length.

    A cookie shows its name and attributes and the length of its value.
    """
    spoken = sorted(
        (name.lower(), _without_value(value) if name.lower() == "set-cookie" else value)
        for name, value in headers
        if name.lower() not in UNSPOKEN
    )
    return json.dumps([status, spoken, _lengths(json.loads(body))])


def _without_value(cookie: str) -> str:
    pair, _, attributes = cookie.partition(";")
    name, _, value = pair.partition("=")
    return f"{name}={len(value)};{attributes}"


FRESH = {"request_id", "ceremony_id", "challenge", "id"}
"""Members of bodies that differ from answer to answer; of them only the length is compared."""


def _lengths(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _lengths(value[key], key) for key in sorted(value)}
    if isinstance(value, list):
        return [_lengths(part, name) for part in value]
    return len(value) if name in FRESH else value
