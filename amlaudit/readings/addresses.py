"""IP addresses and ranges, as documents spell them."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

from amlaudit.core.subject import Subject

Range: TypeAlias = IPv4Network | IPv6Network


def range_of(place: Subject, path: str, written: str) -> Range:
    """Return the range that a text spells; a single address is a range of one.

    Args:
        place: Where the text was read.
        path: Its path there.
        written: The text.

    Raises:
        NoDataError: It is no range.
    """
    try:
        return ip_network(written, strict=False)
    except ValueError:
        raise place.unfamiliar(path, written) from None


def lies_in(small: Range, large: Range) -> bool:
    """Tell whether all of a range lies in another."""
    if isinstance(small, IPv4Network) and isinstance(large, IPv4Network):
        return small.subnet_of(large)
    return (
        isinstance(small, IPv6Network) and isinstance(large, IPv6Network) and small.subnet_of(large)
    )
