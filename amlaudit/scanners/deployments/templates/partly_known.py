"""What functions return for values of which only a part is known."""

from collections.abc import Mapping

from amlaudit.language.lists import contains
from amlaudit.language.values import identical
from amlaudit.scanners.deployments.templates.pending import (
    Parts,
    Pending,
    Rest,
    Runtime,
    is_blank,
    is_solid,
    rest_of,
)


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
    return _contained(*values) if name == "contains" else None


def _has_known_members(value: object) -> bool:
    """Tell whether a list surely has members."""
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
