"""Serialising conditions back into the syntax of rule files."""

from amlaudit.core.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    CountNeighbours,
    Default,
    Exists,
    InContext,
    Not,
    ParameterValue,
    Reading,
    Tagged,
)
from amlaudit.core.path import Steps, spell_path

_MEMBER_ITSELF = "."


def spell(condition: Condition) -> dict[str, object]:
    """Return a condition as a rule file writes it, with its parameters resolved."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            word = "allOf" if isinstance(condition, AllOf) else "anyOf"
            return {word: [spell(each) for each in conditions]}
        case Not(inner):
            return {"not": spell(inner)}
        case CountNeighbours() | CountMembers():
            return _spell_count(condition)
        case InContext() | Tagged():
            return _spell_context(condition)
        case _:
            return _spell_field(condition)


def _spell_count(count: CountNeighbours | CountMembers) -> dict[str, object]:
    """Return a count, and the number that it is compared with."""
    counted: dict[str, object] = {}
    if isinstance(count, CountNeighbours):
        counted["follow"] = count.relation
    else:
        counted["field"] = _spell_path(count.path)
        counted |= _spell_default(count.default)
    if count.where:
        counted["where"] = spell(count.where)
    return {"count": counted, count.operator.value: count.number}


def _spell_context(context: InContext | Tagged) -> dict[str, object]:
    """Return a condition on the workspace that a resource belongs to."""
    if isinstance(context, Tagged):
        return {"context": context.label, "exists": context.wanted}
    return {"context": context.label, context.operator.value: _plain(context.operand)}


def _spell_field(leaf: Comparison | Exists) -> dict[str, object]:
    """Return a condition on a field."""
    found: dict[str, object] = {"field": _spell_path(leaf.path)}
    if isinstance(leaf, Exists):
        return found | {"exists": leaf.wanted}
    if leaf.reading is not Reading.ITSELF:
        found["as"] = leaf.reading.value
    found[leaf.operator.value] = _plain(leaf.operand)
    if leaf.known:
        found["known"] = list(leaf.known)
    return found | _spell_default(leaf.default)


def _spell_default(default: Default | None) -> dict[str, object]:
    """Return the documented default, if any."""
    if not default:
        return {}
    since = {"since": default.since} if default.since else {}
    return {"default": _plain(default.value), **since}


def _spell_path(path: Steps) -> str:
    """Return a path; that of a list member itself is a dot."""
    return spell_path(path) or _MEMBER_ITSELF


def _plain(value: ParameterValue | tuple[()]) -> object:
    """Return a value as JSON."""
    return list(value) if isinstance(value, tuple) else value
