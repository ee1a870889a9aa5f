"""Reads the files that hold Azure Policy definitions, and the JSON objects in them.

A file contains one object, a list of them (`az policy definition list`), a response of the REST
API, a template that deploys them, a Terraform plan or state, an export, or a rule or the members of
a set, with parameters in a file next to it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeGuard

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.path import describe
from amlaudit.core.patterns import late_pattern
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.values import items
from amlaudit.rulebook.policy_exports import exported, is_export
from amlaudit.rulebook.policy_selectors import folded, object_of
from amlaudit.rulebook.policy_templates import as_given, definitions_in
from amlaudit.rulebook.policy_terraform import is_terraform, terraform_policies
from amlaudit.rulebook.policy_trees import assignments_in, exemptions_in, is_tree
from amlaudit.sizes import LARGEST_JSON, bytes_of
from amlaudit.strict_json import load_commented_json

ENDINGS: Final = (".json", ".jsonc")
"""The suffixes of JSON files, without comments or with them."""
_RULE: Final = frozenset({"if", "then"})
_PAGES: Final = ("value", "data")
"""Where responses of Azure Resource Manager and Azure Resource Graph have their rows."""
_IN_POWERSHELL: Final[Mapping[str, str]] = {
    "notscope": "notScopes",
    "override": "overrides",
    "parameter": "parameters",
    "policydefinition": "policyDefinitions",
    "policydefinitionreferenceid": "policyDefinitionReferenceIds",
    "resourceselector": "resourceSelectors",
}
"""Azure's names for keys that PowerShell cmdlets name differently, by the lower-case cmdlet name.

https://learn.microsoft.com/powershell/module/az.resources/get-azpolicydefinition
"""
_NAMED_BY_FOLDER: Final = frozenset({"azurepolicy", "azurepolicyset", "policyset", "rule", "rules"})
"""File names, without suffix, of definitions and sets that are kept in a folder each."""
_OF_PART: Final = late_pattern(r"[-_](rules?|definitions)$", re.IGNORECASE)
_PARAMETERS: Final = ("parameters", "params")
_REFERENCES: Final = frozenset({"policydefinitionid", "policydefinitionname"})
_OF_RESOURCES: Final = frozenset({"id", "name", "properties", "scope", "type"})
"""Keys that an assignment has and a member of a set has not, lower case."""


def invalid_policy(message: str) -> AmlauditError:
    """Return the error for a policy that the service would not accept."""
    return AmlauditError("E201", message, exit_code=Exit.INVALID)


def read_json(path: Path, shown_as: str = "") -> object:
    """Read a JSON file, which errors call by a name of its own if there is one."""
    try:
        found: object = load_commented_json(bytes_of(path, LARGEST_JSON))
    except OSError as error:
        raise AmlauditError(
            "E302",
            f"{path} cannot be read",
            exit_code=Exit.INPUT_OUTPUT,
            cause=error.strerror or str(error),
        ) from None
    except (ValueError, RecursionError) as error:
        raise invalid_policy(f"{shown_as or path.name}: not JSON: {error}") from None
    return found


def documents_in(found: object) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects of a file that may be definitions or sets."""
    if isinstance(found, list):
        for each in found:
            yield from documents_in(each)
    elif not isinstance(found, Mapping):
        raise DefinitionError("definition", f"must be an object, not {describe(found)}")
    elif pages := [found[key] for key in _PAGES if isinstance(found.get(key), list)]:
        yield from documents_in(pages)
    elif read := next((read for is_one, read in _FORMS if is_one(found)), None):
        yield from read(found)
    elif state := _kept_state(found):
        yield state
    else:
        yield {_IN_POWERSHELL.get(key.lower(), key): value for key, value in found.items()}


def _is_template(found: object) -> TypeGuard[Mapping[str, Any]]:
    """Tell whether a JSON value is a deployment template, or a state of Terraform."""
    return isinstance(found, Mapping) and isinstance(found.get("resources"), list | Mapping)


_Object: TypeAlias = Mapping[str, Any]
_FORMS: Final[
    Sequence[tuple[Callable[[_Object], bool], Callable[[_Object], Iterator[_Object]]]]
] = (
    (is_terraform, terraform_policies),
    (is_tree, assignments_in),
    (is_export, exported),
    (lambda found: isinstance(found.get("exemptions"), list), exemptions_in),
    (_is_template, definitions_in),
)
"""How the objects that hold several policies are recognised, and what reads each."""


def _kept_state(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the resource that a parameter file passes to a deployment, None if it does not.

    This is how AzOps keeps the policies of a tenant: https://github.com/Azure/AzOps
    """
    kept: object = found
    for key in ("parameters", "input", "value"):
        kept = kept.get(key) if isinstance(kept, Mapping) else None
    return kept if isinstance(kept, Mapping) else None


def is_part(found: object) -> bool:
    """Tell whether a JSON value is a separate policy rule, or the separate members of a set."""
    return _is_rule(found) or _are_members(found)


def _is_rule(found: object) -> bool:
    """Tell whether a JSON value is a separate policy rule."""
    return isinstance(found, Mapping) and {key.lower() for key in found} >= _RULE


def _are_members(found: object) -> bool:
    """Tell whether a JSON value is a list of what a set refers to, and not one of assignments.

    https://learn.microsoft.com/cli/azure/policy/set-definition#az-policy-set-definition-create
    """
    keys = [folded(each).keys() for each in items(found) if isinstance(each, Mapping)]
    is_list_of_objects = bool(keys) and len(keys) == len(items(found))
    return is_list_of_objects and all(
        each & _REFERENCES and not each & _OF_RESOURCES for each in keys
    )


def with_parameters(found: object, path: Path) -> object:
    """Return the content of a file, with what the files beside it add.

    A separate part becomes the definition or set it is part of; a template has the values in the
    file of its parameters.
    """
    if _is_template(found):
        given = _declared(_part(path, f"{path.stem}.parameters"))
        return as_given(found, given) if given else found
    if not is_part(found):
        return found
    parts = (_part(path, name) for name in _named_alike(stem_of(path)))
    parameters = _declared(next(filter(None, parts), {}))
    if not isinstance(found, Mapping):
        return {"name": named_after(path), "policyDefinitions": found, "parameters": parameters}
    parameters_file = folded(_part(path, stem_of(path)))
    inner = parameters_file.get("properties")
    mode = folded(inner if isinstance(inner, Mapping) else parameters_file).get("mode")
    if not parameters:  # or they are in the file of the rule
        parameters = folded(found).get("parameters") or {}
    whole = {"name": named_after(path), "policyRule": found, "parameters": parameters}
    return whole | ({"mode": mode} if mode else {})


def _named_alike(stem: str) -> Iterator[str]:
    """Yield how the file of parameters may be called that belongs to a part, without its suffix.

    Besides `x.parameters` for `x.rules` there are `x-parameters` for `x-rule` and the like.
    """
    for start in (stem, _OF_PART.sub("", stem)):
        yield from (f"{start}{mark}{word}" for mark in ".-_" for word in _PARAMETERS)
    yield from _PARAMETERS


def _declared(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters that a file declares, under their own names or as `parameters`."""
    inner = folded(parameters).get("parameters")
    is_parameter = isinstance(inner, Mapping) and isinstance(folded(inner).get("type"), str)
    return inner if isinstance(inner, Mapping) and not is_parameter else parameters


def _part(path: Path, name: str) -> Mapping[str, Any]:
    """Return the object in another file of a definition, by its name without suffix; or empty."""
    part = beside(path, name)
    return object_of(read_json(part) if part else None)


def beside(path: Path, name: str) -> Path | None:
    """Return another JSON file in the same folder, by its name without suffix; None: it is not."""
    named = (path.with_name(name + ending) for ending in ENDINGS)
    return next((each for each in named if each != path and each.is_file()), None)


def name_of(document: Mapping[str, Any], file: Path) -> str:
    """Return the name of a definition: its own, else that of its file."""
    name = folded(document).get("name")
    return name if isinstance(name, str) else named_after(file)


def named_after(path: Path) -> str:
    """Return the name of a definition without its own: that of its file, or of its folder.

    A repository of policies may have a folder for each, with the same file names in all of them.
    """
    return path.parent.name if stem_of(path).lower() in _NAMED_BY_FOLDER else stem_of(path)


def stem_of(path: Path) -> str:
    """Return the common name of the parts of a definition or set: for `x.rules.json`, `x`."""
    return path.stem.removesuffix(".rules").removesuffix(".definitions")
