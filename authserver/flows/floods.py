"""Counting what fails and what is sent, per network and per address, across all workers."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from authserver.domain.client import Client
from authserver.domain.outcome import Reason, Refused
from authserver.flows.ports import Services
from authserver.flows.stores import Transaction


def network(ip: str) -> str:
    """What one household or attacker holds: an IPv4 address, or an IPv6 /64."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def count_failure(
    services: Services, tx: Transaction, client: Client, now: datetime
) -> Refused | None:
    """Count one refused attempt; past the limit the answer is "wait".

    While the server as a whole is under fire, each network has a tenth of its usual number: a
    botnet of many addresses is not many times as welcome. Only failures are ever turned away: a
    neighbour behind the same address who shows a good passkey never waits for others' guesses.
    """
    limits = services.policy.limits
    window = int(limits.failures_window.total_seconds())
    hits = tx.throttles.hit(f"failure:{network(client.ip)}", now, window)
    everywhere = tx.throttles.hit("failures-everywhere", now, window)
    most = limits.failures_per_network
    if everywhere > limits.failures_everywhere:
        most = max(1, most // 10)
    return _wait(hits, most, limits.failures_window, now)


def count_message(
    services: Services, tx: Transaction, client: Client, email: str, now: datetime
) -> Refused | None:
    """Count one message that somebody asked us to send, by who asks and by who would get it."""
    if waiting := _count_asker(services, tx, client, now):
        return waiting
    limits = services.policy.limits
    hits = tx.throttles.hit(_to(email), now, int(limits.messages_window.total_seconds()))
    return _wait(hits, limits.messages_per_address, limits.messages_window, now)


def _count_asker(
    services: Services, tx: Transaction, client: Client, now: datetime
) -> Refused | None:
    limits = services.policy.limits
    window = int(limits.messages_window.total_seconds())
    asked = tx.throttles.hit(f"messages-from:{network(client.ip)}", now, window)
    return _wait(asked, limits.messages_per_network, limits.messages_window, now)


def count_recovery(
    services: Services, tx: Transaction, client: Client, name: str, now: datetime
) -> Refused | None:
    """Count one beginning of a recovery, by who begins it for which login id, known or not.

    Per network, so that no stranger uses up the beginnings of an owner who asks from elsewhere.
    """
    if waiting := _count_asker(services, tx, client, now):
        return waiting
    limits, most = services.policy.limits, services.policy.recovery.beginnings
    window = int(limits.messages_window.total_seconds())
    # What was typed may hold anything; its digest is a name that every database takes.
    about = services.digests.of_name("recovery", name).hex()
    hits = tx.throttles.hit(f"recovery:{network(client.ip)}:{about}", now, window)
    return _wait(hits, most, limits.messages_window, now)


def room_for(services: Services, tx: Transaction, email: str, messages: int, now: datetime) -> bool:
    """Count that many messages to an address; False where it has had as many as it may."""
    limits = services.policy.limits
    window = int(limits.messages_window.total_seconds())
    hits = [tx.throttles.hit(_to(email), now, window) for _ in range(messages)]
    return max(hits) <= limits.messages_per_address


def _to(email: str) -> str:
    return f"message:{email.casefold()}"


def _wait(hits: int, most: int, window: timedelta, now: datetime) -> Refused | None:
    if hits <= most:
        return None
    seconds = int(window.total_seconds())
    return Refused(Reason.THROTTLED, retry_after_seconds=seconds - int(now.timestamp()) % seconds)
