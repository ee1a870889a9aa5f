"""The gaps that a document itself leaves: what it does not show, or is too old to tell."""

from collections.abc import Mapping
from datetime import datetime

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import ABSENT, Steps, spelling_of
from amlaudit.core.resource import Resource


def without_default(resource: Resource, path: str) -> Gap:
    """Return the gap of an absent value for which Azure documents no default."""
    detail = f"{path} is absent, and Azure documents no default for it"
    return Gap(resource.id, path, Reason.ABSENT, detail)


def unshown(resource: Resource, path: str, since: str) -> Gap:
    """Return the gap of an absent property that the document's API version may not show.

    Args:
        resource: The resource of the document, in an older version or one that is not stated.
        path: The path of the property, in words.
        since: First API version that shows it.
    """
    version = resource.origin.api_version
    if version:
        detail = f"{path} is not returned by API version {version}, only since {since}"
        return Gap(resource.id, path, Reason.STALE, detail)
    detail = (
        f"{path} is absent; API versions return it since {since}, but the source does not state one"
    )
    return Gap(resource.id, path, Reason.ABSENT, detail)


def is_null(document: object, steps: Steps) -> bool:
    """Tell whether a document says explicitly that a path has no value: a key on it is null."""
    value = document
    for step in steps:
        if not isinstance(value, Mapping):
            return False
        spelled = step if step in value else spelling_of(step, tuple(value))
        value = ABSENT if spelled is None else value[spelled]
        if value is None:
            return True
    return False


def stale(resource: Resource, fresh_since: datetime | None) -> Gap | None:
    """Return the gap of ages, if a document was read too long ago to tell them.

    Args:
        resource: The resource of the document.
        fresh_since: Documents read before this moment cannot tell ages; None: all can.
    """
    at = resource.origin.collected_at
    if fresh_since is None or at >= fresh_since:
        return None
    detail = f"it was read on {at:%Y-%m-%d}, too long ago for time-based rules"
    return Gap(resource.id, "read_at", Reason.STALE, detail)


def misfit(resource: Resource, path: str, expected: str, found: str) -> Gap:
    """Return the gap left by a value of the wrong kind."""
    detail = f"{path} holds {found} where {expected} was expected"
    return Gap(resource.id, path, Reason.UNSUPPORTED, detail)
