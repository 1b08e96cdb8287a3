"""JSON that means one thing only: for clientDataJSON and for every request body.

The standard parser takes duplicate members, NaN, infinities, numbers that overflow to infinity,
lone surrogates and UTF-16, and runs out of stack on deep nesting. Two readers of such a text can
disagree about what it says, so none of it is JSON here (RFC 8259 and RFC 7493, "I-JSON").
"""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

DEPTH_MOST = 32
"""More levels of arrays and objects than any body or client data of ours has."""

_BOM = "\ufeff"
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class NotStrictJson(ValueError):
    """The bytes are not one unambiguous JSON text; the message says why, without quoting them."""


def loads(data: bytes, *, bom: bool = False) -> object:
    """The value of a JSON text: None, bool, int, float, str, list or dict.

    ``bom`` permits a leading byte order mark, which the UTF-8 decode of browsers strips.
    Raises NotStrictJson, a ValueError, and nothing else.
    """
    try:
        text = data.decode("utf-8")
        if bom:
            text = text.removeprefix(_BOM)
        value: object = _DECODER.decode(text)
        if text.count("[") + text.count("{") > DEPTH_MOST:
            _refuse_deep(value)
        if _SURROGATE_ESCAPE.search(text):
            # Escapes are the only way in for a lone surrogate, and no UTF-8 can carry it out.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except NotStrictJson:
        raise
    except (ValueError, RecursionError, MemoryError) as fault:
        raise NotStrictJson(type(fault).__name__) from None
    return value


def _refuse_deep(value: object) -> None:
    level = [value]
    for _ in range(DEPTH_MOST):
        deeper: list[object] = []
        for node in level:
            if isinstance(node, dict):
                deeper.extend(node.values())
            elif isinstance(node, list):
                deeper.extend(node)
        if not deeper:
            return
        level = deeper
    if any(isinstance(node, dict | list) for node in level):
        raise NotStrictJson("too many levels")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrictJson("duplicate member")
    return members


def _finite(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise NotStrictJson("number too large")
    return number


def _no_constant(_literal: str) -> NoReturn:
    raise NotStrictJson("not a number of JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant
)
