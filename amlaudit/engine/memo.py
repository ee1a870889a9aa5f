"""Caches judgements by the values they depend on.

A condition reads few values, and most resources of an estate share them. Judging is a pure function
of these values, so a judgement is reused for the next resource with the same ones, which saves a
twentieth of a scan. A subject with gaps, or one that is a part of a resource, is judged each time:
its judgement rests on more than these values.
"""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias, TypeVar

from amlaudit.core.document_gaps import is_null
from amlaudit.core.path import ABSENT, Absent, Steps, read
from amlaudit.core.subject import Subject

_MOST_REMEMBERED: Final = 1024
"""Judgements that are cached for one condition, so that memory stays bounded."""

_UNAMBIGUOUS: Final = frozenset({str, Absent})
"""Types whose values equal no value of another type, as 1 equals True."""

_CACHED: Final = _UNAMBIGUOUS | {bool, int, float}
"""Types of the values that judgements are cached by."""

Values: TypeAlias = tuple[object, ...]
Kinds: TypeAlias = tuple[type, ...]
Judged = TypeVar("Judged")


def memoised(
    judge: Callable[[Subject], Judged],
    paths: Iterable[Steps],
    *,
    by_version: bool = False,
) -> Callable[[Subject], Judged]:
    """Return a judge with a cache.

    With the values it keeps their types, where one may equal a value of another type.

    Args:
        judge: Depends on the values at some paths, and on nothing else.
        paths: Those paths.
        by_version: It depends on the API version of the document too.
    """
    distinct_paths = tuple(dict.fromkeys(paths))
    known: dict[Values, tuple[Judged, Kinds | None]] = {}

    def recall(subject: Subject) -> Judged:
        resource = subject.resource
        if resource.gaps or subject.prefix:
            return judge(subject)
        node = subject.node
        values: Values = tuple([read(node, path) for path in distinct_paths])
        if by_version:
            if ABSENT in values and any(is_null(node, path) for path in distinct_paths):
                return judge(subject)  # an explicit null counts as shown, whatever the version
            values = (*values, resource.origin.api_version)
        try:
            judged, kinds = known[values]
        except (KeyError, TypeError):  # new, or a list or an object, which is judged each time
            judged = judge(subject)
            learn(values, judged)
            return judged
        if kinds is None or kinds == tuple(map(type, values)):
            return judged
        return judge(subject)

    def learn(values: Values, judged: Judged) -> None:
        kinds = tuple(map(type, values))
        if _CACHED.issuperset(kinds) and len(known) < _MOST_REMEMBERED:
            known[values] = judged, None if _UNAMBIGUOUS.issuperset(kinds) else kinds

    return recall
