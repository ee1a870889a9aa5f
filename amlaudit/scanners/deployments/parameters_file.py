"""Files that set template parameters: every file is checked for being one.

https://learn.microsoft.com/azure/azure-resource-manager/templates/parameter-files
"""

from collections.abc import Mapping
from typing import Any, Final

_ENTRY_KEYS: Final = frozenset({"metadata", "reference", "value"})
"""Keys of an entry in a parameters file; other lists of values state types as well."""


def is_parameters(value: object) -> bool:
    """Tell whether the JSON value of a file is a parameters file."""
    return parameters_in(value) is not None


def parameters_in(value: object) -> Mapping[str, Any] | None:
    """Return the entries of a parameters file, by name; None if the file is not one.

    The parameters may stand alone, a form that the Azure CLI also accepts.
    """
    if not isinstance(value, Mapping):
        return None
    found = value.get("parameters")
    if not isinstance(found, Mapping):
        stands_alone = all(_is_entry(each) and set(each) <= _ENTRY_KEYS for each in value.values())
        return value if value and stands_alone else None
    schema = str(value.get("$schema") or "").lower()
    is_one = not {"resources", "template"} & set(value) and all(map(_is_entry, found.values()))
    return found if is_one or "deploymentparameters.json" in schema else None


def _is_entry(entry: object) -> bool:
    """Tell whether an entry sets the value of a parameter."""
    return isinstance(entry, Mapping) and bool(set(entry) & {"value", "reference"})
