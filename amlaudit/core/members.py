"""The members of lists and maps in a document."""

from collections.abc import Iterator, Mapping
from typing import Final

from amlaudit.core.document_gaps import misfit
from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.path import Steps, describe, spell_path
from amlaudit.core.resource import Resource

FURTHER: Final = "*"
"""The step, in a gap's path, for members of a list or object besides those shown, perhaps none."""


def members_of(
    value: object, resource: Resource, steps: Steps, *, keyed: bool
) -> Iterator[tuple[str, object]]:
    """Return an iterator over (key, member) of a JSON list or map.

    Args:
        value: The list or map.
        resource: The resource that contains it.
        steps: Its path from the root of the document.
        keyed: Whether it may be a map; otherwise an object in place of a list, even an empty one,
            is not understood.

    Raises:
        NoDataError: The value is neither.
    """
    if isinstance(value, list | tuple):
        return ((str(index), member) for index, member in enumerate(value))
    if keyed and isinstance(value, Mapping):
        return iter(value.items())
    raise NoDataError(misfit(resource, spell_path(steps), "a list", describe(value)))


def hidden_among(keys: set[str], resource: Resource, steps: Steps) -> Gap | None:
    """Return the gap of a member of a list or map that is not among those seen.

    Args:
        keys: The keys of the members that were seen.
        resource: The resource that contains the list or map.
        steps: Its path from the root of the document.
    """
    if not resource.gaps:
        return None
    place = tuple(step.lower() for step in steps)
    seen = {key.lower() for key in keys}
    beneath = (
        (path[len(place)], gap)
        for path, gap in resource.gaps
        if len(path) > len(place) and path[: len(place)] == place
    )
    return next((gap for key, gap in beneath if key not in seen), None)
