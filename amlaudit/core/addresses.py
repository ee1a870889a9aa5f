"""Ranges of IP addresses, as Azure's documents write them."""

from ipaddress import IPV4LENGTH, IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

Range: TypeAlias = IPv4Network | IPv6Network


def prefix_bits(found: Range) -> int:
    """Return the prefix length of an IPv4 range with as many addresses as a given range.

    Negative if the range has more addresses than the whole of IPv4.
    """
    return IPV4LENGTH - (found.max_prefixlen - found.prefixlen)


def prefix_bits_of(value: object) -> int | None:
    """Return the prefix length of the range that a text represents; None if it is none.

    A single address is a range of one; see `prefix_bits`.
    """
    try:
        return prefix_bits(ip_network(value, strict=False)) if isinstance(value, str) else None
    except ValueError:
        return None
