"""Descriptions of what Azure Policy accepts."""

import pytest

from amlaudit.core.policy_view import Exemption


@pytest.mark.parametrize(
    ("exemption", "saying"),
    [
        (Exemption("e"), "exempted by e"),
        (Exemption("e", "Waiver"), "exempted by e (waiver)"),
        (Exemption("e", expires="2027-01-01"), "exempted by e until 2027-01-01"),
        (Exemption("e", comment="It ends."), "exempted by e: It ends."),
        (
            Exemption("e", "Mitigated", "2027-01-01", "Met elsewhere."),
            "exempted by e (mitigated) until 2027-01-01: Met elsewhere.",
        ),
    ],
)
def test_an_exemption_states_its_expiry_and_reason(exemption: Exemption, saying: str) -> None:
    assert exemption.in_words() == saying
