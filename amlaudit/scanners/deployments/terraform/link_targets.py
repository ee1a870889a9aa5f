"""Targets of properties and attributes: the ARM types of resources that they may name."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.path import Steps
from amlaudit.core.relation_kinds import Named
from amlaudit.core.relations import RELATIONS
from amlaudit.scanners.deployments.terraform.mapping import COMMON, Row, resource_map

_PRINCIPALS: Final = ("object_id", "principal_id")
_WIDER: Final = frozenset({"policy_definition_id", "synapse_spark_pool_id", "target_resource_id"})
"""Attributes that also lead to resource types other than those in relations."""


@cache
def leads_to(arm_type: str, path: Steps) -> str:
    """Return the ARM type of what a type's property names, empty if there may be several.

    Args:
        arm_type: The type that has the property.
        path: The property, lower case; in a list of objects, including the path inside them.
    """
    found = {
        relation.target
        for relation in RELATIONS.values()
        if isinstance(relation, Named)
        for reference in relation.by
        if reference.source == arm_type.lower()
        and tuple(step.lower() for step in (*reference.path, *reference.member) if step != "*")
        == path
    }
    return found.pop() if len(found) == 1 else ""


def may_hold(terraform_type: str, attribute: str, text: str) -> bool:
    """Tell whether an attribute may hold an id, or the object id of a principal.

    Args:
        terraform_type: The type that has the attribute.
        attribute: Its name, without its blocks.
        text: The id.
    """
    if attribute in _PRINCIPALS:
        return not text.startswith("/")
    target = _attributes(terraform_type).get(attribute, "")
    return not target or arm_id.type_of(arm_id.normalise(text)) == target


@cache
def _attributes(terraform_type: str) -> Mapping[str, str]:
    """Return the ARM type that each attribute leads to, where it is a single one."""
    mapped = resource_map(terraform_type)
    if not mapped:
        return {}
    found: dict[str, set[str]] = {}
    for name, target in _leading(mapped.arm_type, (*COMMON, *mapped.rows), ()):
        found.setdefault(name, set()).add(target)
    return {name: target.pop() for name, target in found.items() if len(target) == 1}


def _leading(arm_type: str, rows: Sequence[Row], above: Steps) -> Iterator[tuple[str, str]]:
    """Yield (attribute, ARM type, empty for any) for rows.

    Args:
        arm_type: The type of what they write into.
        rows: The rows.
        above: The list of objects that they write into.
    """
    for row in (each for each in rows if each.source[-1] not in _WIDER):
        kind = f"{arm_type}/{row.child.partition('/')[0]}" if row.child else arm_type
        for path in row.to:
            at = (*above, *path, *_wrapped_at(row.wrap))
            yield row.source[-1], leads_to(kind, tuple(step.lower() for step in at))
        inner = row.to[0] if row.many and row.to else ()
        yield from _leading(kind, row.rows, (*above, *inner))


def _wrapped_at(wrap: object) -> Steps:
    """Return the position of a list's member within what it is wrapped in."""
    if not isinstance(wrap, Mapping):
        return ()
    key, value = next((pair for pair in wrap.items() if pair[1] == "$"), next(iter(wrap.items())))
    return (str(key), *_wrapped_at(value))
