"""Properties that only API previews reliably show; elsewhere their absence means nothing."""

from collections.abc import Iterable

from amlaudit.core.document_gaps import is_null
from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.path import parse_path
from amlaudit.core.subject import Subject


def shown_in_preview(resource: Subject, relation: str, paths: Iterable[str], since: str) -> Subject:
    """Return the document in which to look for properties that only previews reliably show.

    It is the resource's own if that shows one of them, or would; else the one read from a preview,
    or the resource's own after all if no preview was read.

    Args:
        resource: The resource.
        relation: Leads to what was read from a preview.
        paths: The properties.
        since: The first preview that shows them.

    Raises:
        NoDataError: What previews show could not be read.
    """
    if _shows(resource, since) or any(
        resource.get(path, default=None) is not None for path in paths
    ):
        return resource
    try:
        return next(iter(resource.follow(relation)), resource)
    except NoDataError as error:
        if error.gap.reason is not Reason.NOT_COLLECTED:
            raise
        return resource


def prove_shown(subject: Subject, path: str, since: str, what: str) -> None:
    """Make sure that a document would show a property if it existed.

    Args:
        subject: The subject of the document.
        path: Path of the property.
        since: The first preview that shows it; earlier ones and stable versions need not.
        what: What it would tell, in words.

    Raises:
        NoDataError: It need not.
    """
    if _shows(subject, since) or is_null(subject.node, parse_path(path)):
        return
    version = subject.resource.origin.api_version
    read = f"it was read by version {version}" if version else "the source names none"
    raise subject.undetermined(
        path, f"{what}; only previews of the API are sure to show it, and {read}"
    )


def _shows(subject: Subject, since: str) -> bool:
    """Tell whether a document shows all that a preview does, or is as its author declared it."""
    version = subject.resource.origin.api_version
    return subject.is_as_declared or (version.endswith("-preview") and version >= since)
