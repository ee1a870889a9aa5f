"""What is known of a choice between values when it is unknown which one is chosen."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from amlaudit.core.gap import Gap
from amlaudit.language.values import identical, spell
from amlaudit.scanners.deployments.templates.pending import (
    Pending,
    Tentative,
    first_pending,
    is_solid,
    rest_of,
    spelled,
)


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
