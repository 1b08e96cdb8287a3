"""A FIXTURE in the place of a geolocation database: it knows the documentation networks only.

Real databases of this kind come under licences of their own; whoever runs this server for people
puts theirs here. Addresses outside these networks have no place, which is an honest answer.
"""

from __future__ import annotations

import ipaddress


def N_(name: str) -> str:  # noqa: N802 - gettext's customary marker
    """Mark a name for the catalogue; whoever shows it translates it."""
    return name


_PLACES = (
    (ipaddress.ip_network("192.0.2.0/24"), N_("Tokyo, JP")),
    (ipaddress.ip_network("198.51.100.0/24"), N_("Osaka, JP")),
    (ipaddress.ip_network("203.0.113.0/24"), N_("Frankfurt, DE")),
    (ipaddress.ip_network("2001:db8::/32"), N_("Singapore, SG")),
    (ipaddress.ip_network("127.0.0.0/8"), N_("This computer")),
    (ipaddress.ip_network("::1/128"), N_("This computer")),
)


def describe(ip: str) -> str:
    """Such as "Tokyo, JP"; an empty string for every address that the fixture does not know."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return next((place for network, place in _PLACES if address in network), "")
