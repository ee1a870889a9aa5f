"""Small Terraform plans for tests, and the estates that they describe."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amlaudit.core.estate import Estate
from amlaudit.core.scope import Scope
from amlaudit.scanners.deployments.terraform.addresses import bare
from amlaudit.scanners.files.source import Files

SUBSCRIPTION = "/subscriptions/11111111-1111-4111-8111-111111111111"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
PROVIDERS = f"{GROUP}/providers"
PROVIDER = {
    "azurerm": {
        "name": "azurerm",
        "version_constraint": "~> 4.0",
        "expressions": {"subscription_id": {"constant_value": SUBSCRIPTION.rpartition("/")[2]}},
    }
}


def change(
    address: str,
    values: Mapping[str, Any],
    *,
    unknown: Any = None,
    sensitive: Any = None,
    actions: tuple[str, ...] = ("create",),
) -> dict[str, Any]:
    """Return an entry of `resource_changes`, in the resource group `rg`."""
    parts = bare(address)
    return {
        "address": address,
        "module_address": parts.module,
        "mode": "managed",
        "type": parts.type,
        "name": parts.name,
        "index": json.loads(address[address.rindex("[") + 1 : -1]) if address[-1] == "]" else None,
        "provider_name": "registry.terraform.io/hashicorp/azurerm",
        "change": {
            "actions": list(actions),
            "before": values if "delete" in actions else None,
            "after": None if actions == ("delete",) else {"resource_group_name": "rg", **values},
            "after_unknown": unknown or {},
            "after_sensitive": sensitive or {},
        },
    }


def refers(*references: str) -> dict[str, Any]:
    """Return an expression with references, as a plan lists it."""
    whole = [reference.rpartition(".")[0] for reference in references]
    return {"references": [name for pair in zip(references, whole, strict=True) for name in pair]}


def written(address: str, **expressions: Any) -> dict[str, Any]:
    """Return a resource as in a configuration."""
    kind, _, name = address.partition(".")
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_config_key": "azurerm",
        "expressions": expressions,
    }


def plan(*changes: dict[str, Any], root: Mapping[str, Any] | None = None, **more: Any) -> Any:
    """Return a plan.

    Args:
        changes: Its `resource_changes`.
        root: The root module of its configuration.
        more: Further parts of it.
    """
    configuration = {"provider_config": dict(PROVIDER), "root_module": root or {}}
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "resource_changes": list(changes),
        "configuration": configuration,
        **more,
    }


def collect(folder: Path, value: Any, name: str = "plan.json") -> Estate:
    """Write a file and return the estate that it describes."""
    path = folder / name
    path.write_text(json.dumps(value), "utf-8")
    return Files((path,)).collect(Scope())
