"""The members of what a document lists."""

from collections.abc import Iterator, Mapping

from amlaudit.core.gap import NoDataError
from amlaudit.core.lacks import misfit
from amlaudit.core.path import Steps, describe, spell_path
from amlaudit.core.resource import Resource


def members_of(
    value: object, resource: Resource, steps: Steps, *, keyed: bool = True
) -> Iterator[tuple[str, object]]:
    """Return an iterator over (key, member) of a JSON list or map.

    Args:
        value: The list or map.
        resource: What it stands in.
        steps: Its path from the root of the document.
        keyed: It may be a map; an object that stands for a list, even an empty one, is not known.

    Raises:
        NoDataError: The value is neither.
    """
    if isinstance(value, list | tuple):
        return ((str(index), member) for index, member in enumerate(value))
    if keyed and isinstance(value, Mapping):
        return iter(value.items())
    raise NoDataError(misfit(resource, spell_path(steps), "a list", describe(value)))
