"""A range lies in another only where both are of one internet."""

from ipaddress import ip_network

import pytest

from amlaudit.core.gap import NoDataError
from amlaudit.readings.addresses import lies_in, range_of
from tests.estates import subject


@pytest.mark.parametrize(
    ("small", "large", "expected"),
    [
        ("10.1.0.0/24", "10.0.0.0/8", True),
        ("10.0.0.0/8", "10.1.0.0/24", False),
        ("2001:db8::/64", "2001:db8::/32", True),
        ("10.1.0.0/24", "::/0", False),
        ("2001:db8::/64", "0.0.0.0/0", False),
    ],
)
def test_whether_a_range_lies_in_another(small: str, large: str, expected: object) -> None:
    assert lies_in(ip_network(small), ip_network(large)) is expected


@pytest.mark.parametrize(("written", "prefix"), [("10.1.2.3", 32), ("10.1.2.3/8", 8), ("::1", 128)])
def test_an_address_is_a_range_of_one(written: str, prefix: int) -> None:
    assert range_of(subject({}), "a", written).prefixlen == prefix


def test_what_is_no_range_is_not_known() -> None:
    with pytest.raises(NoDataError, match="office"):
        range_of(subject({}), "properties.a", "office")
