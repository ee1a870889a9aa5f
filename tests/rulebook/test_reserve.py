"""Reserved ids: those in the catalogue that have no rule yet."""

from pathlib import Path

import pytest
import yaml

from amlaudit.rulebook.library import load_library
from amlaudit.rulebook.reserve import reserved

CATALOGUE = Path(__file__).parents[3] / "shared" / "rule-catalogue"
ADDED = {
    "AML1227",
    "AML1228",
    "AML1728",
    "AML1729",
    "AML1730",
    "AML1731",
    "AML1732",
    "AML1733",
    "AML1815",
    "AML1816",
    "AML1911",
}
"""Rules that the catalogue does not name: of checks on the checklist, and of newer services."""
RULES = {rule.id: rule for rule in load_library(())[1]}
RESERVED = {each.id: each for each in reserved()}


def test_no_rule_uses_an_id_reserved_for_another_control() -> None:
    assert not set(RULES) & set(RESERVED)


def test_every_control_is_in_an_area_of_the_pack() -> None:
    assert {each.area for each in RESERVED.values()} <= {rule.area for rule in RULES.values()}


def test_rules_and_reserved_ids_cover_the_whole_catalogue() -> None:
    if not CATALOGUE.exists():
        pytest.skip(f"{CATALOGUE} is not here")
    severities: dict[str, str] = {}
    for path in CATALOGUE.glob("*.yaml"):
        document = yaml.safe_load(path.read_text("utf-8"))
        for part in ("controls", "reserve"):
            severities |= {each["id"]: each["severity"] for each in document.get(part) or ()}
    assert set(RULES) | set(RESERVED) == set(severities) | ADDED
    assert not set(severities) & ADDED
    for key, each in RESERVED.items():
        assert each.severity == severities[key], key
