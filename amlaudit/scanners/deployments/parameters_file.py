"""Files that give the parameters of a template: every file is asked whether it is one.

https://learn.microsoft.com/azure/azure-resource-manager/templates/parameter-files
"""

from collections.abc import Mapping
from typing import Any, Final

_SAID: Final = frozenset({"metadata", "reference", "value"})
"""What a parameters file says of a parameter; other lists of values say their types as well."""


def is_parameters(value: object) -> bool:
    """Tell whether the JSON value of a file is that of a parameters file."""
    return parameters_in(value) is not None


def parameters_in(value: object) -> Mapping[str, Any] | None:
    """Return what a parameters file gives, by name; None where a file is none.

    The parameters may stand alone, as the Azure CLI takes them too.
    """
    if not isinstance(value, Mapping):
        return None
    found = value.get("parameters")
    if not isinstance(found, Mapping):
        stands_alone = all(_gives(each) and set(each) <= _SAID for each in value.values())
        return value if value and stands_alone else None
    schema = str(value.get("$schema") or "").lower()
    is_one = not {"resources", "template"} & set(value) and all(map(_gives, found.values()))
    return found if is_one or "deploymentparameters.json" in schema else None


def _gives(entry: object) -> bool:
    """Tell whether an entry gives the value of a parameter."""
    return isinstance(entry, Mapping) and bool(set(entry) & {"value", "reference"})
