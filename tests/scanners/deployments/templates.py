"""Templates for tests, and what they declare."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from amlaudit.core.estate import Estate
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
SUBSCRIPTION_SCHEMA = SCHEMA.replace("2019-04-01/d", "2018-05-01/subscriptionD")
GROUP = (
    "/subscriptions/00000000-0000-0000-0000-000000000000"
    "/resourcegroups/resource-group-of-the-deployment"
)
VAULT = "Microsoft.KeyVault/vaults"


def template(*resources: Mapping[str, Any], schema: str = SCHEMA, **parts: Any) -> dict[str, Any]:
    """Return a template of some resources."""
    return {
        "$schema": schema,
        "contentVersion": "1.0.0.0",
        **parts,
        "resources": parts.get("resources", list(resources)),
    }


def vault(name: str = "kv", **parts: Any) -> dict[str, Any]:
    """Return a vault as declared in a template."""
    return {"type": VAULT, "apiVersion": "2024-11-01", "name": name, **parts}


def nested(name: str, inner: Mapping[str, Any], **parts: Any) -> dict[str, Any]:
    """Return a nested deployment with its own expression scope."""
    properties = {
        "expressionEvaluationOptions": {"scope": "inner"},
        "mode": "Incremental",
        "template": inner,
        **parts.pop("properties", {}),
    }
    kind = "Microsoft.Resources/deployments"
    return {
        "type": kind, "apiVersion": "2025-04-01", "name": name, **parts, "properties": properties
    }  # fmt: skip


@contextmanager
def deployed(
    folder: Path, content: object, parameters: Mapping[str, Any] | None = None
) -> Iterator[Estate]:
    """Yield the estate that a template declares.

    Args:
        folder: Where to write it.
        content: The template, or its text.
        parameters: Values of its parameters.
    """
    text = content if isinstance(content, str) else json.dumps(content, indent=2)
    (folder / "main.json").write_text(text, "utf-8")
    if parameters is not None:
        values = {name: {"value": value} for name, value in parameters.items()}
        beside = {"contentVersion": "1.0.0.0", "parameters": values}
        (folder / "main.parameters.json").write_text(json.dumps(beside), "utf-8")
    estate = Files((folder / "main.json",)).collect(Scope())
    try:
        yield estate
    finally:
        estate.close()


def resources(estate: Estate) -> dict[str, Resource]:
    """Return all resources of an estate, by their ids without the common prefix."""
    return {
        each.id.removeprefix(GROUP + "/providers/"): each
        for arm_type in estate.store.counts()
        for each in estate.of_type(arm_type)
    }


def properties_of(resource: Resource) -> dict[str, Any]:
    """Return the properties of a resource as declared, without those derived from others."""
    found = resource.body["properties"]
    assert isinstance(found, dict)
    return {key: value for key, value in found.items() if key != "privateEndpointConnections"}
