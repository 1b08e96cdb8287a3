"""clientDataJSON: what the browser says that it did, and for whom (§5.8.1)."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from authserver.domain.ids import to_base64url
from authserver.domain.passkey import strict_json
from authserver.domain.passkey.rule import GateRule, RuleBroken, demand

CREATE = "webauthn.create"
GET = "webauthn.get"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientData:
    """What is left to know after the checks: which of the configured origins it was."""

    origin: str


def check_client_data(
    client_data_json: bytes,
    *,
    expected_type: str,
    expected_challenge: bytes,
    expected_origins: Set[str],
) -> ClientData:
    """Read the client data and hold it against the ceremony. Raises RuleBroken."""
    said = _members(client_data_json)
    demand(said.get("type") == expected_type, GateRule.CLIENT_DATA_TYPE)
    # As text: a lenient decoder would take several spellings of the same challenge.
    demand(
        said.get("challenge") == to_base64url(expected_challenge), GateRule.CLIENT_DATA_CHALLENGE
    )
    origin = said.get("origin")
    if not isinstance(origin, str):
        raise RuleBroken(GateRule.CLIENT_DATA_ORIGIN)
    demand(origin in expected_origins, GateRule.CLIENT_DATA_ORIGIN)
    demand(said.get("crossOrigin", False) is False, GateRule.CLIENT_DATA_CROSS_ORIGIN)
    demand("topOrigin" not in said, GateRule.CLIENT_DATA_TOP_ORIGIN)
    return ClientData(origin=origin)


def _members(client_data_json: bytes) -> Mapping[str, object]:
    try:
        said = strict_json.loads(client_data_json, bom=True)
    except strict_json.NotStrictJson:
        raise RuleBroken(GateRule.CLIENT_DATA_JSON) from None
    if not isinstance(said, dict):
        raise RuleBroken(GateRule.CLIENT_DATA_OBJECT)
    return said
