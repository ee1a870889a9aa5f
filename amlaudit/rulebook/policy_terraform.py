"""Converts the policies in Terraform plans and states into Azure's own format.

The provider keeps rules, parameters and their values as JSON in strings.
https://developer.hashicorp.com/terraform/internals/json-format
https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/policy_definition
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from amlaudit.core.patterns import late_pattern
from amlaudit.engine.policy.definition import COMPUTED
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.values import items
from amlaudit.rulebook.policy_selectors import object_of, objects
from amlaudit.strict_json import load_json

_TYPE: Final = late_pattern(r"azurerm_(?:\w+?_)?(policy_\w+)")
_KINDS: Final[Mapping[str, str]] = {
    "policy_assignment": "policyAssignments",
    "policy_definition": "policyDefinitions",
    "policy_exemption": "policyExemptions",
    "policy_set_definition": "policySetDefinitions",
}
"""Resource types of Azure by the end of those of the provider."""

_PROPERTIES: Final[Mapping[str, str]] = {
    "description": "description",
    "display_name": "displayName",
    "exemption_category": "exemptionCategory",
    "expires_on": "expiresOn",
    "metadata": "metadata",
    "mode": "mode",
    "not_scopes": "notScopes",
    "overrides": "overrides",
    "parameter_values": "parameters",
    "parameters": "parameters",
    "policy_assignment_id": "policyAssignmentId",
    "policy_definition_id": "policyDefinitionId",
    "policy_definition_reference": "policyDefinitions",
    "policy_definition_reference_ids": "policyDefinitionReferenceIds",
    "policy_definitions": "policyDefinitions",
    "policy_rule": "policyRule",
    "policy_type": "policyType",
    "reference_id": "policyDefinitionReferenceId",
    "resource_selectors": "resourceSelectors",
    "version": "definitionVersion",
}
_IN_TEXT: Final = frozenset(
    {"metadata", "parameter_values", "parameters", "policy_definitions", "policy_rule"}
)
"""Arguments whose value is JSON in a string."""

_REFERENCES: Final = frozenset({"policy_assignment_id", "policy_definition_id"})
_LATER: Final = "known-after-apply"
"""Stands for the name of a policy that nothing in the plan tells."""

_SELECTING: Final = frozenset({"overrides", "resource_selectors"})
_OPERATORS: Final[Mapping[str, str]] = {"in": "in", "not_in": "notIn"}
_SCOPES: Final = (
    "scope", "resource_id", "resource_group_id", "subscription_id", "management_group_id",
)  # fmt: skip
_INDEX: Final = late_pattern(r"\[[^\[\]]*\]")


class _Resource(NamedTuple):
    """A policy resource of a plan or state.

    Attributes:
        address: Its address, without indexes.
        kind: Its type in Azure, without the provider.
        values: What is known of its arguments.
        unknown: For each argument that is unknown before apply, true or the unknown parts.
        written: The expressions that it is written with.
    """

    address: str
    kind: str
    values: Mapping[str, Any]
    unknown: Mapping[str, Any]
    written: Mapping[str, Any]


def is_terraform(document: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object is a Terraform plan or state."""
    return "terraform_version" in document


def terraform_policies(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the definitions, sets, assignments and exemptions of a plan or state.

    What is only known after apply is an expression, as in a template.

    Raises:
        DefinitionError: A text that must be JSON is not.
    """
    several = [*_planned(document), *_stored(document)]
    ids = {module: _ids(module, several) for module in set(map(_module, several))}
    for each in several:
        properties = _converted(each.values, each.unknown, each.written, ids[_module(each)])
        if not each.kind.endswith("efinitions"):
            scopes = (each.values.get(key) for key in _SCOPES)
            properties["scope"] = next(filter(None, scopes), COMPUTED)
        kind = f"Microsoft.Authorization/{each.kind}"
        yield {"name": _name(each), "type": kind, "properties": properties}


def _planned(document: Mapping[str, Any]) -> Iterator[_Resource]:
    """Yield the policies of a plan, or of a state as `terraform show -json` prints it."""
    values = document.get("planned_values") or document.get("values")
    if not isinstance(values, Mapping):
        return
    changes = {
        str(each.get("address")): object_of(object_of(each.get("change")).get("after_unknown"))
        for each in objects(document.get("resource_changes"))
    }
    written = dict(_written(object_of(object_of(document.get("configuration")).get("root_module"))))
    for each in _resources(object_of(values.get("root_module"))):
        if kind := _kind(each):
            address = str(each.get("address"))
            plain = _INDEX.sub("", address)
            known, unknown = object_of(each.get("values")), changes.get(address, {})
            yield _Resource(plain, kind, known, unknown, written.get(plain, {}))


def _stored(document: Mapping[str, Any]) -> Iterator[_Resource]:
    """Yield the policies of a state file."""
    for each in objects(document.get("resources")):
        if kind := _kind(each):
            for instance in objects(each.get("instances")):
                module = _INDEX.sub("", str(each.get("module") or ""))
                address = f"{module}.{each.get('type')}.{each.get('name')}".removeprefix(".")
                yield _Resource(address, kind, object_of(instance.get("attributes")), {}, {})


def _kind(resource: Mapping[str, Any]) -> str:
    """Return the type that a managed resource has in Azure, empty if it is no policy."""
    match = _TYPE.fullmatch(str(resource.get("type")))
    is_managed = resource.get("mode") == "managed"
    return _KINDS.get(match[1], "") if match and is_managed else ""


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the resources of a module and of those within it."""
    yield from objects(module.get("resources"))
    for child in objects(module.get("child_modules")):
        yield from _resources(child)


def _written(
    module: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the expressions of the resources of a module, by address without indexes."""
    for each in objects(module.get("resources")):
        yield f"{prefix}{each.get('address')}", object_of(each.get("expressions"))
    for name, call in object_of(module.get("module_calls")).items():
        yield from _written(object_of(object_of(call).get("module")), f"{prefix}module.{name}.")


def _module(resource: _Resource) -> str:
    """Return the address of the module of a resource, with a dot at its end; empty: the root."""
    return "".join(f"{each}." for each in resource.address.split(".")[:-2])


def _ids(prefix: str, several: Sequence[_Resource]) -> Mapping[str, str]:
    """Return the ids of the policies that the resources of a module may refer to, by address in it.

    A module with a single policy stands for that: what it outputs is the id.
    """
    found: dict[str, set[str]] = {}
    for each in several:
        if each.address.startswith(prefix) and each.kind.endswith("efinitions"):
            steps = each.address.removeprefix(prefix).split(".")
            own_id = f"/providers/Microsoft.Authorization/{each.kind}/{_name(each)}"
            found.setdefault(".".join(steps[:2]), set()).add(own_id)
    # of several instances it is not known which one is meant
    return {address: next(iter(ids)) for address, ids in found.items() if len(ids) == 1}


def _name(resource: _Resource) -> str:
    """Return the name of a policy, that of its block if its own is unknown."""
    return str(resource.values.get("name") or resource.address.rpartition(".")[2])


def _converted(
    values: Mapping[str, Any], unknown: object, written: object, ids: Mapping[str, str]
) -> dict[str, object]:
    """Return the arguments of a resource, or of a member of a set, as Azure spells them.

    Args:
        values: What is known of them.
        unknown: What is unknown before apply; see `_Resource`.
        written: The expressions that they are written with.
        ids: The ids that these may refer to, by address.

    Raises:
        DefinitionError: A text that must be JSON is not.
    """
    found: dict[str, object] = {}
    for key, name in _PROPERTIES.items():
        value, later = values.get(key), object_of(unknown).get(key)
        expression = object_of(written).get(key)
        if later is True:
            value = _referred(expression, ids) if key in _REFERENCES else COMPUTED
        elif key in _IN_TEXT and isinstance(value, str) and value:
            value = _parsed(value, key)
        elif key == "policy_definition_reference":
            value = [
                _converted(each, _at(later, place), _at(expression, place), ids)
                for place, each in enumerate(objects(value))
            ]
        elif key in _SELECTING:
            value = [_selecting(each) for each in objects(value)]
        if value:
            found[name] = value
    return found


def _at(several: object, place: int) -> object:
    """Return a member of a list, None if there is none."""
    return items(several)[place] if place < len(items(several)) else None


def _referred(expression: object, ids: Mapping[str, str]) -> str:
    """Return the id that an expression refers to, as far as that is known."""
    references = items(object_of(expression).get("references"))
    addresses = (".".join(str(each).split(".")[:2]) for each in references)
    return next((ids[each] for each in addresses if each in ids), _LATER)


def _parsed(text: str, key: str) -> object:
    """Return the JSON value in an argument."""
    try:
        found: object = load_json(text)
    except (ValueError, RecursionError) as error:
        raise DefinitionError(key, f"not JSON: {error}") from None
    return found


def _selecting(block: Mapping[str, Any]) -> Mapping[str, object]:
    """Return a block of selectors or an override as Azure spells it."""
    selectors = [
        {
            "kind": each.get("kind") or "policyDefinitionReferenceId",
            **{azure: each[key] for key, azure in _OPERATORS.items() if each.get(key)},
        }
        for each in objects(block.get("selectors"))
    ]
    return {"value": block.get("value"), "selectors": selectors}
