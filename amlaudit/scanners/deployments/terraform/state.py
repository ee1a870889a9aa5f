"""Raw states in `terraform.tfstate`, converted to the form of `terraform show -json`.

Such a file marks as secret only what the configuration marks; what a provider's schema marks looks
like any other string. No mapping reads those attributes, and anything that looks like a secret is
dropped, whatever its source.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from amlaudit.scanners.files.json_values import object_of, objects_of

_VERSION: Final = 4
"""The version that every Terraform since 0.12 writes."""

_DYNAMIC: Final = {"type", "value"}
"""Keys of an attribute that is stored with its type."""


def is_raw_state(value: object) -> bool:
    """Tell whether a JSON value is a raw Terraform state, of any version."""
    return isinstance(value, dict) and {"terraform_version", "serial", "lineage"} <= set(value)


def is_readable(value: object) -> bool:
    """Tell whether a JSON value is a raw Terraform state of the supported version."""
    match value:
        case {"version": int(version), "resources": list()}:
            return is_raw_state(value) and version == _VERSION
        case _:
            return False


def shown(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a state in the form of `terraform show -json`."""
    resources = [
        _instance(resource, instance)
        for resource in objects_of(state["resources"])
        for instance in objects_of(resource.get("instances"))
    ]
    return {"format_version": "1.0", "values": {"root_module": {"resources": resources}}}


def _instance(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> dict[str, Any]:
    """Return one instance of a resource."""
    key = instance.get("index_key")
    values = object_of(instance.get("attributes"))
    return {
        "address": _address(resource, key),
        "mode": resource.get("mode"),
        "type": resource.get("type"),
        "name": resource.get("name"),
        "index": key,
        "values": {name: _plain(each) for name, each in values.items()},
        "sensitive_values": dict.fromkeys(_secret_in(instance), True),
        **({"deposed_key": instance["deposed"]} if "deposed" in instance else {}),
    }


def _address(resource: Mapping[str, Any], key: object) -> str:
    """Return the address of an instance of a resource."""
    data = "data" if resource.get("mode") == "data" else ""
    words = (resource.get("module"), data, resource.get("type"), resource.get("name"))
    index = "" if key is None else f"[{json.dumps(key)}]"
    return ".".join(str(word) for word in words if word) + index


def _plain(attribute: object) -> object:
    """Return the value of an attribute, without the type that may be stored with it."""
    if isinstance(attribute, Mapping) and set(attribute) == _DYNAMIC:
        return attribute["value"]
    return attribute


def _secret_in(instance: Mapping[str, Any]) -> Iterator[str]:
    """Yield the attributes that are marked as secret, wholly or in part."""
    paths = instance.get("sensitive_attributes")
    for path in paths if isinstance(paths, list) else ():
        for step in islice(objects_of(path), 1):
            yield str(step.get("value"))
