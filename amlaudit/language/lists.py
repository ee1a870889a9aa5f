"""Functions of the template language on arrays and objects, some of which also take texts.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-array
https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-object
"""

from collections.abc import Iterable, Mapping
from typing import Final

from amlaudit.core.path import describe
from amlaudit.language.arguments import (
    Function,
    array,
    fit,
    fit_list,
    mapping,
    scalar_text,
    text,
    whole,
)
from amlaudit.language.values import (
    EvaluationError,
    has_key,
    identical,
    is_list,
    known,
    lookup,
    spell,
)


def member(target: object, key: object) -> object:
    """Return a property of an object or a member of an array, which must exist."""
    if isinstance(target, Mapping) and isinstance(key, str):
        if has_key(target, key):
            return lookup(target, key)
        raise EvaluationError(f"there is no property {key!r}")
    if is_list(target) and not isinstance(key, str):
        if 0 <= whole(key) < len(target):
            return target[whole(key)]
        raise EvaluationError(f"there is no member {key} in a list of {len(target)}")
    raise EvaluationError(f"{describe(target)} has no {key!r}")


def try_get(target: object, *keys: object) -> object:
    """Return the value at a path of properties and members, null if one is missing."""
    for key in keys:
        if isinstance(target, Mapping) and isinstance(key, str):
            target = lookup(target, key)
        elif is_list(target) and not isinstance(key, str):
            position = whole(key)
            target = target[position] if 0 <= position < len(target) else None
        elif target is not None:
            raise EvaluationError(f"{describe(target)} has no {key!r}")
    return target


def from_end(values: object, position: object) -> object:
    """Return a member counted from the end; the last is 1."""
    return member(values, len(array(values)) - whole(position))


def try_from_end(values: object, position: object) -> object:
    """Return a member counted from the end, null if there is none."""
    return try_get(values, len(array(values)) - whole(position))


def concat(first: object = "", *others: object) -> object:
    """Concatenate arrays or texts."""
    if is_list(first):
        parts = [array(each) for each in (first, *others)]
        fit_list(sum(map(len, parts)))
        return [value for part in parts for value in part]
    texts = [scalar_text(each) for each in (first, *others)]
    fit(sum(map(len, texts)))
    return "".join(texts)


def contains(container: object, wanted: object) -> bool:
    """Tell whether an array contains a member, an object a key, or a text a part.

    Keys are compared without case, members and texts with case.
    """
    if is_list(container):
        return any(identical(each, wanted) for each in container)
    if isinstance(container, Mapping):
        return has_key(container, scalar_text(wanted))
    return scalar_text(wanted) in text(container)


def is_empty(value: object) -> bool:
    """Tell whether an array, object or text is empty; null is."""
    return value is None or length(value) == 0


def length(value: object) -> int:
    """Return the number of members, properties or characters."""
    if isinstance(value, str | Mapping | list | tuple):
        return len(value)
    raise EvaluationError(f"{describe(value)} has no length")


def first(value: object) -> object:
    """Return the first member or character; null if an array is empty."""
    return value[:1] if isinstance(value, str) else next(iter(array(value)), None)


def last(value: object) -> object:
    """Return the last member or character; null if an array is empty."""
    return value[-1:] if isinstance(value, str) else next(reversed(array(value)), None)


def skip(value: object, number: object) -> object:
    """Return all but the first few members or characters."""
    count = max(0, whole(number))
    return value[count:] if isinstance(value, str) else list(array(value)[count:])


def take(value: object, number: object) -> object:
    """Return the first few members or characters."""
    count = max(0, whole(number))
    return value[:count] if isinstance(value, str) else list(array(value)[:count])


def index_of(container: object, wanted: object) -> int:
    """Return the first index of a member or part, -1 if there is none; texts without case."""
    if isinstance(container, str):
        return container.lower().find(text(wanted).lower())
    return next(iter(_places(container, wanted)), -1)


def last_index_of(container: object, wanted: object) -> int:
    """Return the last index of a member or part, -1 if there is none; texts without case."""
    if isinstance(container, str):
        return container.lower().rfind(text(wanted).lower())
    return next(reversed(_places(container, wanted)), -1)


def _places(values: object, wanted: object) -> list[int]:
    """Return the indexes of a member."""
    return [place for place, each in enumerate(array(values)) if identical(each, wanted)]


def union(*values: object) -> object:
    """Return the distinct members of arrays, or merge objects; later values win."""
    if is_list(values[0]):
        several = [each for value in values for each in array(value)]
        fit_list(len(several))
        return _once(several)
    merged: Mapping[str, object] = {}
    for each in values:
        merged = _merge(merged, mapping(each))
    return merged


def _merge(left: Mapping[str, object], right: Mapping[str, object]) -> dict[str, object]:
    """Merge two objects recursively."""
    merged = dict(left)
    for key, value in right.items():
        before = merged.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = _merge(mapping(before), mapping(value)) if both else value
    return merged


def intersection(*values: object) -> object:
    """Return the members that all arrays have, or the properties that all objects have."""
    if is_list(values[0]):
        others = [{_identity(each) for each in array(value)} for value in values[1:]]
        return _once(
            each for each in array(values[0]) if all(_identity(each) in other for other in others)
        )
    objects = [mapping(each) for each in values]
    return {
        key: value
        for key, value in objects[0].items()
        if all(key in each and identical(each[key], value) for each in objects[1:])
    }


def _once(values: Iterable[object]) -> list[object]:
    """Return members without duplicates, each where it is first."""
    found: dict[object, object] = {}
    for each in values:
        found.setdefault(_identity(each), each)
    return list(found.values())


def _identity(value: object) -> object:
    """Return a key that only identical values share."""
    if isinstance(value, str | int | float | bool) or value is None:
        return isinstance(value, bool), value
    return spell(value)


def create_object(*pairs: object) -> dict[str, object]:
    """Return an object from alternating keys and values."""
    if len(pairs) % 2:
        raise EvaluationError("a key has no value")
    return {text(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=True)}


def flatten(values: object) -> list[object]:
    """Return the members of the arrays in an array."""
    return [each for value in array(values) for each in array(value)]


def entries(value: object) -> list[dict[str, object]]:
    """Return the properties of an object as objects of key and value, sorted by key."""
    found = mapping(value)
    return [{"key": key, "value": known(found[key])} for key in sorted(found)]


def shallow_merge(values: object) -> dict[str, object]:
    """Merge the objects of an array; later values win."""
    return {key: value for each in array(values) for key, value in mapping(each).items()}


LISTS: Final = {
    "array": Function(lambda value: value if is_list(value) else [value], 1, 1),
    "concat": Function(concat, 0, None),
    "contains": Function(contains, 2, 2),
    "createarray": Function(lambda *values: list(values), 0, None),
    "createobject": Function(create_object, 0, None),
    "empty": Function(is_empty, 1, 1),
    "first": Function(first, 1, 1),
    "flatten": Function(flatten, 1, 1),
    "indexfromend": Function(from_end, 2, 2),
    "indexof": Function(index_of, 2, 2),
    "intersection": Function(intersection, 2, None),
    "items": Function(entries, 1, 1),
    "last": Function(last, 1, 1),
    "lastindexof": Function(last_index_of, 2, 2),
    "length": Function(length, 1, 1),
    "objectkeys": Function(lambda value: sorted(mapping(value)), 1, 1),
    "shallowmerge": Function(shallow_merge, 1, 1),
    "skip": Function(skip, 2, 2),
    "take": Function(take, 2, 2),
    "tryget": Function(try_get, 2, None),
    "tryindexfromend": Function(try_from_end, 2, 2),
    "union": Function(union, 2, None),
}
