"""Address ranges, IPv4 and IPv6."""

from ipaddress import ip_network

import pytest

from amlaudit.core.gap import NoDataError
from amlaudit.readings.addresses import is_wider, range_of
from tests.estates import subject


@pytest.mark.parametrize(
    ("written", "shortest", "expected"),
    [
        ("10.1.0.0/24", 24, False),
        ("10.1.0.0/23", 24, True),
        ("2001:db8::/120", 24, False),
        ("2001:db8::/119", 24, True),
        ("0.0.0.0/0", 0, False),
        ("::/0", 0, True),
    ],
)
def test_a_range_is_measured_by_its_addresses(
    written: str, shortest: int, *, expected: bool
) -> None:
    assert is_wider(ip_network(written), shortest) is expected


@pytest.mark.parametrize(("written", "prefix"), [("10.1.2.3", 32), ("10.1.2.3/8", 8), ("::1", 128)])
def test_an_address_is_a_range_of_one(written: str, prefix: int) -> None:
    assert range_of(subject({}), "a", written).prefixlen == prefix


def test_an_invalid_range_is_unknown() -> None:
    with pytest.raises(NoDataError, match="office"):
        range_of(subject({}), "properties.a", "office")
