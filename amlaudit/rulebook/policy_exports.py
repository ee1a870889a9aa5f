"""Policy assignments that contain what they assign, as exported by PSRule for Azure.

https://azure.github.io/PSRule.Rules.Azure/commands/Export-AzPolicyAssignmentData/
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from amlaudit.rulebook.policy_selectors import folded, name_in, objects, properties_of

_INSIDE: Final = "policydefinitions"
_SET: Final = "policysetdefinitions"
_DEFAULT: Final = "defaultvalue"


def is_export(document: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object is an assignment with its definitions next to its properties."""
    keys = folded(document)
    return isinstance(keys.get(_INSIDE), list) and "policydefinitionid" in properties_of(keys)


def exported(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield such an assignment, its definitions and its exemptions, each separately.

    For a set there are the members but not the set: what it passes on to them is not known, so
    their parameters have no values, and the set is one without members.
    """
    keys = folded(document)
    yield {key: value for key, value in keys.items() if key not in (_INSIDE, "exemptions")}
    assigned = str(properties_of(keys).get("policydefinitionid"))
    is_of_set = _SET in assigned.lower()
    inside = objects(keys[_INSIDE])
    for each in inside:
        yield _without_values(each) if is_of_set else each
    if inside and is_of_set:
        yield {"name": name_in(assigned), "type": _SET, "properties": {_INSIDE: []}}
    yield from objects(keys.get("exemptions"))


def _without_values(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a definition whose parameters have no defaults."""
    keys = folded(definition)
    properties = folded(properties_of(keys))
    declared = properties.get("parameters")
    bare = {
        name: {key: value for key, value in each.items() if key.lower() != _DEFAULT}
        for name, each in (declared.items() if isinstance(declared, Mapping) else ())
        if isinstance(each, Mapping)
    }
    return {"name": keys.get("name"), "properties": {**properties, "parameters": bare}}
