"""Converts assignments and exemptions of Enterprise Policy as Code into Azure's own format.

Assignments are a tree: nodes inherit from their ancestors, and each leaf is an assignment.
https://azure.github.io/enterprise-azure-policy-as-code/policy-assignments/
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from amlaudit.language.values import is_list, items
from amlaudit.rulebook.policy_selectors import folded, objects

_ASSIGNED: Final = (
    "policyname", "policyid", "policysetname", "policysetid", "initiativename", "initiativeid",
)  # fmt: skip
"""The keys by which an entry may name the definition or set that it assigns."""

_IN_A_FILE: Final = "[parameterFile]"
"""Stands for values from a table, which only a deployment fills in."""


class _Content(NamedTuple):
    """The content of a node, including what it inherits.

    Attributes:
        name: The name so far.
        entries: What is assigned, keys lower case.
        values: By name of the parameter, or `_IN_A_FILE`.
        scopes: Where it applies.
        excluded: What is excluded from that.
        overrides: As in an assignment.
        selectors: As in an assignment.
    """

    name: str = ""
    entries: Sequence[Mapping[str, Any]] = ()
    values: Mapping[str, object] | str = {}
    scopes: Sequence[object] = ()
    excluded: Sequence[object] = ()
    overrides: Sequence[object] = ()
    selectors: Sequence[object] = ()


def is_tree(document: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object is the root of such a tree."""
    return "nodename" in folded(document)


def assignments_in(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the assignments of a tree as Azure spells them, one for each scope.

    Those of all environments are included: a scope is in only one of them.
    """
    return _assignments_in(tree, _Content())


def exemptions_in(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the exemptions of a file of policies as code as Azure spells them, one for each scope.

    https://azure.github.io/enterprise-azure-policy-as-code/policy-exemptions/
    """
    for each in objects(folded(document).get("exemptions")):
        keys = folded(each)
        for scope in _listed(keys.get("scopes") or keys.get("scope")):
            # a scope may have a name before it
            yield {**keys, "scope": re.sub("^[^/]*:", "", scope) if isinstance(scope, str) else ""}


def _assignments_in(node: Mapping[str, Any], above: _Content) -> Iterator[Mapping[str, Any]]:
    """Yield the assignments of a node: its own, or those beneath it."""
    keys = folded(node)
    content = _combined(keys, above)
    children = objects(keys.get("children"))
    for child in children:
        yield from _assignments_in(child, content)
    for entry in () if children else content.entries:
        for scope in content.scopes or (None,):
            yield _assignment(entry, scope, content)


def _combined(keys: Mapping[str, Any], above: _Content) -> _Content:
    """Return the content of a node combined with what it inherits."""
    entries = objects([keys.get("definitionentry")]) + objects(keys.get("definitionentrylist"))
    return _Content(
        above.name + _name_in(keys),
        list(map(folded, entries)) or above.entries,
        _values(keys, above.values),
        _listed(keys.get("scope")) or above.scopes,
        [*above.excluded, *_listed(keys.get("notscopes") or keys.get("notscope"))],
        [*above.overrides, *items(keys.get("overrides"))],
        [*above.selectors, *items(keys.get("resourceselectors"))],
    )


def _assignment(entry: Mapping[str, Any], scope: object, content: _Content) -> Mapping[str, Any]:
    """Return the assignment of one definition or set to one scope."""
    own, assignment = _name_in(entry), entry.get("assignment")
    is_last = isinstance(assignment, Mapping) and folded(assignment).get("append") is True
    properties = {
        "policyDefinitionId": next((entry[key] for key in _ASSIGNED if entry.get(key)), None),
        "scope": scope,
        "notScopes": content.excluded,
        "parameters": content.values,
        "overrides": content.overrides,
        "resourceSelectors": content.selectors,
    }
    return {"name": content.name + own if is_last else own + content.name, "properties": properties}


def _name_in(keys: Mapping[str, Any]) -> str:
    """Return what a node or an entry appends to the name of an assignment."""
    assignment = keys.get("assignment")
    return str(folded(assignment).get("name") or "") if isinstance(assignment, Mapping) else ""


def _values(
    keys: Mapping[str, Any], above: Mapping[str, object] | str
) -> Mapping[str, object] | str:
    """Return the values of parameters; those of a node override those above it."""
    if isinstance(above, str) or keys.get("parameterfile"):
        return _IN_A_FILE
    own = keys.get("parameters")
    given = own if isinstance(own, Mapping) else {}
    return {**above, **{name.lower(): {"value": each} for name, each in given.items()}}


def _listed(value: object) -> list[object]:
    """Return scopes, which may be given separately for each environment."""
    if isinstance(value, Mapping):
        return [each for several in value.values() for each in _listed(several)]
    return list(items(value)) if is_list(value) else [value] if value else []
