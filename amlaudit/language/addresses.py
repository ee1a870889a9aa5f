"""Functions on IP addresses: `ipRangeContains` of the policy language and the CIDR functions.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-cidr
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias, TypeVar

from amlaudit.language.arguments import Function, text, whole
from amlaudit.language.values import EvaluationError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
_T = TypeVar("_T")


def contains_range(outer: object, inner: object) -> bool:
    """Tell whether an address range contains another.

    A range is one address, a block in CIDR notation, or `first-last`.
    """
    around, within = _bounds(text(outer)), _bounds(text(inner))
    if around[0].version != within[0].version:
        raise EvaluationError("IPv4 and IPv6 cannot be compared")
    return int(around[0]) <= int(within[0]) and int(within[1]) <= int(around[1])


def _bounds(written: str) -> tuple[Address, Address]:
    """Return the first and last address of a range."""
    first, dash, last = written.partition("-")
    if not dash:
        block = _read(lambda: ip_network(written.strip(), strict=False))
        return block.network_address, block.broadcast_address
    bounds = _read(lambda: (ip_address(first.strip()), ip_address(last.strip())))
    if bounds[0].version != bounds[1].version or int(bounds[0]) > int(bounds[1]):
        raise EvaluationError("the end of the range must not be before its start")
    return bounds


def _read(parse: Callable[[], _T]) -> _T:
    """Return the result of parsing, or fail the evaluation."""
    try:
        return parse()
    except ValueError:
        raise EvaluationError("the text is not an IP address or range") from None


def _block(value: object) -> Network:
    """Parse a block in CIDR notation."""
    return _read(lambda: ip_network(text(value).strip(), strict=False))


def parse_cidr(value: object) -> dict[str, object]:
    """Return the facts of a block; in IPv6 all addresses are usable, and none is for broadcasts."""
    block = _block(value)
    wide = isinstance(block, IPv4Network)
    hosts = wide and block.num_addresses > 2  # noqa: PLR2004 - fewer leave none between the ends
    return {
        "network": str(block.network_address),
        "netmask": str(block.netmask),
        **({"broadcast": str(block.broadcast_address)} if wide else {}),
        "firstUsable": str(block.network_address + 1 if hosts else block.network_address),
        "lastUsable": str(block.broadcast_address - 1 if hosts else block.broadcast_address),
        "cidr": block.prefixlen,
    }


def subnet(value: object, prefix: object, index: object) -> str:
    """Return one of the equal parts of a block."""
    block, length, place = _block(value), whole(prefix), whole(index)
    if not block.prefixlen <= length <= block.max_prefixlen:
        raise EvaluationError(f"a block of /{block.prefixlen} has no parts of /{length}")
    if not 0 <= place < 2 ** (length - block.prefixlen):
        raise EvaluationError(f"a block of /{block.prefixlen} has no part {place} of /{length}")
    start = block.network_address + place * 2 ** (block.max_prefixlen - length)
    return f"{start}/{length}"


def host(value: object, index: object) -> str:
    """Return an address of a block; the first usable one is 0."""
    block, place = _block(value), whole(index)
    if not 0 <= place < block.num_addresses - 1:
        raise EvaluationError(f"a block of /{block.prefixlen} has no host {place}")
    return str(block.network_address + place + 1)


ADDRESSES: Final = {
    "iprangecontains": Function(contains_range, 2, 2),
    "parsecidr": Function(parse_cidr, 1, 1),
    "cidrsubnet": Function(subnet, 3, 3),
    "cidrhost": Function(host, 2, 2),
}
