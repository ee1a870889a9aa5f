"""Strings in declarations are interpreted as Azure does."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.scanners.deployments.literals import as_read
from tests.scanners.deployments.templates import deployed, properties_of, resources, template, vault


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("properties.enablePurgeProtection", "true", True),
        ("properties.enablePurgeProtection", "False", False),
        ("Properties.x.0.enabled", "TRUE", True),
        ("properties.enabled", "yes", "yes"),
        ("properties.enabled", "Enabled", "Enabled"),
        ("kind", "true", "true"),
        ("tags.prod", "true", "true"),
        ("properties.tags.prod", "true", "true"),
        ("properties.addonProfiles.x.config.useAADAuth", "true", "true"),
        ("properties.metadata.IsShared", "true", "true"),
        ("properties.softDeleteRetentionInDays", "90", 90),
        ("properties.properties.scaleSettings.minNodeCount", "0", 0),
        ("properties.destinationPortRange", "22", "22"),
        ("properties.days", "-1", "-1"),
        ("properties.days", "٣", "٣"),
        ("properties.days.0", "7", "7"),
        ("properties.systemDatastoresAuthMode", "", None),
        ("properties.friendlyName", "", ""),
        ("", "true", "true"),
    ],
)
def test_a_text_that_spells_a_value_is_that_value(path: str, text: str, value: object) -> None:
    found = as_read(text, tuple(filter(None, path.split("."))))
    assert (found, type(found)) == (value, type(value))


def test_parameters_of_a_template_are_often_texts(tmp_path: Path) -> None:
    parts: dict[str, Any] = {"parameters": {"flag": {"type": "string", "defaultValue": "false"}}}
    content = template(vault(properties={"x": "[parameters('flag')]", "y": ["true"]}), **parts)
    with deployed(tmp_path, content) as estate:
        (found,) = resources(estate).values()
    assert properties_of(found) == {"x": False, "y": [True]}
