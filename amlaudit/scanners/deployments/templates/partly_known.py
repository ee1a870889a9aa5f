"""What is known of results where only a part of the values, or not the choice, is known."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

from amlaudit.core.gap import Gap, Reason
from amlaudit.language.lists import contains
from amlaudit.language.values import identical, spell
from amlaudit.scanners.deployments.templates.pending import (
    Open,
    Parts,
    Pending,
    Rest,
    Runtime,
    Tentative,
    first_pending,
    is_blank,
    is_solid,
    rest_of,
    runtime_rest,
    spelled,
)

_NOTHING: Final = Gap("", "expression", Reason.UNRESOLVED, "")
"""The gap of an object that is known."""


def with_further_members(values: list[object], unknown: Pending) -> object:
    """Return lists joined into one, of which some are unknown."""
    if not all(isinstance(each, list) or is_blank(each) for each in values):
        return Pending(unknown.gap)
    known = [each for value in values if isinstance(value, list) for each in value]
    rests = [Rest(value.gap) for value in values if isinstance(value, Pending)]
    members = [each for each in known if not isinstance(each, Rest)]
    return members + [*rests, *(each for each in known if isinstance(each, Rest))][:1]


def decided_by_known_values(name: str, values: list[object]) -> object:
    """Return the result already determined by known values, None if there is none."""
    if name == "last" and isinstance(values[0], Parts):
        return values[0].last
    if name == "empty" and (is_solid(values[0]) or _has_known_members(values[0])):
        return False
    if name == "equals" and _surely_differ(*values):
        return False
    if name == "union":
        return _only_member(values) or _merged(values, nested=True)
    if name == "shallowmerge" and isinstance(values[0], list) and not rest_of(values[0]):
        return _merged(values[0], nested=False)
    return _contained(*values) if name == "contains" else None


def _only_member(lists: list[object]) -> list[object] | None:
    """Return the members of lists that have at most one; of several, some may be equal."""
    if not all(isinstance(each, list) for each in lists):
        return None
    members = [each for one in lists if isinstance(one, list) for each in one]
    return members if len(members) == 1 and not rest_of(members) else None


def _merged(values: list[object], *, nested: bool) -> Open | None:
    """Return objects merged into one, of which some are unknown; None if nothing is known of it.

    Args:
        values: The objects; what the last ones say is known, whatever precedes them.
        nested: Whether objects in them are merged, too.
    """
    found = Open({}, _NOTHING)
    for each in values:
        if isinstance(each, Open):
            found = Open(each, each.gap)
        elif isinstance(each, Runtime | Pending):
            found = Open({}, each.gap if isinstance(each, Pending) else runtime_rest(each).gap)
        elif isinstance(each, Mapping):
            found = _overridden(found, each, nested=nested)
        else:
            return None
    return found if found and found.gap is not _NOTHING else None


def _overridden(under: Open, over: Mapping[str, Any], *, nested: bool) -> Open:
    """Return a partly known object with the members of another one in place of its own.

    Args:
        under: The object.
        over: The other one, which is known.
        nested: Whether an object in both has the members of both.
    """
    found = dict(under)
    for key, value in over.items():
        if nested and isinstance(value, Mapping):
            before = found.get(key)
            base = before if isinstance(before, Mapping) else {}
            found[key] = _overridden(Open(base, under.gap), value, nested=True)
        elif value is None:
            found.pop(key, None)  # which of the two Azure takes is not documented
        else:
            found[key] = value
    return Open(found, under.gap)


def _has_known_members(value: object) -> bool:
    """Tell whether a list, or an object that Azure completes, surely has members."""
    if isinstance(value, Runtime):
        return bool(value)
    return isinstance(value, list) and not all(isinstance(each, Rest) for each in value)


def _contained(container: object, wanted: object) -> bool | None:
    """Tell whether a list has a member, or an object a key; None if that is unknown."""
    if isinstance(wanted, Pending) or not isinstance(container, list | dict):
        return None
    is_inside = contains(container, wanted)
    # Azure may add keys to a resource, and an unknown member may be the one that is wanted
    return is_inside or (False if type(container) is dict else None)


def _surely_differ(left: object, right: object) -> bool:
    """Tell whether two values differ, whatever is unknown of them turns out to be."""
    if isinstance(left, Pending) or isinstance(right, Pending):
        return any(
            is_solid(one) and other in ("", None) for one, other in ((left, right), (right, left))
        )
    if isinstance(left, Runtime) or isinstance(right, Runtime):
        return not (isinstance(left, Mapping) and isinstance(right, Mapping))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        same_keys = left.keys() == right.keys()
        return not same_keys or any(_surely_differ(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        if rest_of(left) or rest_of(right):
            return False
        return len(left) != len(right) or any(map(_surely_differ, left, right))
    return not identical(left, right)


def either(then: object, otherwise: object, gap: Gap, spend: Callable[[], None]) -> object:
    """Return what two values have in common when the choice between them is unknown."""
    spend()
    if rest_of(then) or rest_of(otherwise):
        return Pending(gap)
    if type(then) is type(otherwise) is dict and set(then) == set(otherwise):
        return {key: either(then[key], otherwise[key], gap, spend) for key in then}
    if isinstance(then, list) and isinstance(otherwise, list) and len(then) == len(otherwise):
        return [either(*pair, gap, spend) for pair in zip(then, otherwise, strict=True)]
    if first_pending([then, otherwise], spend) is None and identical(then, otherwise):
        return then
    return _filled_in(then, otherwise, gap) or _filled_in(otherwise, then, gap) or Pending(gap)


def _filled_in(given: object, default: object, gap: Gap) -> Tentative | None:
    """Return the string if another one is its default for the case that a tool leaves it empty.

    The result is that string either way: `if(empty(parameters('name')), 'default',
    parameters('name'))`.
    """
    if not isinstance(given, Tentative) or given.gap is not gap or given.text.startswith("/"):
        return None
    stays = not given.solid and is_solid(default)
    return Tentative(given.text, gap, solid=True) if stays else None


def looked_up(table: Mapping[str, Any], key: Tentative, spend: Callable[[], None]) -> object:
    """Return what an object has under an unknown key, as far as its members agree.

    A string that depends on the key has the same substitute wherever the same key is looked up
    among the same members.
    """
    spend()
    members = list(table.values())
    if not members:
        return Pending(key.gap)
    if all(isinstance(each, str | Tentative) for each in members):
        return _string_under(table, key)
    shapes = {frozenset(each) if type(each) is dict else None for each in members}
    match list(shapes):
        case [frozenset()]:
            return {
                name: looked_up({at: each[name] for at, each in table.items()}, key, spend)
                for name in members[0]
            }
        case _ if first_pending(members, spend):
            return Pending(key.gap)
        case _:
            same = all(identical(each, members[0]) for each in members)
            return members[0] if same else Pending(key.gap)


def _string_under(table: Mapping[str, Any], key: Tentative) -> object:
    """Return what is looked up among strings."""
    texts = {at: spelled(each) for at, each in table.items()}
    if len(set(texts.values())) == 1 and all(isinstance(each, str) for each in table.values()):
        return next(iter(table.values()))
    digest = sha256(spell(texts).encode()).hexdigest()
    return Tentative(f"{key.text}-{digest[:8]}", key.gap, solid=all(map(is_solid, table.values())))
