"""IP addresses and ranges, as documents spell them."""

from ipaddress import ip_network

from amlaudit.core.addresses import Range, prefix_bits
from amlaudit.core.subject import Subject

__all__ = ["Range", "is_wider", "range_of"]


def range_of(place: Subject, path: str, written: str) -> Range:
    """Parse an address range; a single address is a range of one.

    Args:
        place: Where the text was read.
        path: Its path there.
        written: The text.

    Raises:
        NoDataError: It is not a range.
    """
    try:
        return ip_network(written, strict=False)
    except ValueError:
        raise place.unfamiliar(path, written) from None


def is_wider(found: Range, shortest: float) -> bool:
    """Tell whether a range has more addresses than an IPv4 range with a given prefix length."""
    return prefix_bits(found) < shortest
