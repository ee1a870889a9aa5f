"""The members of what a document lists."""

from collections.abc import Iterator, Mapping, Sequence

from amlaudit.core.gap import NoDataError
from amlaudit.core.lacks import misfit
from amlaudit.core.path import Steps, describe, spell_path
from amlaudit.core.resource import Resource


def members_of(value: object, resource: Resource, steps: Steps) -> Iterator[tuple[str, object]]:
    """Yield (key, member) of a JSON list or map.

    Args:
        value: The list or map.
        resource: What it stands in.
        steps: Its path from the root of the document.

    Raises:
        NoDataError: The value is neither.
    """
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from ((str(index), member) for index, member in enumerate(value))
    else:
        raise NoDataError(misfit(resource, spell_path(steps), "a list", describe(value)))
