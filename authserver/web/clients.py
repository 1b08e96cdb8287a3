"""Reading the outside party off a request: the one place that believes or doubts addresses."""

from __future__ import annotations

import ipaddress

from flask import g, request

from authserver.domain.client import Client
from authserver.web import identity
from authserver.web.house import house

_USER_AGENT_MAX = 400


def client() -> Client:
    """The present request's client, made once."""
    made: Client | None = g.get("client")
    if made is None:
        ip, user_agent = _address_and_agent()
        made = g.client = Client(
            ip=ip,
            user_agent=user_agent,
            device=house().describe_device(user_agent),
            place=house().describe_place(ip),
            request_id=g.request_id,
            browser=identity.browser_digest(),
        )
    return made


def _address_and_agent() -> tuple[str, str]:
    user_agent = _printable(request.headers.get("User-Agent", ""))
    harness = house().harness
    name = request.headers.get("X-Test-Client", "")
    if harness is not None and name:
        bound = harness.client(name)
        if bound is not None:
            return bound.ip, bound.user_agent
    return _address(
        request.remote_addr or "", request.headers.get("X-Forwarded-For", "")
    ), user_agent


def _address(peer: str, forwarded: str) -> str:
    """The first address, from the right, that is not one of our own proxies (settings)."""
    trusted = house().settings.trusted_proxies
    chain = [_bare(part) for part in forwarded.split(",") if part.strip()]
    address = peer
    while chain and _within(address, trusted):
        address = chain.pop()
    return address if _parsed(address) else peer


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _bare(part: str) -> str:
    """An address without the brackets, port or zone that some proxies write with it."""
    text = part.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return text.partition("%")[0]


def is_address(text: str) -> bool:
    """Whether it is an IPv4 or IPv6 address as the standard library reads them."""
    return _parsed(text) is not None


def _within(text: str, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    address = _parsed(text)
    return address is not None and any(
        address in network for network in networks if network.version == address.version
    )


def _printable(text: str) -> str:
    """Header bytes become text that every database stores: no controls, no surrogates."""
    return "".join(c for c in text if c.isprintable())[:_USER_AGENT_MAX]
